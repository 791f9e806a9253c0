"""Endpoints of jobs, as those who order or look after them see them."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, named_in, require_role
from labeling.api.filters import chosen, named
from labeling.api.serializers.fields import NothingSerializer
from labeling.api.serializers.jobs import (
    AnswerSerializer,
    JobSerializer,
    NewJobSerializer,
    NewOffersSerializer,
    OffersGivenSerializer,
)
from labeling.models import (
    Answer,
    CloseReason,
    Dataset,
    GuidelineVersion,
    JobState,
    JobWorker,
    LabelingJob,
    OntologyVersion,
    Project,
)
from labeling.services import JobSpec, OfferRequest, close_job, create_job, offer_tasks, pause_job, resume_job
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Role
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination


class JobsView(ApiView):
    """Jobs of the organizations whose work one looks after."""

    pagination_class = KeySetPagination
    query_params = frozenset({"organization", "state"})

    @extend_schema(
        operation_id="jobs_list",
        parameters=[OpenApiParameter("organization", UUID), OpenApiParameter("state", enum=JobState.values)],
        responses=JobSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List jobs, oldest first."""
        jobs = LabelingJob.objects.visible_to(user_of(request))
        wanted: dict[str, Any] = {**named(request, "organization"), **chosen(request, "state", JobState.values)}
        return self.page(jobs.filter(**wanted), JobSerializer)

    @extend_schema(operation_id="jobs_create", request=NewJobSerializer, responses={201: JobSerializer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Draft a job on a snapshot of a dataset."""
        data = self.parse(NewJobSerializer)
        user = user_of(request)
        projects = Project.objects.visible_to(user)
        ontologies = OntologyVersion.objects.filter(project__in=projects).select_related("project")
        ontology = named_in(ontologies, data.pop("ontology"), field="ontology")
        guidelines = GuidelineVersion.objects.filter(project__in=projects)
        guideline = named_in(guidelines, data.pop("guideline"), field="guideline")
        dataset = named_in(Dataset.objects.visible_to(user), data.pop("dataset"), field="dataset")
        required = data.pop("requires")
        jobs = LabelingJob.objects.visible_to(user)
        requires = None if required is None else named_in(jobs, required, field="requires")
        require_role(request, ontology.project.organization_id, *ORDERS)
        job = create_job(
            dataset=dataset,
            ontology=ontology,
            guideline=guideline,
            spec=JobSpec(**data),
            created_by_id=user.pk,
            requires=requires,
        )
        return Response(JobSerializer(job).data, status=201)


class JobView(ApiView):
    """One job."""

    @extend_schema(operation_id="jobs_retrieve", responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return a job."""
        return Response(JobSerializer(job_of(request, job_id)).data)


class PauseView(ApiView):
    """Pausing."""

    @extend_schema(operation_id="jobs_pause", request=None, responses=JobSerializer)
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Hand out no more tasks for now; leases that run may still be answered."""
        return _act(self, request, job_id, pause_job)


class ResumeView(ApiView):
    """Resuming."""

    @extend_schema(operation_id="jobs_resume", request=None, responses=JobSerializer)
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Hand out tasks again."""
        return _act(self, request, job_id, resume_job)


class CloseView(ApiView):
    """Closing by hand."""

    @extend_schema(operation_id="jobs_close", request=None, responses=JobSerializer)
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """End a published job for good; what was answered is paid, and its labels are concluded."""
        return _act(self, request, job_id, partial(close_job, reason=CloseReason.MANUAL))


class OffersView(ApiView):
    """Which worker should get which task."""

    @extend_schema(operation_id="job_offers_create", request=NewOffersSerializer, responses=OffersGivenSerializer)
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Offer up to 5000 tasks to workers of the organization; only refusals are listed."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, Role.MANAGER)
        requests = [
            OfferRequest(
                worker_id=offer["worker"],
                task_id=offer.get("task"),
                external_id=offer.get("asset"),
                rank=offer["rank"],
            )
            for offer in self.parse(NewOffersSerializer)["offers"]
        ]
        refused = offer_tasks(job, requests)
        items = [{"index": index, "problem": error.entry()} for index, error in refused.items()]
        return Response({"given": len(requests) - len(refused), "items": items})


class AnswersView(ApiView):
    """What workers answered."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_answers_list", responses=AnswerSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List a job's answers in the order in which they came, under the workers' pseudonyms."""
        return self.page(_with_pseudonyms(job_of(request, job_id).answers.all()), AnswerSerializer)


def job_of(request: Request, job_id: UUID) -> LabelingJob:
    """Return a job that the user looks after."""
    return get_object_or_404(LabelingJob.objects.visible_to(user_of(request)), pk=job_id)


def _act(view: ApiView, request: Request, job_id: UUID, step: Callable[[UUID], None]) -> Response:
    """Take a step of a job's life that those who order take by hand, and return the job."""
    job = job_of(request, job_id)
    require_role(request, job.organization_id, *ORDERS)
    view.parse(NothingSerializer)
    step(job.pk)
    job.refresh_from_db()
    return Response(JobSerializer(job).data)


def _with_pseudonyms(answers: QuerySet[Answer]) -> QuerySet[Answer]:
    place = JobWorker.objects.filter(job=OuterRef("job"), worker=OuterRef("worker"))
    return answers.annotate(pseudonym=Subquery(place.values("pseudonym"))).select_related("payload", "task__asset")
