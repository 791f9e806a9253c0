"""Annotations made elsewhere: kept as pre-labels, or stated as known answers."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from labeling.models import AnnotationImport, ImportItemState, ImportPurpose
from labeling.services import Outcome, Prepared, keep_prelabels, read_import
from marketplace.operations.errors import DomainError
from quality.models import GoldTask
from quality.services.gold import KnownAnswer, add_gold


def run_import(import_id: UUID) -> None:
    """Read an import's file; may be interrupted and run again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    purpose = AnnotationImport.objects.values_list("purpose", flat=True).get(pk=import_id)
    read_import(import_id, keep=keep_gold if purpose == ImportPurpose.GOLD else keep_prelabels)


def keep_gold(annotation_import: AnnotationImport, prepared: Sequence[Prepared]) -> list[Outcome]:
    """State what was read of each asset as its known answer, each for itself."""
    stated = GoldTask.objects.filter(job=annotation_import.job_id, asset__in=[each.asset.pk for each in prepared])
    known = dict(stated.values_list("asset_id", "truth"))
    return [
        Outcome(ImportItemState.UNCHANGED)
        if known.get(each.asset.pk) == each.annotations
        else _state(annotation_import, each)
        for each in prepared
    ]


def _state(annotation_import: AnnotationImport, each: Prepared) -> Outcome:
    known = KnownAnswer(annotations=each.annotations, asset_id=each.asset.pk)
    job_id = annotation_import.job_id
    assert job_id is not None  # noqa: S101 -- the constraint import_gold_of_a_job_or_prelabels_of_a_source
    try:
        with transaction.atomic():
            add_gold(job_id, [known], created_by_id=annotation_import.created_by_id)
    except DomainError as refusal:
        if refusal.field:
            refusal.field = refusal.field.removeprefix("items[0].")
        return Outcome(ImportItemState.REFUSED, refusal)
    return Outcome(ImportItemState.TAKEN)
