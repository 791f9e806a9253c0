"""The endpoint of what a change of guidelines does to labels."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from marketplace.operations.api.base import ApiView
from quality.api.serializers import ImpactSerializer, NewImpactSerializer
from quality.services import guideline_impact


class GuidelineImpactView(ApiView):
    """Asking again."""

    @extend_schema(operation_id="job_guideline_impact", request=NewImpactSerializer, responses={200: ImpactSerializer})
    def post(self, request: Request, job_id: UUID) -> Response:
        """Say which labels to ask again after a change of guidelines or classes; nothing is written."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        serializer = NewImpactSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        found = guideline_impact(
            job,
            serializer.class_changes(data),
            min_change=data["min_change"],
            budget_micros=data.get("budget"),
        )
        return Response(ImpactSerializer(found).data)
