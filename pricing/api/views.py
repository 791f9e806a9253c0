"""Endpoints of pricing."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from labeling.api.serializers.jobs import JobSerializer
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from pricing.api.serializers import NewSplitSerializer, SplitPlanSerializer
from pricing.services import plan_of, resplit


class SplitView(ApiView):
    """Splitting a job otherwise."""

    @extend_schema(operation_id="jobs_split", request=NewSplitSerializer, responses=JobSerializer)
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Split a draft otherwise, or of a published job what nobody has begun with, within the money agreed."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        resplit(job, self.parse(NewSplitSerializer)["split"])
        job.refresh_from_db()
        return Response(JobSerializer(job).data)


class SplitPlanView(ApiView):
    """How a job will be split."""

    @extend_schema(operation_id="jobs_split_plan", responses=SplitPlanSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return how many tasks the job makes and how many seconds of work they are."""
        return Response(SplitPlanSerializer(plan_of(job_of(request, job_id))).data)
