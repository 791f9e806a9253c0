"""Endpoints of gold and of the skills it shows."""

from collections.abc import Callable
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, named_in, require_role
from labeling.api.filters import chosen
from labeling.api.jobs import job_of
from labeling.api.serializers.fields import NothingSerializer
from labeling.models import LabelingJob
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.adapters import database_now
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from quality.api.serializers import (
    GoldSerializer,
    MadeGoldSerializer,
    NewGoldDocumentationSerializer,
    NewGoldSerializer,
    PromotionSerializer,
    SkillsSerializer,
)
from quality.models import GoldState, GoldTask
from quality.services import add_gold, promote_gold, remove_gold, retire_gold, skills_of, uphold_gold, withdraw_gold


class JobGoldView(ApiView):
    """The known answers of a job."""

    pagination_class = KeySetPagination
    query_params = frozenset({"state"})

    @extend_schema(
        operation_id="job_gold_list",
        parameters=[OpenApiParameter("state", enum=GoldState.values)],
        responses=GoldSerializer(many=True),
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the known answers of a job with what workers made of them, for those who order."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        wanted = chosen(request, "state", GoldState.values)
        return self.page(GoldTask.objects.filter(job=job, **wanted).select_related("asset"), GoldSerializer)

    @extend_schema(
        operation_id="job_gold_create", request=NewGoldDocumentationSerializer, responses={201: MadeGoldSerializer}
    )
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """State known answers for assets of a draft; a quote made before has to be made again."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        serializer = NewGoldSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        known = serializer.known_answers(serializer.validated_data)
        return _made(add_gold(job.pk, known, created_by_id=user_of(request).pk))


class PromoteGoldView(ApiView):
    """Known answers from another job."""

    @extend_schema(operation_id="job_gold_promote", request=PromotionSerializer, responses={201: MadeGoldSerializer})
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Take strong final labels of another job, on assets that this draft shares with it, for known answers."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        data = self.parse(PromotionSerializer)
        own_jobs = LabelingJob.objects.filter(organization=job.organization_id)
        source = named_in(own_jobs, data["from_job"], field="from_job")
        made = promote_gold(
            job.pk,
            from_job_id=source.pk,
            n_tasks=data["n_tasks"],
            min_confidence=data["min_confidence"],
            created_by_id=user_of(request).pk,
        )
        return _made(made)


class GoldView(ApiView):
    """One known answer."""

    @extend_schema(operation_id="gold_retrieve", responses=GoldSerializer)
    def get(self, request: Request, gold_id: UUID) -> Response:
        """Return a known answer with what workers made of it, for those who order."""
        return Response(GoldSerializer(_gold_of(request, gold_id)).data)

    @extend_schema(operation_id="gold_destroy", responses={204: None})
    def delete(self, request: Request, gold_id: UUID) -> Response:
        """Take a known answer back while its job is a draft."""
        remove_gold(_gold_of(request, gold_id).pk)
        return Response(status=204)


class _DecisionView(ApiView):
    def _decide(self, request: Request, gold_id: UUID, service: Callable[..., GoldTask]) -> Response:
        gold = _gold_of(request, gold_id)
        self.parse(NothingSerializer)
        return Response(GoldSerializer(service(gold.pk, user_id=user_of(request).pk)).data)


class RetireGoldView(_DecisionView):
    """Retiring."""

    @extend_schema(operation_id="gold_retire", request=None, responses=GoldSerializer)
    @idempotent()
    def post(self, request: Request, gold_id: UUID) -> Response:
        """Show it to nobody any more, because it is known too well; what it said of workers stays."""
        return self._decide(request, gold_id, retire_gold)


class UpholdGoldView(_DecisionView):
    """Upholding."""

    @extend_schema(operation_id="gold_uphold", request=None, responses=GoldSerializer)
    @idempotent()
    def post(self, request: Request, gold_id: UUID) -> Response:
        """Decide that a disputed known answer is right: its scores count again."""
        return self._decide(request, gold_id, uphold_gold)


class WithdrawGoldView(_DecisionView):
    """Withdrawing."""

    @extend_schema(operation_id="gold_withdraw", request=None, responses=GoldSerializer)
    @idempotent()
    def post(self, request: Request, gold_id: UUID) -> Response:
        """Decide that a known answer is wrong: its scores count no more, and its label comes from its answers."""
        return self._decide(request, gold_id, withdraw_gold)


class MySkillsView(ApiView):
    """What known answers say of whoever asks."""

    @extend_schema(operation_id="me_skills_retrieve", responses=SkillsSerializer)
    def get(self, request: Request) -> Response:
        """Return your skills as of midnight UTC, in steps of ten known answers, so that none of those can be told."""
        return Response(SkillsSerializer({"items": skills_of(user_of(request), now=database_now())}).data)


def _gold_of(request: Request, gold_id: UUID) -> GoldTask:
    """Return gold of a job that the user orders."""
    visible = GoldTask.objects.visible_to(user_of(request)).select_related("asset", "job")
    gold = get_object_or_404(visible, pk=gold_id)
    require_role(request, gold.job.organization_id, *ORDERS)
    return gold


def _made(gold: list[GoldTask]) -> Response:
    kept = GoldTask.objects.filter(pk__in=[each.pk for each in gold]).select_related("asset").order_by("id")
    return Response(MadeGoldSerializer({"items": kept}).data, status=201)
