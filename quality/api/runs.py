"""Endpoints of consensus runs, and which run a request speaks of."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from labeling.api.serializers.fields import NothingSerializer
from labeling.models import LabelingJob
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import MAX_LIMIT, KeySetPagination, parse_id
from marketplace.operations.api.serializers import OperationSerializer
from marketplace.operations.errors import InvalidParameter
from quality.api.serializers import (
    ComparisonSerializer,
    FlipsSerializer,
    MethodsSerializer,
    NewRunSerializer,
    RunSerializer,
)
from quality.errors import NoConsensusYet
from quality.models import ConsensusRun
from quality.services import compare_runs, flips, methods_of, promote_run, request_run

MAX_FLIPS = 50
_WITH = OpenApiParameter("with", UUID, required=True, description="another run of the same job")


class JobRunsView(ApiView):
    """The consensus runs of a job."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_consensus_runs_list", responses=RunSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the runs that are kept, oldest first."""
        return self.page(ConsensusRun.objects.filter(job=job_of(request, job_id)), RunSerializer)

    @extend_schema(
        operation_id="job_consensus_runs_create", request=NewRunSerializer, responses={202: OperationSerializer}
    )
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Conclude an ended job's labels again, by another method or with other parameters."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        data = self.parse(NewRunSerializer)
        operation = request_run(
            job.pk, method=data["method"], parameters=data["parameters"], requested_by_id=user_of(request).pk
        )
        return Response(OperationSerializer(operation).data, status=202)


class JobMethodsView(ApiView):
    """How a job's labels can be concluded."""

    @extend_schema(operation_id="job_consensus_methods_retrieve", responses=MethodsSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the methods with their parameters."""
        items = [
            {
                "method": name,
                "parameters": [
                    {"name": parameter, "least": bounds.least, "most": bounds.most}
                    for parameter, bounds in parameters.items()
                ],
            }
            for name, parameters in methods_of(job_of(request, job_id)).items()
        ]
        return Response(MethodsSerializer({"items": items}).data)


class RunView(ApiView):
    """One run."""

    @extend_schema(operation_id="consensus_runs_retrieve", responses=RunSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return how a run's labels were concluded; the labels are at the job's `consensus` with `run`."""
        return Response(RunSerializer(_visible(request, run_id)).data)


class PromoteRunView(ApiView):
    """Promoting."""

    @extend_schema(operation_id="consensus_runs_promote", request=None, responses=RunSerializer)
    @idempotent()
    def post(self, request: Request, run_id: UUID) -> Response:
        """Make a run's labels the job's, for releases and audits from now on; the run before it is kept."""
        run = _visible(request, run_id)
        require_role(request, run.job.organization_id, *ORDERS)
        self.parse(NothingSerializer)
        return Response(RunSerializer(promote_run(run.pk, user_id=user_of(request).pk)).data)


class ComparisonView(ApiView):
    """Two runs side by side."""

    query_params = frozenset({"with"})

    @extend_schema(
        operation_id="consensus_runs_comparison_retrieve", parameters=[_WITH], responses=ComparisonSerializer
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return what changes from this run to another."""
        first, second = _both(request, run_id)
        return Response(ComparisonSerializer(compare_runs(first, second)).data)


class FlipsView(ApiView):
    """What flipped."""

    query_params = frozenset({"with", "after", "limit"})

    @extend_schema(
        operation_id="consensus_runs_flips_list",
        parameters=[
            _WITH,
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"Rows of a page, at most {MAX_FLIPS}."),
            OpenApiParameter("after", OpenApiTypes.STR, description="`next` of the page before."),
        ],
        responses=FlipsSerializer,
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """List the tasks whose label or state changes from this run to another, with the votes or shapes behind it."""
        first, second = _both(request, run_id)
        after = _whole(request, "after", default=0, least=0, most=2**31 - 1)
        limit = _whole(request, "limit", default=MAX_FLIPS, least=1, most=MAX_LIMIT)
        items, last = flips(first, second, after=after, limit=min(limit, MAX_FLIPS))
        return Response(FlipsSerializer({"items": items, "next": None if last is None else str(last)}).data)


def run_of(request: Request, job: LabelingJob) -> ConsensusRun:
    """Return the run that the parameter `run` names, the job's current one unless given.

    Raises
    ------
    NoConsensusYet
        The job has no run, or not this one.
    """
    runs = ConsensusRun.objects.filter(job=job)
    asked = request.query_params.get("run")
    run = runs.current_of(job) if asked is None else runs.filter(pk=parse_id(asked, field="run")).first()
    if run is None:
        raise NoConsensusYet("The job's labels have not been concluded.")
    return run


def _visible(request: Request, run_id: UUID) -> ConsensusRun:
    """Return a run of a job that the user looks after."""
    return get_object_or_404(ConsensusRun.objects.visible_to(user_of(request)).select_related("job"), pk=run_id)


def _both(request: Request, run_id: UUID) -> tuple[ConsensusRun, ConsensusRun]:
    first = _visible(request, run_id)
    asked = request.query_params.get("with")
    if asked is None:
        raise InvalidParameter("Name the run to compare with.", field="with")
    of_job = ConsensusRun.objects.filter(job=first.job_id).select_related("job")
    return first, get_object_or_404(of_job, pk=parse_id(asked, field="with"))


def _whole(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise InvalidParameter(f"A whole number from {least} to {most}.", field=name)
    return int(text)
