"""Calls to a model: tried again a bounded number of times, and not at all while its circuit is open."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.conf import settings

from labeling.adapters.fetching import FetchLimits
from labeling.adapters.model_backends import MAX_ANSWER_BYTES, call_backend
from labeling.core.imports import ItemRefused, UnreadableFile
from labeling.errors import (
    BackendDisabled,
    BackendFault,
    BackendGarbled,
    BackendRefused,
    BackendResting,
    BackendTooSlow,
    BackendUnreachable,
)
from labeling.models import ModelBackend
from labeling.services.backends.register import token_of
from labeling.services.imports.canonical import problem_of

MAX_TRIES = 2
PAUSE_S = 0.5

R = TypeVar("R")


class Caller:
    """Calls one model.

    `before` runs before every try: it renews a lease, and may stop the whole by raising.
    """

    def __init__(self, backend: ModelBackend, *, before: Callable[[], None]) -> None:
        self._backend = backend
        self._row = ModelBackend.objects.filter(pk=backend.pk)
        self._before = before
        self._token = token_of(backend)

    def call(self, path: str, body: Mapping[str, Any] | None, read: Callable[[bytes], R]) -> R:
        """Return what `read` makes of the answer; an answer that it cannot read is the model's failure.

        Raises
        ------
        BackendFault
            Of the last try.
        BackendResting
            The circuit is open.
        BackendDisabled
            Somebody stopped it.
        UrlRefused
            The URL leads to an address that is not gone to; no fault of the model's, and not tried again.
        """
        for n_left in reversed(range(MAX_TRIES)):
            self._before()
            self._admit()
            try:
                read_answer = self._try(path, body, read)
            except BackendFault as fault:
                self._row.note_failure(problem_of(**_entry(fault)))
                if not n_left or not _may_pass(fault):
                    raise
                time.sleep(PAUSE_S)
            else:
                self._row.note_success()
                return read_answer
        raise AssertionError("The last try returns or raises.")

    def _admit(self) -> None:
        now = self._row.with_circuit().get()
        if not now.enabled:
            raise BackendDisabled("The model is disabled.")
        if now.rests_until is not None and not self._row.begin_probe():
            raise resting(now)

    def _try(self, path: str, body: Mapping[str, Any] | None, read: Callable[[bytes], R]) -> R:
        limits = FetchLimits(
            max_bytes=MAX_ANSWER_BYTES, total_s=settings.MODEL_CALL_S, networks=settings.FETCH_NETWORKS
        )
        answer = call_backend(f"{self._backend.url}/{path}", body, token=self._token, limits=limits)
        try:
            return read(answer)
        except UnreadableFile as fault:
            raise BackendGarbled(fault.detail) from None
        except ItemRefused as refusal:
            raise BackendGarbled(refusal.detail, field=refusal.field) from None


def resting(backend: ModelBackend) -> BackendResting:
    """Return the refusal to call a model whose circuit is open."""
    return BackendResting(
        "The model failed too often; it is left alone for a while.",
        until=backend.rests_until.isoformat() if backend.rests_until else None,
        last_problem=backend.last_problem,
    )


def _may_pass(fault: BackendFault) -> bool:
    """Return whether the next try may go better."""
    if isinstance(fault, BackendRefused):
        return bool(fault.data["status"] >= 500 or fault.data["status"] == 429)
    return isinstance(fault, BackendTooSlow | BackendUnreachable)


def _entry(fault: BackendFault) -> dict[str, Any]:
    entry = fault.entry()
    return {name: entry.get(name) for name in ("code", "detail", "field")}
