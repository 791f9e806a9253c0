"""Every route, as everybody: a route without a row here fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import make
from tests.api.expect import with_key
from tests.api.world import World
from tests.conftest import Cast, ClientFactory

EVERYBODY = ("requester", "manager", "reviewer", "worker", "stranger", "anonymous")
MEMBERS = ("requester", "manager", "reviewer", "worker")
METHODS = ("get", "post", "put", "patch", "delete")


def _nothing(_: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Row:
    """What each of the cast gets: `allowed` the status, the others 403 (who see the object) or 404 (who do not)."""

    status: int
    allowed: tuple[str, ...]
    forbidden: tuple[str, ...] = ()
    where: Callable[[World], dict[str, Any]] = _nothing
    body: Callable[[World], dict[str, Any]] = _nothing  # of a GET, its query
    multipart: bool = False
    open_to_all: bool = False
    hidden_status: int = field(default=404)

    def expected(self, who: str) -> int:
        """Return the status that somebody of the cast gets."""
        if who in self.allowed or self.open_to_all:
            return self.status
        if who == "anonymous":
            return 401
        return 403 if who in self.forbidden else self.hidden_status


SIGNED_IN = (*MEMBERS, "stranger")
STAFF = ("requester", "manager", "reviewer")
ORDERS = ("requester", "manager")


def _job(world: World) -> dict[str, Any]:
    return {"job_id": world.job.pk}


def _audit(world: World) -> dict[str, Any]:
    return {"audit_id": world.audit.pk}


def _run(world: World) -> dict[str, Any]:
    return {"run_id": world.audited_run.pk}


def _new_grant(world: World) -> dict[str, Any]:
    said = {"expertise": "legal", "evidence": "bar number seen"}
    return {"organization": world.cast.home.pk, "worker": world.cast.worker.pk, **said}


def _with_itself(world: World) -> dict[str, Any]:
    return {"with": world.audited_run.pk}


def _new_rule(_: World) -> dict[str, Any]:
    return {"collector": "answers", "comparison": "above", "threshold": 9, "n_latest": 1, "action": "flag"}


def _gold(world: World) -> dict[str, Any]:
    return {"gold_id": world.gold.pk}


def _order(world: World) -> dict[str, Any]:
    return {"order_id": world.order.pk}


def _invoice(world: World) -> dict[str, Any]:
    return {"invoice_id": world.invoice.pk}


def _waiting(world: World) -> dict[str, Any]:
    return {"answer_id": world.waiting_answer.pk}


def _rejected(world: World) -> dict[str, Any]:
    return {"assignment_id": world.rejection.assignment_id}


def _project(world: World) -> dict[str, Any]:
    return {"project_id": world.project.pk}


def _boxes_project(world: World) -> dict[str, Any]:
    return {"project_id": world.boxes_draft.ontology.project_id}


def _new_assistance(_: World) -> dict[str, Any]:
    return {"source": "detector", "unaided_share": 0.5}


def _new_import(world: World) -> dict[str, Any]:
    file = SimpleUploadedFile("labels.json", b"{}")
    return {"file": file, "format": "coco", "as": "gold", "job": str(world.boxes_draft.pk)}


def _dataset(world: World) -> dict[str, Any]:
    return {"dataset_id": world.dataset.pk}


def _home(world: World) -> dict[str, Any]:
    return {"organization_id": world.cast.home.pk}


def _lease(world: World) -> dict[str, Any]:
    return {"assignment_id": world.assignment.pk}


def _named_home(**others: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"organization": world.cast.home.pk, **others}


def _new_job(world: World) -> dict[str, Any]:
    return {
        "ontology": world.ontology.pk,
        "guideline": world.guideline.pk,
        "dataset": world.dataset.pk,
        "name": "Cats",
        "annotation_type": "image_classification",
    }


def _offers(world: World) -> dict[str, Any]:
    return {"offers": [{"worker": world.cast.worker.pk, "asset": "asset-1"}]}


def _backend(world: World) -> dict[str, Any]:
    return {"backend_id": world.backend.pk}


def _prediction(world: World) -> dict[str, Any]:
    return {"prediction_id": world.prediction.pk}


ROWS: dict[tuple[str, str], Row] = {
    # accounts and operations
    ("accounts", "post"): Row(
        201,
        (),
        open_to_all=True,
        body=lambda _: {"email": "new@example.org", "password": "x" * 6 + "y1!z2?", "display_name": "New"},
    ),
    ("me", "get"): Row(200, SIGNED_IN),
    ("tokens", "get"): Row(200, SIGNED_IN),
    ("tokens", "post"): Row(201, SIGNED_IN, body=lambda _: {"name": "t"}),
    ("token-revoke", "post"): Row(200, ("worker",), where=lambda w: {"token_id": w.token_id_of("worker")}),
    ("socket-tickets", "post"): Row(201, SIGNED_IN),
    ("organizations", "get"): Row(200, SIGNED_IN),
    ("organizations", "post"): Row(201, SIGNED_IN, body=lambda _: {"name": "New"}),
    ("organization-members", "get"): Row(200, ("manager",), ("requester", "reviewer", "worker"), _home),
    ("organization-members", "post"): Row(
        201,
        ("manager",),
        ("requester", "reviewer", "worker"),
        _home,
        lambda w: {"email": w.cast.stranger.email, "role": "reviewer"},
    ),
    ("organization-member-remove", "post"): Row(
        204,
        ("manager", "worker"),  # the worker leaves
        ("requester", "reviewer"),
        lambda w: {**_home(w), "membership_id": w.cast.worker.memberships.get().pk},
    ),
    ("organization-workers", "post"): Row(
        201, ("manager",), ("requester", "reviewer", "worker"), _home, lambda _: {"handles": ["w1"]}
    ),
    ("organization-invitations", "get"): Row(200, ("manager",), ("requester", "reviewer", "worker"), _home),
    ("organization-invitation-withdraw", "post"): Row(
        200,
        ("manager",),
        ("requester", "reviewer", "worker"),
        lambda w: {**_home(w), "invitation_id": w.invitation.pk},
    ),
    ("invitations", "get"): Row(200, SIGNED_IN),
    ("invitation-accept", "post"): Row(200, ("worker",), where=lambda w: {"invitation_id": w.invitation.pk}),
    ("invitation-decline", "post"): Row(200, ("worker",), where=lambda w: {"invitation_id": w.invitation.pk}),
    ("operation", "get"): Row(200, ORDERS, where=lambda w: {"operation_id": w.operation.pk}),
    # labeling: what is to be labeled
    ("projects", "get"): Row(200, SIGNED_IN),
    ("projects", "post"): Row(201, ORDERS, ("reviewer", "worker"), body=_named_home(name="Pets")),
    ("project", "get"): Row(200, STAFF, where=_project),
    ("project-ontologies", "get"): Row(200, STAFF, where=_project),
    ("project-ontologies", "post"): Row(201, ORDERS, ("reviewer",), _project, lambda _: {"classes": [{"name": "cat"}]}),
    ("project-imports", "get"): Row(200, ORDERS, ("reviewer",), where=_project),
    ("project-imports", "post"): Row(202, ORDERS, ("reviewer",), _boxes_project, _new_import, multipart=True),
    ("project-model-backends", "get"): Row(200, ORDERS, ("reviewer",), _project),
    ("project-model-backends", "post"): Row(
        201, ORDERS, ("reviewer",), _project, lambda _: {"name": "m", "url": "https://model.example.org"}
    ),
    ("model-backend", "get"): Row(200, ORDERS, ("reviewer",), _backend),
    ("model-backend-enable", "post"): Row(200, ORDERS, ("reviewer",), _backend),
    ("model-backend-disable", "post"): Row(200, ORDERS, ("reviewer",), _backend),
    ("model-backend-predict", "post"): Row(
        202, ORDERS, ("reviewer",), _backend, lambda w: {"job": str(w.boxes_draft.pk)}
    ),
    ("model-input", "get"): Row(200, (), open_to_all=True, body=lambda w: {"token": w.image_token}),
    ("prediction", "get"): Row(200, ORDERS, ("reviewer",), _prediction),
    ("prediction-items", "get"): Row(200, ORDERS, ("reviewer",), _prediction),
    ("job-reorder", "post"): Row(202, ORDERS, ("reviewer",), _job),
    ("job-rounds", "post"): Row(
        201,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.audited_run.job_id},
        lambda _: {"name": "Again", "model_errors": "external_id\nasset-1"},
    ),
    ("job-latest-labels", "get"): Row(200, STAFF, where=lambda w: {"job_id": w.audited_run.job_id}),
    ("job-assistance", "get"): Row(200, ORDERS, ("reviewer",), lambda w: {"job_id": w.assisted_draft.pk}),
    ("job-assistance", "post"): Row(
        200, ORDERS, ("reviewer",), lambda w: {"job_id": w.prelabelled_draft.pk}, _new_assistance
    ),
    ("job-assistance-report", "get"): Row(200, ORDERS, ("reviewer",), lambda w: {"job_id": w.assisted_draft.pk}),
    ("project-prelabels", "get"): Row(200, ORDERS, ("reviewer",), where=_project),
    ("import", "get"): Row(200, ORDERS, ("reviewer",), lambda w: {"import_id": w.annotation_import.pk}),
    ("import-items", "get"): Row(200, ORDERS, ("reviewer",), lambda w: {"import_id": w.annotation_import.pk}),
    ("ontology-templates", "get"): Row(200, SIGNED_IN),
    ("project-guidelines", "get"): Row(200, STAFF, where=_project),
    ("project-guidelines", "post"): Row(201, ORDERS, ("reviewer",), _project, lambda _: {"text": "Look."}),
    ("datasets", "get"): Row(200, SIGNED_IN),
    ("datasets", "post"): Row(201, ORDERS, ("reviewer", "worker"), body=_named_home(name="Photos")),
    ("dataset", "get"): Row(200, STAFF, where=_dataset),
    ("dataset-assets", "get"): Row(200, STAFF, where=_dataset),
    ("dataset-images", "post"): Row(
        200,
        ORDERS,
        ("reviewer",),
        _dataset,
        lambda _: {"file": SimpleUploadedFile("a.png", make.image_bytes())},
        multipart=True,
    ),
    ("dataset-external-assets", "post"): Row(
        200, ORDERS, ("reviewer",), _dataset, lambda _: {"assets": [{"external_id": "far-away"}]}
    ),
    ("dataset-ingests", "get"): Row(200, STAFF, where=_dataset),
    ("dataset-ingests", "post"): Row(
        202,
        ORDERS,
        ("reviewer",),
        _dataset,
        lambda _: {"source": "manifest", "file": SimpleUploadedFile("m.jsonl", b'{"external_id": "a"}')},
        multipart=True,
    ),
    ("ingest", "get"): Row(200, STAFF, where=lambda w: {"ingest_id": w.ingest.pk}),
    ("ingest-items", "get"): Row(200, STAFF, where=lambda w: {"ingest_id": w.ingest.pk}),
    ("dataset-flaws", "get"): Row(200, STAFF, where=_dataset),
    ("dataset-flaws-decide", "post"): Row(
        200, ORDERS, ("reviewer",), _dataset, lambda _: {"kind": "blurred", "decision": "excluded"}
    ),
    ("dataset-thresholds", "get"): Row(200, STAFF, where=_dataset),
    ("dataset-thresholds", "post"): Row(200, ORDERS, ("reviewer",), _dataset, lambda _: {"dark": 0.1}),
    ("asset-thumbnail", "get"): Row(200, STAFF, where=lambda w: {"asset_id": w.image.pk}),
    ("asset-content", "get"): Row(200, STAFF, where=lambda w: {"asset_id": w.image.pk}),
    # labeling: jobs
    ("jobs", "get"): Row(200, SIGNED_IN),
    ("jobs", "post"): Row(201, ORDERS, ("reviewer",), body=_new_job),
    ("job", "get"): Row(200, STAFF, where=_job),
    ("job-pause", "post"): Row(200, ORDERS, ("reviewer",), _job),
    ("job-resume", "post"): Row(200, ORDERS, ("reviewer",), lambda w: {"job_id": w.paused_job.pk}),
    ("job-close", "post"): Row(200, ORDERS, ("reviewer",), _job),
    ("job-offers", "post"): Row(200, ("manager",), ("requester", "reviewer"), _job, _offers),
    ("job-answers", "get"): Row(200, STAFF, where=_job),
    ("job-tasks", "get"): Row(200, STAFF, where=_job),
    ("job-consensus", "get"): Row(200, STAFF, where=lambda w: {"job_id": w.concluded_job.pk}),
    ("job-agreement", "get"): Row(200, STAFF, where=_job),
    ("job-audits", "get"): Row(200, STAFF, where=_job),
    ("job-audits", "post"): Row(
        201,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.audited_run.job_id},
        lambda _: {"max_error": "0.2", "confidence": "0.9"},
    ),
    ("audit", "get"): Row(200, STAFF, where=_audit),
    ("audit-items", "get"): Row(200, STAFF, where=_audit),
    ("audit-cancel", "post"): Row(200, ORDERS, ("reviewer",), _audit),
    ("audit-item-verdict", "post"): Row(
        200,
        ("reviewer", "manager"),
        ("requester",),
        lambda w: {**_audit(w), "item_id": w.audit_item.pk},
        lambda _: {"verdict": "right"},
    ),
    ("job-consensus-methods", "get"): Row(200, STAFF, where=_job),
    ("job-consensus-runs", "get"): Row(200, STAFF, where=_job),
    ("job-consensus-runs", "post"): Row(
        202,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.audited_run.job_id},
        lambda _: {"method": "majority"},
    ),
    ("consensus-run", "get"): Row(200, STAFF, where=_run),
    ("consensus-run-promote", "post"): Row(200, ORDERS, ("reviewer",), _run),
    ("consensus-run-comparison", "get"): Row(200, STAFF, where=_run, body=_with_itself),
    ("consensus-run-flips", "get"): Row(200, STAFF, where=_run, body=_with_itself),
    ("job-learners", "get"): Row(200, ORDERS, ("reviewer",), lambda w: {"job_id": w.course.pk}),
    ("grants", "get"): Row(200, SIGNED_IN),
    ("grants", "post"): Row(201, ("manager",), ("requester", "reviewer", "worker"), body=_new_grant),
    ("grant-revoke", "post"): Row(200, ORDERS, ("reviewer",), lambda w: {"grant_id": w.grant.pk}),
    ("assignment-feedback", "get"): Row(200, ("worker",), where=lambda w: {"assignment_id": w.lesson.pk}),
    ("me-qualifications", "get"): Row(200, SIGNED_IN),
    ("job-reviews", "get"): Row(200, STAFF, where=_job),
    ("job-reviews", "post"): Row(
        201,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.answered_task.job_id},
        lambda w: {"task": w.answered_task.pk},
    ),
    ("job-reviewers", "get"): Row(200, ORDERS, ("reviewer",), _job),
    ("job-gold", "get"): Row(200, ORDERS, ("reviewer",), _job),
    ("job-gold", "post"): Row(
        201,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.roomy_draft.pk},
        lambda _: {"items": [{"external_id": "asset-1", "annotations": [{"class": "cat"}]}]},
    ),
    ("job-gold-promote", "post"): Row(
        201,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.roomy_draft.pk},
        lambda w: {"from_job": w.concluded_job.pk, "n_tasks": 1},
    ),
    ("gold", "get"): Row(200, ORDERS, ("reviewer",), _gold),
    ("gold", "delete"): Row(204, ORDERS, ("reviewer",), lambda w: {"gold_id": w.draft_gold.pk}),
    ("gold-retire", "post"): Row(200, ORDERS, ("reviewer",), _gold),
    ("gold-uphold", "post"): Row(200, ORDERS, ("reviewer",), lambda w: {"gold_id": w.disputed_gold.pk}),
    ("gold-withdraw", "post"): Row(200, ORDERS, ("reviewer",), _gold),
    ("me-skills", "get"): Row(200, SIGNED_IN),
    ("job-findings", "get"): Row(200, ORDERS, ("reviewer",), _job),
    ("finding-confirm", "post"): Row(
        200, ORDERS, ("reviewer",), lambda w: {"finding_id": w.finding.pk}, lambda _: {"note": "So it is."}
    ),
    ("finding-dismiss", "post"): Row(
        200, ORDERS, ("reviewer",), lambda w: {"finding_id": w.finding.pk}, lambda _: {"note": "Not so."}
    ),
    ("job-guideline-impact", "post"): Row(
        200,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.audited_run.job_id},
        lambda _: {"changes": [{"class": "cat", "becomes": {"cat": 0.9, "dog": 0.1}}]},
    ),
    ("job-rules", "get"): Row(200, ORDERS, ("reviewer",), _job),
    ("job-rules", "post"): Row(201, ORDERS, ("reviewer",), _job, _new_rule),
    ("rule-end", "post"): Row(200, ORDERS, ("reviewer",), lambda w: {"rule_id": w.rule.pk}),
    ("rule-firings", "get"): Row(200, ORDERS, ("reviewer",), lambda w: {"rule_id": w.rule.pk}),
    ("me-findings", "get"): Row(200, SIGNED_IN),
    ("me-finding-objection", "post"): Row(
        200, ("worker",), where=lambda w: {"finding_id": w.confirmed_finding.pk}, body=lambda _: {"text": "No."}
    ),
    ("task-explanation", "get"): Row(
        200, STAFF, where=lambda w: {"task_id": w.audited_run.labels.order_by("id")[0].task_id}
    ),
    ("job-what-if", "get"): Row(200, ORDERS, ("reviewer",), where=lambda w: {"job_id": w.draft.pk}),
    ("job-what-if", "post"): Row(200, ORDERS, ("reviewer",), where=lambda w: {"job_id": w.draft.pk}),
    ("job-split-plan", "get"): Row(200, STAFF, where=lambda w: {"job_id": w.draft.pk}),
    ("job-effort", "get"): Row(200, STAFF, where=lambda w: {"job_id": w.draft.pk}),
    ("effort-models", "get"): Row(200, SIGNED_IN),
    ("job-forecast", "get"): Row(200, STAFF, where=_job),
    ("job-forecasts", "get"): Row(200, STAFF, where=_job),
    ("job-deadline-alerts", "get"): Row(200, STAFF, where=_job),
    ("job-split", "post"): Row(
        200,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.draft.pk},
        lambda _: {"split": {"strategy": "balanced_batches", "batch_effort_s": 600}},
    ),
    ("job-progress", "get"): Row(200, STAFF, where=_job),
    # labeling: work
    ("work-jobs", "get"): Row(200, SIGNED_IN),
    ("job-claim", "post"): Row(200, ("worker",), where=lambda w: {"job_id": w.private_job.pk}),
    ("assignments", "get"): Row(200, SIGNED_IN),
    ("assignment", "get"): Row(200, ("worker",), where=_lease),
    ("assignment-heartbeat", "post"): Row(200, ("worker",), where=_lease),
    ("assignment-skip", "post"): Row(200, ("worker",), where=_lease),
    ("assignment-return", "post"): Row(200, ("worker",), where=_lease),
    ("assignment-submit", "post"): Row(
        201, ("worker",), where=_lease, body=lambda _: {"annotations": [{"class": "cat"}]}
    ),
    # money
    ("deposits", "post"): Row(201, ORDERS, ("reviewer", "worker"), body=_named_home(amount="10.00")),
    ("organization-balance", "get"): Row(200, ORDERS, ("reviewer", "worker"), _home),
    ("balance", "get"): Row(200, SIGNED_IN),
    ("quotes", "post"): Row(200, SIGNED_IN, body=lambda _: {"card": "mturk", "n_tasks": 1, "reward": "0.05"}),
    ("rate-cards", "get"): Row(200, SIGNED_IN),
    ("rate-cards", "post"): Row(201, (), SIGNED_IN, body=lambda _: {}),
    ("rate-card", "get"): Row(200, SIGNED_IN, where=lambda _: {"card": "mturk", "version": "2026"}),
    ("payout-destination", "get"): Row(404, (), hidden_status=404),
    ("payout-destination", "put"): Row(200, SIGNED_IN, body=lambda _: {"reference": "acct_1"}),
    ("payout-destination", "delete"): Row(204, SIGNED_IN),
    ("payouts", "get"): Row(200, SIGNED_IN),
    ("payouts", "post"): Row(409, SIGNED_IN),  # nobody said where to
    ("payout", "get"): Row(200, ("worker",), where=lambda w: {"payout_id": w.payout.pk}),
    ("payout-files", "get"): Row(200, ()),
    ("payout-file-content", "get"): Row(200, (), where=lambda w: {"file_id": w.payout_file.pk}),
    ("invoices", "get"): Row(200, SIGNED_IN),
    ("invoice", "get"): Row(200, ORDERS, where=_invoice),
    ("invoice-pdf", "get"): Row(200, ORDERS, where=_invoice),
    ("invoice-csv", "get"): Row(200, ORDERS, where=_invoice),
    ("client-statement", "get"): Row(200, ORDERS, ("reviewer", "worker"), _home),
    ("client-statement-csv", "get"): Row(200, ORDERS, ("reviewer", "worker"), _home),
    ("worker-statement", "get"): Row(200, SIGNED_IN),
    ("worker-statement-csv", "get"): Row(200, SIGNED_IN),
    ("tax-totals", "get"): Row(200, SIGNED_IN),
    # the platform's own staff alone; see tests/api/test_books.py
    ("tax-totals-everybody", "get"): Row(200, ()),
    ("tax-totals-everybody-csv", "get"): Row(200, ()),
    ("reconciliation", "get"): Row(200, ()),
    ("orders", "get"): Row(200, SIGNED_IN),
    ("orders", "post"): Row(201, ORDERS, ("reviewer",), body=lambda w: {"job": w.draft.pk}),
    ("order", "get"): Row(200, ORDERS, where=_order),
    ("order-quote", "post"): Row(200, ORDERS, where=_order),
    ("order-fund", "post"): Row(200, ORDERS, where=lambda w: {"order_id": w.fundable_order.pk}),
    ("order-publish", "post"): Row(202, ORDERS, where=lambda w: {"order_id": w.funded_order.pk}),
    ("order-cancel", "post"): Row(200, ORDERS, where=_order),
    ("order-pilot", "post"): Row(202, ORDERS, where=lambda w: {"order_id": w.funded_order.pk}),
    ("order-pilot", "get"): Row(200, ORDERS, where=lambda w: {"order_id": w.piloted_order.pk}),
    ("order-go", "post"): Row(
        200,
        ORDERS,
        where=lambda w: {"order_id": w.piloted_order.pk},
        body=lambda w: {"quote": str(w.piloted_order.pilot.requote_id)},
    ),
    ("order-stop", "post"): Row(200, ORDERS, where=lambda w: {"order_id": w.piloted_order.pk}),
    ("order-transfers", "get"): Row(200, ORDERS, where=_order),
    ("order-pay", "get"): Row(200, ORDERS, where=_order),
    ("job-pay", "get"): Row(200, MEMBERS, where=lambda w: {"job_id": w.private_job.pk}),
    ("job-bonuses", "get"): Row(200, ORDERS, ("reviewer",), _job),
    ("job-bonuses", "post"): Row(
        201,
        ORDERS,
        ("reviewer",),
        lambda w: {"job_id": w.assignment.job_id},
        lambda w: {"worker": w.pseudonym, "amount": "1.00", "reason": "Well done."},
    ),
    ("answer-accept", "post"): Row(200, ORDERS, ("reviewer", "worker"), _waiting),
    ("answer-reject", "post"): Row(
        201,
        ORDERS,
        ("reviewer", "worker"),
        _waiting,
        lambda w: {"reason": "mismatching_label", "evidence_kind": "consensus", "evidence": w.evidence.pk},
    ),
    ("job-rejections", "get"): Row(200, ORDERS, ("reviewer",), _job),
    ("rejection-uphold", "post"): Row(200, ("manager",), ("requester",), lambda w: {"rejection_id": w.appealed.pk}),
    ("rejection-overturn", "post"): Row(200, ("manager",), ("requester",), lambda w: {"rejection_id": w.appealed.pk}),
    ("assignment-rejection", "get"): Row(200, ("worker",), where=_rejected),
    ("assignment-appeal", "post"): Row(200, ("worker",), where=_rejected, body=lambda _: {"text": "It is a dog."}),
    ("freezes", "get"): Row(200, SIGNED_IN),
    ("freeze-clear", "post"): Row(200, (), ORDERS, lambda w: {"freeze_id": w.freeze.pk}),
    ("freeze-overturn", "post"): Row(200, (), ORDERS, lambda w: {"freeze_id": w.freeze.pk}),
    ("work-requesters", "get"): Row(200, SIGNED_IN),
    ("work-requester", "get"): Row(
        200, ("worker",), where=lambda w: {"organization_id": w.private_job.organization_id}
    ),
    ("me-rejections", "get"): Row(200, SIGNED_IN),
    ("me-bonuses", "get"): Row(200, SIGNED_IN),
    ("me-top-ups", "get"): Row(200, SIGNED_IN),
    # releases; what they hold is tested with them
    ("job-releases", "post"): Row(409, ORDERS, ("reviewer",), _job, lambda _: {"formats": ["jsonl"]}),
    ("releases", "get"): Row(200, SIGNED_IN),
    ("release", "get"): Row(404, (), where=lambda _: {"release_id": uuid4()}),
    ("release-file", "get"): Row(404, (), where=lambda _: {"release_id": uuid4(), "name": "a.csv"}),
}


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, path)
        else:
            yield path, entry


def _routes() -> list[tuple[str, str]]:
    """Return the name and methods of every route of the API."""
    found = []
    for path, pattern in _patterns(get_resolver("marketplace.urls")):
        if path.startswith("api/v1/"):
            view = pattern.callback.view_class  # type: ignore[attr-defined]
            found += [(pattern.name or path, method) for method in METHODS if hasattr(view, method)]
    return found


def test_every_route_has_an_expectation_and_nothing_else_has() -> None:
    assert sorted(_routes()) == sorted(ROWS)


@pytest.mark.parametrize(("name", "method"), sorted(ROWS), ids=" ".join)
def test_everybody_gets_what_is_written(name: str, method: str, cast: Cast, client_of: ClientFactory) -> None:
    row = ROWS[name, method]
    world = World(cast)
    url = reverse(name, kwargs=row.where(world))
    people = {
        "requester": cast.team_mate,
        "manager": cast.manager,
        "reviewer": cast.reviewer,
        "worker": cast.worker,
        "stranger": cast.stranger,
        "anonymous": None,
    }
    got = {}
    for who in EVERYBODY:
        body = row.body(world)
        client = client_of(people[who])
        with transaction.atomic():
            form = {} if method == "get" else {"format": "multipart" if row.multipart else "json"}
            data = {"data": body, **form}
            response = getattr(client, method)(url, headers=with_key(), **data)
            transaction.set_rollback(True)
        got[who] = response.status_code
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
    assert got == {who: row.expected(who) for who in EVERYBODY}


# What strangers may see is foreign to nobody.
OWNED = sorted(key for key, row in ROWS.items() if row.where is not _nothing and "stranger" not in row.allowed)


@pytest.mark.parametrize(("name", "method"), OWNED, ids=" ".join)
def test_foreign_equals_nonexistent(name: str, method: str, cast: Cast, client_of: ClientFactory) -> None:
    row = ROWS[name, method]
    foreign = row.where(World(cast))
    made_up = {key: value if key == "name" else uuid4() for key, value in foreign.items()}
    client = client_of(cast.stranger)
    answers = [
        getattr(client, method)(reverse(name, kwargs=kwargs), headers=with_key()).content
        for kwargs in (foreign, made_up)
    ]
    assert answers[0] == answers[1]
    assert b'"not_found"' in answers[0]


def test_a_token_that_was_revoked_opens_nothing(cast: Cast, client_of: ClientFactory) -> None:
    client = client_of(cast.owner)
    cast.owner.api_tokens.get().delete()
    assert client.get("/api/v1/jobs").status_code == 401
