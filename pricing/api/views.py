"""Endpoints of pricing."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.jobs import job_of
from marketplace.operations.api.base import ApiView
from pricing.api.serializers import SplitPlanSerializer
from pricing.services import plan_of


class SplitPlanView(ApiView):
    """How a job will be split."""

    @extend_schema(operation_id="jobs_split_plan", responses=SplitPlanSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return how many tasks the job makes and how many seconds of work they are."""
        return Response(SplitPlanSerializer(plan_of(job_of(request, job_id))).data)
