"""The answers of the hot endpoints, built without serializers; their shapes are in `serializers.work`."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from labeling.models import Answer, Asset, AssetKind, Assignment, GuidelineVersion, OntologyVersion, PreLabel, Proposal
from labeling.services import SubmissionOutcome
from marketplace.operations.core.money import format_money


def assignment_document(
    assignment: Assignment,
    *,
    asset: Asset,
    annotation_type: str,
    ontology_number: int,
    guideline_number: int,
    proposals: list[list[dict[str, Any]]] | None = None,
    prelabel: list[dict[str, Any]] | None = None,
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
        "prelabels": prelabel,
        "asset": _asset_document(asset),
        "ontology": {"id": assignment.ontology_id, "number": ontology_number},
        "guideline": {"id": assignment.guideline_id, "number": guideline_number},
        "pay": format_money(assignment.pay_micros),
        "currency": assignment.currency,
        "aided": assignment.aided,
        "leased_at": assignment.leased_at,
        "expires_at": assignment.expires_at,
        "submitted_at": assignment.submitted_at,
        "active_ms": assignment.active_ms,
    }


def loaded_documents(assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    """Return assignments that were read with their tasks' assets, jobs, ontologies and guidelines."""
    shown, guessed = proposals_of(assignments), prelabels_of(assignments)
    return [
        assignment_document(
            each,
            asset=each.task.asset,
            annotation_type=each.job.annotation_type,
            ontology_number=each.ontology.number,
            guideline_number=each.guideline.number,
            proposals=shown.get(each.task_id),
            prelabel=guessed.get(each.task_id),
        )
        for each in assignments
    ]


def proposals_of(assignments: Iterable[Assignment]) -> dict[UUID, list[list[dict[str, Any]]]]:
    """Return what the checks among these leases show, by task."""
    checks = [each.task_id for each in assignments if each.task.is_check]
    shown: dict[UUID, list[list[dict[str, Any]]]] = {task_id: [] for task_id in checks}
    if checks:
        rows = Proposal.objects.filter(task__in=checks).order_by("task", "position")
        for task_id, annotations in rows.values_list("task_id", "annotations"):
            shown[task_id].append(annotations)
    return shown


def prelabels_of(assignments: Iterable[Assignment]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the annotations to begin with of those leases that are aided, by task."""
    aided = {each.task_id: each.task.prelabel_id for each in assignments if each.aided and each.task.prelabel_id}
    stored = PreLabel.objects.filter(pk__in=aided.values()).values_list("pk", "annotations") if aided else ()
    annotations = dict(stored)
    return {task_id: annotations[prelabel_id] for task_id, prelabel_id in aided.items()}


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
