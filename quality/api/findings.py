"""Endpoints of findings."""

from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.filters import chosen
from labeling.api.jobs import job_of
from labeling.models import JobWorker
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from quality.api.serializers import (
    ConfirmationSerializer,
    DismissalSerializer,
    FindingSerializer,
    ObjectionSerializer,
    OwnFindingSerializer,
)
from quality.models import Finding, FindingState
from quality.services import confirm_finding, dismiss_finding, object_to_finding


class FindingsView(ApiView):
    """Findings in a job."""

    pagination_class = KeySetPagination
    query_params = frozenset({"state"})

    @extend_schema(
        operation_id="job_findings_list",
        parameters=[OpenApiParameter("state", enum=FindingState.values)],
        responses=FindingSerializer(many=True),
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """List what workers' answers look like, oldest first; evidence for a person to judge, not a verdict."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        wanted = chosen(request, "state", FindingState.values)
        return self.page(_with_pseudonyms(job.findings.filter(**wanted)), FindingSerializer)


class FindingConfirmView(ApiView):
    """Deciding that a finding is right."""

    @extend_schema(operation_id="findings_confirm", request=ConfirmationSerializer, responses=FindingSerializer)
    @idempotent()
    def post(self, request: Request, finding_id: UUID) -> Response:
        """Confirm a finding and, if told so, pause the worker in the job; answers stay, and so does their pay."""
        finding = _finding_to_decide(request, finding_id)
        data = self.parse(ConfirmationSerializer)
        confirm_finding(
            finding.pk, note=data["note"], pause_minutes=data.get("pause_minutes"), user_id=user_of(request).pk
        )
        return _shown(finding.pk)


class FindingDismissView(ApiView):
    """Deciding that a finding is wrong."""

    @extend_schema(operation_id="findings_dismiss", request=DismissalSerializer, responses=FindingSerializer)
    @idempotent()
    def post(self, request: Request, finding_id: UUID) -> Response:
        """Dismiss a finding; it comes again only on much stronger evidence."""
        finding = _finding_to_decide(request, finding_id)
        dismiss_finding(finding.pk, note=self.parse(DismissalSerializer)["note"], user_id=user_of(request).pk)
        return _shown(finding.pk)


class OwnFindingsView(ApiView):
    """What was confirmed of oneself."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="me_findings_list", responses=OwnFindingSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the findings about oneself that somebody confirmed."""
        return self.page(Finding.objects.told_to(user_of(request)), OwnFindingSerializer)


class ObjectionView(ApiView):
    """Objecting."""

    @extend_schema(operation_id="me_findings_object", request=ObjectionSerializer, responses=OwnFindingSerializer)
    @idempotent()
    def post(self, request: Request, finding_id: UUID) -> Response:
        """Say, once, what is wrong with a finding about oneself; the requester reads it beside the finding."""
        finding = get_object_or_404(Finding.objects.told_to(user_of(request)), pk=finding_id)
        objected = object_to_finding(finding.pk, text=self.parse(ObjectionSerializer)["text"])
        return Response(OwnFindingSerializer(objected).data)


def _finding_to_decide(request: Request, finding_id: UUID) -> Finding:
    """Return a finding that the user sees, and may decide by role."""
    seen = Finding.objects.visible_to(user_of(request)).select_related("job")
    finding = get_object_or_404(seen, pk=finding_id)
    require_role(request, finding.job.organization_id, *ORDERS)
    return finding


def _shown(finding_id: UUID) -> Response:
    return Response(FindingSerializer(_with_pseudonyms(Finding.objects.all()).get(pk=finding_id)).data)


def _with_pseudonyms(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    places = JobWorker.objects.filter(job=OuterRef("job")).values("pseudonym")
    return findings.annotate(
        pseudonym=Subquery(places.filter(worker=OuterRef("worker"))),
        partner_pseudonym=Subquery(places.filter(worker=OuterRef("partner"))),
    )
