"""Endpoints of those who work."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.documents import (
    answer_document,
    assignment_document,
    loaded_documents,
    proposals_of,
    whole_document,
)
from labeling.api.filters import chosen
from labeling.api.serializers.fields import NothingSerializer
from labeling.api.serializers.work import (
    AssignmentBriefSerializer,
    AssignmentSerializer,
    ClaimedSerializer,
    ClaimSerializer,
    LeaseSerializer,
    OpenJobSerializer,
    SubmissionDocumentationSerializer,
    SubmissionSerializer,
    SubmittedSerializer,
)
from labeling.core.annotations.annotated import MAX_ANSWER_BYTES
from labeling.errors import KeptAsDraft
from labeling.models import Asset, Assignment, AssignmentState, LabelingJob, Verdict
from labeling.services import (
    SentVerdict,
    StatedConflict,
    claim_tasks,
    extend_lease,
    give_back,
    prelabels_of,
    qualifies,
    submit_answer,
)
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination


class WorkJobsView(ApiView):
    """Jobs that hand out tasks."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="work_jobs_list", responses=OpenJobSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the jobs whose tasks one may claim."""
        user = user_of(request)
        jobs = LabelingJob.objects.open_to_worker(user).offered_to(user)
        jobs = jobs.select_related("guideline")
        jobs = jobs.annotate(qualified=qualifies(user))
        return self.page(jobs, OpenJobSerializer)


class ClaimView(ApiView):
    """Taking tasks."""

    @extend_schema(operation_id="jobs_claim", request=ClaimSerializer, responses=ClaimedSerializer)
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Lease the best tasks there are for this worker."""
        user = user_of(request)
        jobs = LabelingJob.objects.known_to_worker(user).select_related("ontology", "guideline")
        needed = jobs.only("state", "annotation_type", "ontology__number", "guideline__number")
        job = get_object_or_404(needed, pk=job_id)
        leases = claim_tasks(job.pk, user.pk, limit=self.parse(ClaimSerializer)["limit"])
        assets = Asset.objects.in_bulk([lease.task.asset_id for lease in leases]) if leases else {}
        shown, guesses = proposals_of(leases), prelabels_of(leases)
        items = [
            assignment_document(
                lease,
                asset=assets[lease.task.asset_id],
                annotation_type=job.annotation_type,
                ontology_number=job.ontology.number,
                guideline_number=job.guideline.number,
                proposals=shown.get(lease.task_id),
                prelabel=guesses.get(lease.pk),
            )
            for lease in leases
        ]
        return Response({"items": items, "state": job.state})


class AssignmentsView(ApiView):
    """One's own assignments."""

    pagination_class = KeySetPagination
    page_order = ("-id",)
    query_params = frozenset({"state"})

    @extend_schema(
        operation_id="assignments_list",
        parameters=[OpenApiParameter("state", enum=AssignmentState.values)],
        responses=AssignmentBriefSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List one's assignments, latest first."""
        assignments = _own(request).filter(**chosen(request, "state", AssignmentState.values))
        rows = (
            self.paginate_queryset(
                assignments.defer("ontology__classes", "ontology__attributes", "ontology__relations", "guideline__text")
            )
            or []
        )
        return self.get_paginated_response(loaded_documents(rows))


class AssignmentView(ApiView):
    """One of one's own assignments."""

    @extend_schema(operation_id="assignments_retrieve", responses=AssignmentSerializer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Return an assignment with its classes and guidelines."""
        return Response(whole_document(get_object_or_404(_own(request), pk=assignment_id)))


class HeartbeatView(ApiView):
    """Renewing a lease."""

    @extend_schema(operation_id="assignments_heartbeat", request=None, responses=LeaseSerializer)
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Hold the task for as long again."""
        self.parse(NothingSerializer)
        return Response({"expires_at": extend_lease(_own_id(request, assignment_id))})


class SkipView(ApiView):
    """Not wanting a task."""

    @extend_schema(operation_id="assignments_skip", request=None, responses=AssignmentSerializer)
    @idempotent()
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Give the task back and not be given it again."""
        return _end_lease(self, request, assignment_id, AssignmentState.SKIPPED)


class ReturnView(ApiView):
    """Giving a task back."""

    @extend_schema(operation_id="assignments_return", request=None, responses=AssignmentSerializer)
    @idempotent()
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Give the task back; it may come again."""
        return _end_lease(self, request, assignment_id, AssignmentState.RETURNED)


class SubmitView(ApiView):
    """Answering."""

    max_json_bytes = MAX_ANSWER_BYTES

    @extend_schema(
        operation_id="assignments_submit",
        request=SubmissionDocumentationSerializer,
        responses={201: SubmittedSerializer},
    )
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Submit the answer; it counts while the lease holds, and after that while the task wants one."""
        assignment_id = _own_id(request, assignment_id)
        submission = submit_answer(assignment_id, **_sent(self.parse(SubmissionSerializer)))
        if submission.answer is None:
            raise KeptAsDraft("The lease ran out; the work is kept as a draft.", draft_kept=True)
        document = answer_document(submission.answer, submission.assignment, outcome=submission.outcome)
        return Response(document, status=201)


def _own(request: Request) -> QuerySet[Assignment]:
    assignments = Assignment.objects.visible_to(user_of(request))
    return assignments.select_related("task__asset", "job", "ontology", "guideline")


def _own_id(request: Request, assignment_id: UUID) -> UUID:
    """Return the id of an assignment of the user's without reading the rest: the service locks and reads it anyway."""
    own = Assignment.objects.visible_to(user_of(request)).only("pk")
    return get_object_or_404(own, pk=assignment_id).pk


def _sent(data: dict[str, Any]) -> dict[str, Any]:
    conflicts = [StatedConflict(**each) for each in data["conflicts"]]
    said = SentVerdict(
        verdict=data["verdict"] and Verdict(data["verdict"]), conflicts=conflicts, comment=data["comment"]
    )
    return {"annotations": data["annotations"], "active_ms": data["active_ms"], "said": said}


def _end_lease(view: ApiView, request: Request, assignment_id: UUID, state: AssignmentState) -> Response:
    view.parse(NothingSerializer)
    give_back(_own_id(request, assignment_id), state=state)
    return Response(whole_document(_own(request).get(pk=assignment_id)))
