"""Endpoints of training and exams."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from labeling.api.serializers.fields import NothingSerializer
from labeling.models import Assignment, LabelingJob, WorkerGrant
from labeling.services import revoke_grant
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from quality.api.serializers import FeedbackSerializer, GrantSerializer, LearnerSerializer
from quality.services import feedback_on, learners_of


class FeedbackView(ApiView):
    """What was right."""

    @extend_schema(operation_id="assignments_feedback_retrieve", responses=FeedbackSerializer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Return what was right of one's answer in a training, and of an exam when everything is answered."""
        own = Assignment.objects.visible_to(user_of(request)).select_related("task", "job", "worker", "answer__payload")
        told = feedback_on(get_object_or_404(own, pk=assignment_id))
        if told is None:
            raise Http404
        return Response(FeedbackSerializer(told).data)


class OwnGrantsView(ApiView):
    """What one has passed."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="me_qualifications_list", responses=GrantSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the trainings and exams that one has passed, and the fields that one is known to know."""
        return self.page(WorkerGrant.objects.filter(worker=user_of(request)).select_related("course"), GrantSerializer)


class LearnersView(ApiView):
    """Who learns."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_learners_list", responses=LearnerSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List those who began a training or an exam, by pseudonym."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        if not job.teaches:
            raise Http404
        return self.page(learners_of(job), LearnerSerializer)


class RevokeGrantView(ApiView):
    """Taking a right back."""

    @extend_schema(operation_id="grants_revoke", request=None, responses=GrantSerializer)
    @idempotent()
    def post(self, request: Request, grant_id: UUID) -> Response:
        """Let a worker do no more of what a course, or a field that was attested, opened; what is done stays done."""
        user = user_of(request)
        earned = WorkerGrant.objects.filter(course__in=LabelingJob.objects.visible_to(user))
        grants = (earned | WorkerGrant.objects.managed_by(user)).select_related("course")
        grant = get_object_or_404(grants, pk=grant_id)
        if grant.course is not None:
            require_role(request, grant.course.organization_id, *ORDERS)
        self.parse(NothingSerializer)
        revoke_grant(grant.pk, user_id=user.pk)
        return Response(GrantSerializer(grants.get(pk=grant_id)).data)
