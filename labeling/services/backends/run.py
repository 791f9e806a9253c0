"""Running a prediction: batch by batch, from where the runner before was cut off."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from labeling.core.imports import ItemRefused, Wanted
from labeling.core.label_config import label_config
from labeling.core.predictions import read_version
from labeling.errors import BackendDisabled, BackendFault, BackendResting, UrlRefused
from labeling.models import Asset, ImportItemState, Prediction, PredictionItem
from labeling.services.backends.calling import Caller
from labeling.services.backends.keeping import keep, refuse
from labeling.services.backends.pictures import picture_of
from labeling.services.backends.reading import BatchReader, Spoken
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import LeaseLost, TryAgainLater
from marketplace.operations.models import FINISHED_STATES, Operation
from marketplace.operations.services import (
    claim_operation,
    fail_operation,
    forget_starts,
    record_progress,
    succeed_operation,
)

BATCH = 16
# Longer than a call may take, and the reading of what it brings.
LEASE = timedelta(minutes=3)


def run_prediction(prediction_id: UUID) -> None:
    """Have the model speak of the assets; may be interrupted and run again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    related = ("backend__project", "ontology", "dataset", "job__snapshot")
    prediction = Prediction.objects.select_related(*related).get(pk=prediction_id)
    operation = claim_operation(prediction.operation_id, lease=LEASE, now=database_now())
    if operation is None:
        _leave(prediction)
        return
    prediction.refresh_from_db(fields=["last_asset_id", "n_taken", "n_unchanged", "n_refused"])
    try:
        _Run(prediction, operation).run()
    except LeaseLost:
        _leave(prediction)


def _leave(prediction: Prediction) -> None:
    """End without the lease: the work is finished, or was given up, or somebody else is at it."""
    if Operation.objects.get(pk=prediction.operation_id).state not in FINISHED_STATES:
        raise TryAgainLater  # the other may yet fail


class _Run:
    """One attempt, while the lease of the operation is held."""

    def __init__(self, prediction: Prediction, operation: Operation) -> None:
        self._prediction = prediction
        self._operation = operation
        self._caller = Caller(prediction.backend, before=self._renew)
        ontology = prediction.ontology.rules
        self._config = label_config(prediction.annotation_type, ontology)
        self._wanted = Wanted(prediction.annotation_type, ontology, prediction.class_map)

    def run(self) -> None:
        """Go through the assets and finish the operation; what was kept before a failure stays."""
        try:
            version = self._set_up()
            while batch := self._next_batch():
                self._deal_with(batch, version)
        except (BackendFault, BackendDisabled, UrlRefused) as fault:
            fault.data.update(self._counts())
            fail_operation(self._operation, error=fault, now=database_now())
        else:
            succeed_operation(self._operation, result=self._counts(), now=database_now())

    def _set_up(self) -> str:
        self._caller.call("health", None, bytes)
        body = {"project": str(self._prediction.backend.project_id), "schema": self._config, "extra_params": ""}
        return self._caller.call("setup", body, read_version)

    def _next_batch(self) -> list[Asset]:
        rest = self._prediction.assets().order_by("pk")
        if self._prediction.last_asset_id is not None:
            rest = rest.filter(pk__gt=self._prediction.last_asset_id)
        return list(rest[:BATCH])

    def _deal_with(self, batch: Sequence[Asset], version: str) -> None:
        items = {asset.pk: PredictionItem(prediction=self._prediction, asset=asset) for asset in batch}
        asked = [(asset, picture) for asset in batch if (picture := self._picture(asset, items[asset.pk]))]
        spoken: list[Spoken] = []
        if asked:
            try:
                spoken = self._ask(asked, version)
            except BackendResting:
                raise
            except BackendFault as fault:
                for asset, _ in asked:
                    refuse(items[asset.pk], fault)
        self._store(batch[-1], list(items.values()), spoken)

    def _picture(self, asset: Asset, item: PredictionItem) -> str:
        try:
            return picture_of(asset, organization_id=self._prediction.backend.project.organization_id)
        except ItemRefused as refusal:
            refuse(item, refusal)
            return ""

    def _ask(self, asked: Sequence[tuple[Asset, str]], version: str) -> list[Spoken]:
        body: dict[str, Any] = {
            "tasks": [{"id": str(asset.pk), "data": {"image": picture}} for asset, picture in asked],
            "project": str(self._prediction.backend.project_id),
            "label_config": self._config,
            "params": {},
        }
        if version:
            body["model_version"] = version
        reader = BatchReader([asset for asset, _ in asked], self._wanted, version, beat=self._renew)
        return self._caller.call("predict", body, reader.read)

    def _store(self, last: Asset, items: Sequence[PredictionItem], spoken: Sequence[Spoken]) -> None:
        """Keep what was said and write what became of each, all or nothing."""
        prediction = self._prediction
        with transaction.atomic():
            self._renew()
            keep(prediction, {item.asset_id: item for item in items}, spoken)
            PredictionItem.objects.bulk_create(items)
            states = [item.state for item in items]
            Prediction.objects.filter(pk=prediction.pk).update(
                last_asset_id=last.pk,
                n_taken=F("n_taken") + states.count(ImportItemState.TAKEN),
                n_unchanged=F("n_unchanged") + states.count(ImportItemState.UNCHANGED),
                n_refused=F("n_refused") + states.count(ImportItemState.REFUSED),
            )
            forget_starts(self._operation)
        prediction.refresh_from_db(fields=["last_asset_id", "n_taken", "n_unchanged", "n_refused"])

    def _renew(self) -> None:
        percent = 100 * self._prediction.n_items // max(1, self._prediction.n_assets)
        record_progress(self._operation, percent=percent, lease=LEASE, now=database_now())

    def _counts(self) -> dict[str, Any]:
        counts = {name: getattr(self._prediction, name) for name in ("n_taken", "n_unchanged", "n_refused")}
        return {"prediction": str(self._prediction.pk)} | counts
