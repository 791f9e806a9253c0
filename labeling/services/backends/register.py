"""Making models known to a project."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from labeling.adapters.fetching import require_allowed
from labeling.errors import DuplicateName, InvalidInput, UrlRefused
from labeling.models import ModelBackend, Project

MAX_BACKENDS = 50


@dataclass(frozen=True)
class BackendSpec:
    """What a requester says of a model.

    Attributes
    ----------
    url : without the last part, which is `health`, `setup` or `predict`.
    token_name : of a token that the deployment holds for this organization and URL; empty for none.
    """

    name: str
    url: str
    token_name: str = ""
    enabled: bool = True


def register_backend(project: Project, spec: BackendSpec, *, created_by_id: UUID) -> ModelBackend:
    """Make a model known; it is called when it is asked for predictions, and not before.

    Raises
    ------
    InvalidInput
        The URL is not gone to, there is no such token for it, or the project has too many models.
    DuplicateName
        The project has a model of that name.
    """
    url = spec.url.rstrip("/")
    if "?" in url or "#" in url:
        raise InvalidInput("The URL of a model has no query and no fragment.", field="url")
    try:
        require_allowed(url, settings.FETCH_NETWORKS)
    except UrlRefused as refusal:
        raise InvalidInput(str(refusal.detail), field="url") from None
    if spec.token_name and not _holds_token(project, spec.token_name, url):
        raise InvalidInput("The service holds no such token for this organization and URL.", field="token_name")
    if project.model_backends.count() >= MAX_BACKENDS:
        raise InvalidInput(f"A project has at most {MAX_BACKENDS} models.", field="name")
    try:
        with transaction.atomic():
            return ModelBackend.objects.create(
                project=project,
                name=spec.name,
                url=url,
                token_name=spec.token_name,
                enabled=spec.enabled,
                created_by_id=created_by_id,
            )
    except IntegrityError:
        raise DuplicateName("The project has a model of that name.", field="name") from None


def enable_backend(backend_id: UUID) -> None:
    """Let a model be called, at once: what it did before is forgiven."""
    ModelBackend.objects.filter(pk=backend_id).update(enabled=True, n_failures=0, rests_until=None)


def disable_backend(backend_id: UUID) -> None:
    """Call a model no more; what is under way stops at its next call."""
    ModelBackend.objects.filter(pk=backend_id).update(enabled=False)


def token_of(backend: ModelBackend) -> str:
    """Return the token that is sent to a model, empty for none: only to its own URL, whatever the settings say now."""
    held = backend.token_name and _holds_token(backend.project, backend.token_name, backend.url)
    return str(settings.MODEL_TOKENS[backend.token_name]["token"]) if held else ""


def _holds_token(project: Project, name: str, url: str) -> bool:
    held = settings.MODEL_TOKENS.get(name)
    if held is None:
        return False
    return bool(held["organization"] == str(project.organization_id) and held["url"].rstrip("/") == url)
