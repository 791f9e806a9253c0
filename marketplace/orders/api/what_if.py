"""The endpoint of what-if grids."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from marketplace.operations.adapters import database_now
from marketplace.operations.api.base import ApiView
from marketplace.orders.services import what_if_ordered
from pricing.api.what_if import GridSerializer, WhatIfSerializer, shown_grid
from pricing.services import Level


class WhatIfView(ApiView):
    """Prices and dates of a job at other qualities and deadlines."""

    @extend_schema(operation_id="jobs_what_if_retrieve", responses=GridSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Compare the job as it stands with the rate card's quality levels."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        return Response(shown_grid(what_if_ordered(job, now=database_now())))

    @extend_schema(operation_id="jobs_what_if", request=WhatIfSerializer, responses=GridSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Compare qualities by deadlines, at the wage of the job's order; nothing is kept."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        asked = self.parse(WhatIfSerializer)
        levels = [Level(**level) for level in asked["levels"]] if "levels" in asked else None
        return Response(
            shown_grid(what_if_ordered(job, now=database_now(), levels=levels, deadlines=asked["deadlines"]))
        )
