"""The answers of the hot endpoints, built without serializers; their shapes are in `serializers.work`."""

from typing import Any

from django.urls import reverse

from labeling.models import Answer, Asset, AssetKind, Assignment, GuidelineVersion, OntologyVersion
from labeling.services import SubmissionOutcome
from marketplace.operations.core.money import format_money


def assignment_document(
    assignment: Assignment, *, asset: Asset, annotation_type: str, ontology_number: int, guideline_number: int
) -> dict[str, Any]:
    """Return an assignment with its versions by number."""
    return {
        "id": assignment.pk,
        "job": assignment.job_id,
        "task": assignment.task_id,
        "state": assignment.state,
        "annotation_type": annotation_type,
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


def loaded_document(assignment: Assignment) -> dict[str, Any]:
    """Return an assignment that was read with its task's asset, job, ontology and guidelines."""
    return assignment_document(
        assignment,
        asset=assignment.task.asset,
        annotation_type=assignment.job.annotation_type,
        ontology_number=assignment.ontology.number,
        guideline_number=assignment.guideline.number,
    )


def whole_document(assignment: Assignment) -> dict[str, Any]:
    """Return an assignment with the classes and guidelines themselves."""
    ontology: OntologyVersion = assignment.ontology
    guideline: GuidelineVersion = assignment.guideline
    return loaded_document(assignment) | {
        "ontology": {"id": ontology.pk, "number": ontology.number, "classes": ontology.classes},
        "guideline": {"id": guideline.pk, "number": guideline.number, "text": guideline.text},
    }


def answer_document(answer: Answer, assignment: Assignment, *, outcome: SubmissionOutcome) -> dict[str, Any]:
    """Return what a worker is told of a submitted answer."""
    return {
        "id": answer.pk,
        "assignment": assignment.pk,
        "counted": outcome is not SubmissionOutcome.LATE,
        # Whoever knew gold when it comes would take care with gold alone.
        "outcome": SubmissionOutcome.COUNTED if outcome is SubmissionOutcome.GOLD else outcome,
        "submitted_at": answer.submitted_at,
        "pay": format_money(assignment.pay_micros),
        "currency": assignment.currency,
    }


def _asset_document(asset: Asset) -> dict[str, Any]:
    stored = asset.kind == AssetKind.IMAGE
    return {
        "id": asset.pk,
        "external_id": asset.external_id,
        "kind": asset.kind,
        "width": asset.width,
        "height": asset.height,
        "content_url": reverse("asset-content", args=[asset.pk]) if stored else None,
    }
