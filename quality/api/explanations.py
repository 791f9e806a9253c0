"""Endpoints that explain: how much a job's workers agree, and why a label is what it is."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.jobs import job_of
from labeling.models import Task
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from quality.api.runs import run_of
from quality.api.serializers import AgreementSerializer, ExplanationSerializer
from quality.services import explain_label, job_agreement


class AgreementView(ApiView):
    """Agreement of a job."""

    @extend_schema(operation_id="job_agreement_retrieve", responses=AgreementSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Measure how much the workers agree, for the job, its classes and the pairs who met most often.

        Intervals are bootstrapped over tasks. Beyond 20,000 answers tasks are drawn evenly, and `sample` says so.
        """
        return Response(AgreementSerializer(job_agreement(job_of(request, job_id))).data)


class ExplanationView(ApiView):
    """Why a label is what it is."""

    query_params = frozenset({"run"})

    @extend_schema(
        operation_id="task_explanation_retrieve",
        parameters=[OpenApiParameter("run", UUID, description="a run of the job; the latest unless given")],
        responses=ExplanationSerializer,
    )
    def get(self, request: Request, task_id: UUID) -> Response:
        """Return the votes with their weights, the posterior, the stopping rule, and what happened in order."""
        tasks = Task.objects.visible_to(user_of(request)).select_related("job")
        task = get_object_or_404(tasks, pk=task_id)
        return Response(ExplanationSerializer(explain_label(task.pk, run=run_of(request, task.job))).data)
