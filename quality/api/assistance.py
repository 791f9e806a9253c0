"""The endpoint that tells what pre-labels did."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from marketplace.operations.api.base import ApiView
from quality.services import assistance_report


class SideSerializer(serializers.Serializer[Any]):
    """Answers that were given with a pre-label, or without; null where there is nothing to go by."""

    n_answers = serializers.IntegerField()
    median_ms = serializers.FloatField(allow_null=True)
    error = serializers.FloatField(allow_null=True, help_text="mean, 0 to 1, from gold or else from final labels")
    likeness = serializers.FloatField(allow_null=True, help_text="mean nearness to the pre-label, 0 to 1")
    likeness_where_wrong = serializers.FloatField(allow_null=True, help_text="the same where the pre-label is wrong")


class ClassEffectSerializer(serializers.Serializer[Any]):
    """The two sides of a class and their differences."""

    class_name = serializers.CharField()
    aided = SideSerializer()
    unaided = SideSerializer()
    time_saved = serializers.FloatField(allow_null=True, help_text="share of the median time without")
    error_added = serializers.FloatField(allow_null=True, help_text="error with a pre-label less that without")
    bias = serializers.FloatField(allow_null=True, help_text="likeness with a pre-label less that without")
    bias_where_wrong = serializers.FloatField(allow_null=True, help_text="the same where the pre-label is wrong")


class AssistanceReportSerializer(serializers.Serializer[Any]):
    """What pre-labels did, class by class."""

    classes = ClassEffectSerializer(many=True)


class AssistanceReportView(ApiView):
    """What the pre-labels of a job did."""

    @extend_schema(operation_id="job_assistance_report_retrieve", responses=AssistanceReportSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Compare answers that were given with a pre-label with those without, for those who order."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        return Response(AssistanceReportSerializer({"classes": assistance_report(job)}).data)
