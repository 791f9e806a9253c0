"""Endpoints of decisions on work: accepting, rejecting, appealing, and what the platform decides."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from labeling.api.serializers.fields import NothingSerializer
from labeling.core.conflicts import ConflictKind
from labeling.core.shares import WHOLE_PPM
from labeling.models import Answer, Assignment, JobWorker
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Role
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.orders.api.decision_serializers import (
    AppealSerializer,
    DecidedSerializer,
    FreezeSerializer,
    NewRejectionSerializer,
    NoteSerializer,
    OwnRejectionSerializer,
    RejectionSerializer,
    WonSerializer,
)
from marketplace.orders.models import Freeze, FreezeState, Rejection
from marketplace.orders.services import (
    RejectionSpec,
    accept_by_hand,
    appeal_rejection,
    decide_freeze,
    reject_answer,
    uphold_rejection,
    win_appeal,
)
from quality.services import EvidenceKind


class AcceptView(ApiView):
    """Accepting by hand."""

    @extend_schema(operation_id="answers_accept", request=None, responses=DecidedSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, answer_id: UUID) -> Response:
        """Accept an answer of an order with manual acceptance, and pay it in full."""
        answer = _answer(request, answer_id)
        self.parse(NothingSerializer)
        accept_by_hand(answer.pk, by_id=user_of(request).pk)
        state = Assignment.objects.values_list("state", flat=True).get(pk=answer.assignment_id)
        return Response(DecidedSerializer({"answer": answer.pk, "state": state}).data)


class RejectView(ApiView):
    """Rejecting."""

    @extend_schema(operation_id="answers_reject", request=NewRejectionSerializer, responses={201: RejectionSerializer})
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, answer_id: UUID) -> Response:
        """Reject an answer of an order with manual acceptance, or a part of its pay, on evidence."""
        answer = _answer(request, answer_id)
        data = self.parse(NewRejectionSerializer)
        spec = RejectionSpec(
            reason=ConflictKind(data["reason"]),
            evidence_kind=EvidenceKind(data["evidence_kind"]),
            evidence_id=data["evidence"],
            comment=data["comment"],
            share_ppm=_ppm(data["accepted_share"]),
        )
        rejection = reject_answer(answer.pk, spec, by_id=user_of(request).pk)
        return Response(_told(rejection), status=201)


class RejectionsView(ApiView):
    """The rejections of a job."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_rejections_list", responses=RejectionSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List a job's rejections, with what their workers say to them."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        return self.page(_with_pseudonyms(Rejection.objects.filter(job=job)), RejectionSerializer)


class UpholdView(ApiView):
    """Deciding against the worker."""

    @extend_schema(operation_id="rejections_uphold", request=NoteSerializer, responses=RejectionSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, rejection_id: UUID) -> Response:
        """Decide an appeal against the worker; by a manager who did not reject."""
        rejection = _appealed(request, rejection_id)
        note = self.parse(NoteSerializer)["note"]
        return Response(_told(uphold_rejection(rejection.pk, note=note, by_id=user_of(request).pk)))


class OverturnView(ApiView):
    """Deciding for the worker."""

    @extend_schema(operation_id="rejections_overturn", request=WonSerializer, responses=RejectionSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, rejection_id: UUID) -> Response:
        """Decide an appeal for the worker, who is paid the rest; by a manager who did not reject."""
        rejection = _appealed(request, rejection_id)
        data = self.parse(WonSerializer)
        share_ppm = _ppm(data["accepted_share"])
        won = win_appeal(rejection.pk, note=data["note"], by_id=user_of(request).pk, share_ppm=share_ppm)
        return Response(_told(won))


class OwnRejectionsView(ApiView):
    """What of one's own was rejected."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="me_rejections_list", responses=OwnRejectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the rejections of one's own answers, latest first."""
        return self.page(Rejection.objects.filter(assignment__worker=user_of(request)), OwnRejectionSerializer)


class OwnRejectionView(ApiView):
    """Why an answer of one's own was rejected."""

    @extend_schema(operation_id="assignments_rejection", responses=OwnRejectionSerializer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Return the reason, what speaks against the answer, and until when to appeal."""
        return Response(OwnRejectionSerializer(_own_rejection(request, assignment_id)).data)


class AppealView(ApiView):
    """Appealing."""

    @extend_schema(operation_id="assignments_appeal", request=AppealSerializer, responses=OwnRejectionSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Appeal the rejection of one's own answer; who is not answered in time has won."""
        rejection = _own_rejection(request, assignment_id)
        text = self.parse(AppealSerializer)["text"]
        return Response(OwnRejectionSerializer(appeal_rejection(rejection.pk, text=text)).data)


class FreezesView(ApiView):
    """Stopped jobs."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="freezes_list", responses=FreezeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the jobs stopped for their rejections: one's own, and to people of the platform all."""
        return self.page(Freeze.objects.visible_to(user_of(request)).select_related("order"), FreezeSerializer)


class ClearFreezeView(ApiView):
    """Letting rejections stand."""

    @extend_schema(operation_id="freezes_clear", request=NoteSerializer, responses=FreezeSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, freeze_id: UUID) -> Response:
        """Let a stopped job go on and its rejections stand; people of the platform only."""
        return _decide(self, request, freeze_id, FreezeState.CLEARED)


class OverturnFreezeView(ApiView):
    """Taking rejections back."""

    @extend_schema(operation_id="freezes_overturn", request=NoteSerializer, responses=FreezeSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, freeze_id: UUID) -> Response:
        """Let a stopped job go on and pay all that was rejected; people of the platform only."""
        return _decide(self, request, freeze_id, FreezeState.OVERTURNED)


def _answer(request: Request, answer_id: UUID) -> Answer:
    answers = Answer.objects.visible_to(user_of(request)).select_related("job")
    answer = get_object_or_404(answers, pk=answer_id)
    require_role(request, answer.job.organization_id, *ORDERS)
    return answer


def _appealed(request: Request, rejection_id: UUID) -> Rejection:
    rejections = Rejection.objects.visible_to(user_of(request)).select_related("order")
    rejection = get_object_or_404(rejections, pk=rejection_id)
    require_role(request, rejection.order.organization_id, Role.MANAGER)
    return rejection


def _own_rejection(request: Request, assignment_id: UUID) -> Rejection:
    return get_object_or_404(Rejection, assignment=assignment_id, assignment__worker=user_of(request))


def _with_pseudonyms(rejections: QuerySet[Rejection]) -> QuerySet[Rejection]:
    place = JobWorker.objects.filter(job=OuterRef("job"), worker=OuterRef("assignment__worker"))
    return rejections.annotate(pseudonym=Subquery(place.values("pseudonym"))).select_related("assignment__answer")


def _told(rejection: Rejection) -> dict[str, Any]:
    return RejectionSerializer(_with_pseudonyms(Rejection.objects.filter(pk=rejection.pk)).get()).data


def _decide(view: ApiView, request: Request, freeze_id: UUID, state: FreezeState) -> Response:
    user = user_of(request)
    frozen = get_object_or_404(Freeze.objects.visible_to(user), pk=freeze_id)
    if not user.is_staff:
        raise PermissionDenied("People of the platform decide on this.", code="platform_only")
    note = view.parse(NoteSerializer)["note"]
    return Response(FreezeSerializer(decide_freeze(frozen.pk, state=state, note=note, by_id=user.pk)).data)


def _ppm(share: Decimal) -> int:
    return int(share * WHOLE_PPM)
