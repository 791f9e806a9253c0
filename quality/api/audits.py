"""Endpoints of audits."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.filters import chosen
from labeling.api.jobs import job_of
from labeling.api.serializers.fields import NothingSerializer
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Role
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from quality.api.serializers import (
    AuditItemSerializer,
    AuditSerializer,
    JudgedItemSerializer,
    NewAuditSerializer,
    NewVerdictSerializer,
)
from quality.models import Audit, AuditItem, AuditPlanKind, AuditVerdict
from quality.services import AuditOrder, cancel_audit, give_verdict, order_audit

JUDGES = (Role.REVIEWER, Role.MANAGER)
OPEN = "open"


class AuditsView(ApiView):
    """Audits of a job's labels."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_audits_list", responses=AuditSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the audits of all runs of a job, oldest first."""
        job = job_of(request, job_id)
        return self.page(Audit.objects.filter(run__job=job).select_related("run"), AuditSerializer)

    @extend_schema(operation_id="job_audits_create", request=NewAuditSerializer, responses={201: AuditSerializer})
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Plan an audit of the labels that the latest run states final, and draw its sample."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        data = self.parse(NewAuditSerializer)
        kind = data.pop("kind", None)
        order = AuditOrder(**data, kind=AuditPlanKind(kind) if kind else None)
        audit = order_audit(job.pk, order=order, created_by_id=user_of(request).pk)
        return Response(AuditSerializer(audit).data, status=201)


class AuditView(ApiView):
    """One audit."""

    @extend_schema(operation_id="audits_retrieve", responses=AuditSerializer)
    def get(self, request: Request, audit_id: UUID) -> Response:
        """Return an audit, with its certificate once it is decided."""
        return Response(AuditSerializer(_audit_of(request, audit_id)).data)


class AuditCancelView(ApiView):
    """Giving up."""

    @extend_schema(operation_id="audits_cancel", request=None, responses=AuditSerializer)
    @idempotent()
    def post(self, request: Request, audit_id: UUID) -> Response:
        """End an audit without a result; it stays on record and in the manifests of releases."""
        audit = _audit_of(request, audit_id)
        require_role(request, audit.run.job.organization_id, *ORDERS)
        self.parse(NothingSerializer)
        return Response(AuditSerializer(cancel_audit(audit.pk)).data)


class AuditItemsView(ApiView):
    """The labels drawn."""

    pagination_class = KeySetPagination
    page_order = ("ordinal",)
    query_params = frozenset({"verdict"})

    @extend_schema(
        operation_id="audit_items_list",
        parameters=[OpenApiParameter("verdict", enum=[OPEN, *AuditVerdict.values], description="open: none yet")],
        responses=AuditItemSerializer(many=True),
    )
    def get(self, request: Request, audit_id: UUID) -> Response:
        """List the labels to check, in the order drawn; the audit's rule looks at verdicts in that order."""
        audit = _audit_of(request, audit_id)
        wanted: dict[str, Any] = dict(chosen(request, "verdict", [OPEN, *AuditVerdict.values]))
        if wanted.get("verdict") == OPEN:
            wanted = {"verdict__isnull": True}
        return self.page(_with_labels(audit.items.filter(**wanted)), AuditItemSerializer)


class VerdictView(ApiView):
    """Judging."""

    @extend_schema(operation_id="audit_items_verdict", request=NewVerdictSerializer, responses=JudgedItemSerializer)
    @idempotent()
    def post(self, request: Request, audit_id: UUID, item_id: UUID) -> Response:
        """Say whether a label is right; final, and not for those who worked on its task."""
        audit = _audit_of(request, audit_id)
        item = get_object_or_404(audit.items.all(), pk=item_id)
        require_role(request, audit.run.job.organization_id, *JUDGES)
        data = self.parse(NewVerdictSerializer)
        judged = give_verdict(
            item.pk, verdict=AuditVerdict(data["verdict"]), note=data["note"], user_id=user_of(request).pk
        )
        return Response(JudgedItemSerializer(judged).data)


def _audit_of(request: Request, audit_id: UUID) -> Audit:
    """Return an audit of a job that the user looks after."""
    return get_object_or_404(Audit.objects.visible_to(user_of(request)).select_related("run__job"), pk=audit_id)


def _with_labels(items: QuerySet[AuditItem]) -> QuerySet[AuditItem]:
    return items.select_related("label__task__asset")
