"""Endpoints of reviews and reviewers, for those who look after a job."""

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Subquery
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, named_in, require_role
from labeling.api.filters import chosen
from labeling.api.jobs import job_of
from labeling.models import CHECKS, Answer, JobWorker, Task, TaskState
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from quality.api.serializers import CheckSerializer, NewReviewSerializer, ReviewerSerializer
from quality.models import ReviewerRecord
from quality.services import request_review


class ReviewsView(ApiView):
    """What other people's work was checked."""

    pagination_class = KeySetPagination
    query_params = frozenset({"state", "kind"})

    @extend_schema(
        operation_id="job_reviews_list",
        parameters=[
            OpenApiParameter("state", enum=TaskState.values),
            OpenApiParameter("kind", enum=[kind.value for kind in CHECKS]),
        ],
        responses=CheckSerializer(many=True),
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """List a job's reviews and adjudications with what was shown and what people said of it."""
        wanted: dict[str, Any] = {
            **chosen(request, "state", TaskState.values),
            **chosen(request, "kind", [kind.value for kind in CHECKS]),
        }
        checks = Task.objects.checks().filter(job=job_of(request, job_id), **wanted)
        return self.page(_whole(checks), CheckSerializer)

    @extend_schema(operation_id="job_reviews_create", request=NewReviewSerializer, responses={201: CheckSerializer})
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Have somebody look at a task that is done with, within the reviews that the job pays for."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        asked = self.parse(NewReviewSerializer)
        task = named_in(Task.objects.annotations().filter(job=job), asked["task"], field="task")
        review = request_review(task.pk)
        return Response(CheckSerializer(_whole(Task.objects.filter(pk=review.pk)).get()).data, status=201)


class ReviewersView(ApiView):
    """How good a job's reviewers are."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_reviewers_list", responses=ReviewerSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the reviewers by pseudonym, as the last estimate knows them."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        place = JobWorker.objects.filter(job=OuterRef("job"), worker=OuterRef("worker")).values("pseudonym")
        records = ReviewerRecord.objects.filter(job=job).annotate(pseudonym=Subquery(place[:1]))
        return self.page(records, ReviewerSerializer)


def _whole(checks: Any) -> Any:
    """Read checks with all that their shape shows."""
    place = JobWorker.objects.filter(job=OuterRef("job"), worker=OuterRef("worker")).values("pseudonym")
    answers = Answer.objects.order_by("id").select_related("review", "payload").annotate(pseudonym=Subquery(place[:1]))
    return checks.select_related("asset").prefetch_related("proposals", Prefetch("answers", queryset=answers))
