"""Endpoints of beliefs and consensus."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.filters import chosen
from labeling.api.jobs import job_of
from labeling.models import RetiredReason, Task, TaskState
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.paging import MAX_LIMIT, KeySetPagination
from quality.api.runs import run_of
from quality.api.serializers import ConsensusSerializer, LabelSerializer, RunSerializer, TaskSerializer

_REASONS = [reason for reason in RetiredReason.values if reason]


class TasksView(ApiView):
    """The tasks of a job."""

    pagination_class = KeySetPagination
    query_params = frozenset({"state", "retired_reason"})

    @extend_schema(
        operation_id="job_tasks_list",
        parameters=[
            OpenApiParameter("state", enum=TaskState.values),
            OpenApiParameter("retired_reason", enum=_REASONS),
        ],
        responses=TaskSerializer(many=True),
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the tasks with what is believed of them so far."""
        wanted: dict[str, Any] = {
            **chosen(request, "state", TaskState.values),
            **chosen(request, "retired_reason", _REASONS),
        }
        tasks = Task.objects.annotations().filter(job=job_of(request, job_id), **wanted)
        tasks = tasks.select_related("asset", "belief")
        return self.page(tasks, TaskSerializer)


class ConsensusView(ApiView):
    """The labels of a job."""

    pagination_class = KeySetPagination
    query_params = frozenset({"run"})

    @extend_schema(
        operation_id="job_consensus_retrieve",
        parameters=[
            OpenApiParameter("run", UUID, description="a run of the job; the current one unless given"),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"Rows of a page, at most {MAX_LIMIT}."),
            OpenApiParameter("after", OpenApiTypes.STR, description="`next` of the page before."),
        ],
        responses=ConsensusSerializer,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return a run with one page of its labels."""
        run = run_of(request, job_of(request, job_id))
        page = self.page(run.labels.select_related("task__asset"), LabelSerializer)
        return Response({"run": RunSerializer(run).data, **page.data})
