"""The answers of the hot endpoints, built without serializers; their shapes are in `serializers.work`."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from labeling.models import Answer, Asset, AssetKind, Assignment, GuidelineVersion, OntologyVersion, Proposal
from labeling.services import ShownPreLabel, SubmissionOutcome, prelabels_of
from marketplace.operations.core.money import format_money


def assignment_document(
    assignment: Assignment,
    *,
    asset: Asset,
    annotation_type: str,
    ontology_number: int,
    guideline_number: int,
    proposals: list[list[dict[str, Any]]] | None = None,
    prelabel: ShownPreLabel | None = None,
) -> dict[str, Any]:
    """Return an assignment with its versions by number, and with what it is to be made of or checked against."""
    return {
        "id": assignment.pk,
        "job": assignment.job_id,
        "task": assignment.task_id,
        "state": assignment.state,
        "annotation_type": annotation_type,
        "kind": assignment.task.kind,
        "scope": assignment.task.scope,
        "proposals": proposals,
        "asset": _asset_document(asset),
        "ontology": {"id": assignment.ontology_id, "number": ontology_number},
        "guideline": {"id": assignment.guideline_id, "number": guideline_number},
        "pay": format_money(assignment.pay_micros),
        "currency": assignment.currency,
        "aided": assignment.aided,
        "prelabels": [] if prelabel is None else [_prelabel_document(prelabel)],
        "leased_at": assignment.leased_at,
        "expires_at": assignment.expires_at,
        "submitted_at": assignment.submitted_at,
        "active_ms": assignment.active_ms,
    }


def loaded_documents(assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    """Return assignments that were read with their tasks' assets, jobs, ontologies and guidelines."""
    shown, guesses = proposals_of(assignments), prelabels_of(assignments)
    return [_loaded(each, shown.get(each.task_id), guesses.get(each.pk)) for each in assignments]


def _prelabel_document(prelabel: ShownPreLabel) -> dict[str, Any]:
    return {
        "source": prelabel.source,
        "version": prelabel.version,
        "score": prelabel.score,
        "annotations": prelabel.annotations,
    }


def _loaded(
    assignment: Assignment, proposals: list[list[dict[str, Any]]] | None, prelabel: ShownPreLabel | None
) -> dict[str, Any]:
    return assignment_document(
        assignment,
        asset=assignment.task.asset,
        annotation_type=assignment.job.annotation_type,
        ontology_number=assignment.ontology.number,
        guideline_number=assignment.guideline.number,
        proposals=proposals,
        prelabel=prelabel,
    )


def proposals_of(assignments: Iterable[Assignment]) -> dict[UUID, list[list[dict[str, Any]]]]:
    """Return what the checks among these leases show, by task."""
    checks = [each.task_id for each in assignments if each.task.is_check]
    shown: dict[UUID, list[list[dict[str, Any]]]] = {task_id: [] for task_id in checks}
    if checks:
        rows = Proposal.objects.filter(task__in=checks).order_by("task", "position")
        for task_id, annotations in rows.values_list("task_id", "annotations"):
            shown[task_id].append(annotations)
    return shown


def whole_document(assignment: Assignment) -> dict[str, Any]:
    """Return an assignment with the classes and guidelines themselves."""
    ontology: OntologyVersion = assignment.ontology
    guideline: GuidelineVersion = assignment.guideline
    [document] = loaded_documents([assignment])
    return document | {
        "ontology": {
            "id": ontology.pk,
            "number": ontology.number,
            "classes": ontology.classes,
            "attributes": ontology.attributes,
            "relations": ontology.relations,
        },
        "guideline": {"id": guideline.pk, "number": guideline.number, "text": guideline.text},
    }


def answer_document(answer: Answer, assignment: Assignment, *, outcome: SubmissionOutcome) -> dict[str, Any]:
    """Return what a worker is told of a submitted answer."""
    return {
        "id": answer.pk,
        "assignment": assignment.pk,
        "counted": outcome is not SubmissionOutcome.LATE,
        # Whoever knew gold when it comes would take care with gold alone.
        "outcome": outcome if outcome is SubmissionOutcome.LATE else SubmissionOutcome.COUNTED,
        "submitted_at": answer.submitted_at,
        "pay": format_money(assignment.pay_micros),
        "currency": assignment.currency,
    }


def _asset_document(asset: Asset) -> dict[str, Any]:
    stored = asset.kind != AssetKind.EXTERNAL
    return {
        "id": asset.pk,
        "external_id": asset.external_id,
        "kind": asset.kind,
        "width": asset.width,
        "height": asset.height,
        "content_url": reverse("asset-content", args=[asset.pk]) if stored else None,
    }
