"""Asking a model to speak of the assets of a dataset or a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from labeling.core.imports import IMPORTS
from labeling.errors import BackendDisabled, BackendUnderWay, InvalidInput, NothingToDo
from labeling.models import Circuit, ModelBackend, Prediction
from labeling.services.backends.calling import resting
from labeling.services.imports import ImportTarget
from labeling.signals import prediction_requested
from marketplace.operations.adapters import database_now
from marketplace.operations.models import FINISHED_STATES
from marketplace.operations.services import start_operation

KIND = "prediction"


@dataclass(frozen=True)
class PredictionOrder:
    """What a model is to speak of.

    Attributes
    ----------
    class_map : classes of the ontology by those of the model; None leaves a class out.
    only_missing : leave out the assets that the model has spoken of before.
    """

    target: ImportTarget
    class_map: Mapping[str, str | None]
    only_missing: bool = True


@transaction.atomic
def request_prediction(backend_id: UUID, order: PredictionOrder, *, created_by_id: UUID) -> Prediction:
    """Ask for pre-labels of every asset.

    Raises
    ------
    InvalidInput
        The protocol has no such annotations, or something belongs to another project.
    BackendDisabled
        The model is not called.
    BackendResting
        It failed too often, and is left alone for now.
    BackendUnderWay
        It is at another prediction.
    NothingToDo
        It has spoken of every asset.
    """
    locked = ModelBackend.objects.with_circuit().select_for_update(no_key=True, of=("self",))
    backend = locked.select_related("project").get(pk=backend_id)
    _check(backend, order)
    _require_free(backend)
    target = order.target
    asked = Prediction(
        backend=backend,
        dataset=target.dataset,
        job=target.job,
        ontology=target.ontology,
        annotation_type=target.annotation_type,
        class_map=dict(order.class_map),
        only_missing=order.only_missing,
        created_by_id=created_by_id,
    )
    asked.n_assets = asked.assets().count()
    if not asked.n_assets:
        raise NothingToDo("There is no asset that the model has not spoken of.")
    asked.operation = start_operation(
        kind=KIND,
        organization_id=backend.project.organization_id,
        created_by_id=created_by_id,
        subject_id=asked.pk,
        now=database_now(),
    )
    asked.save(force_insert=True)
    prediction_requested.send(
        sender=None, organization_id=backend.project.organization_id, data={"prediction": str(asked.pk)}
    )
    return asked


def _check(backend: ModelBackend, order: PredictionOrder) -> None:
    target = order.target
    allowed = sorted(IMPORTS["label_studio"].annotation_types)
    if target.annotation_type not in allowed:
        raise InvalidInput(
            f"Models have no annotations of the type {target.annotation_type}.",
            field="job" if target.job else "annotation_type",
            allowed=allowed,
        )
    if target.ontology.project_id != backend.project_id:
        raise InvalidInput("This belongs to another project.", field="job" if target.job else "ontology")
    for theirs, ours in order.class_map.items():
        if ours is not None and ours not in target.ontology.rules.rules:
            raise InvalidInput("The ontology has no such class.", field=f"class_map.{theirs[:100]}")


def _require_free(backend: ModelBackend) -> None:
    if not backend.enabled:
        raise BackendDisabled("The model is disabled.")
    if backend.circuit == Circuit.OPEN:
        raise resting(backend)
    under_way = backend.predictions.exclude(operation__state__in=FINISHED_STATES).first()
    if under_way is not None:
        raise BackendUnderWay("The model is at another prediction.", prediction=str(under_way.pk))
