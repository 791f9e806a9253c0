"""Endpoints of effort: what answers take, and why; the explanation of a price."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.jobs import job_of
from marketplace.operations.api.base import ApiView
from pricing.api.effort_serializers import EffortModelsSerializer, JobEffortSerializer
from pricing.services import effort_of, known_efforts


class EffortModelsView(ApiView):
    """What answers of each type take."""

    @extend_schema(operation_id="effort_models_list", responses=EffortModelsSerializer)
    def get(self, request: Request) -> Response:
        """Return what is known of every annotation type: published times, and what was measured here since."""
        return Response(EffortModelsSerializer({"items": known_efforts()}).data)


class JobEffortView(ApiView):
    """What a job's answers take."""

    @extend_schema(operation_id="jobs_effort", responses=JobEffortSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return the seconds expected of this job's answers, and every factor that they come from."""
        return Response(JobEffortSerializer(effort_of(job_of(request, job_id))).data)
