"""Endpoints of pre-labels as workers see them."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from labeling.api.serializers.fields import NumberField
from labeling.models import JobAssistance
from labeling.services import assist
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.fields import NameField
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.serializers import StrictSerializer

DEFAULT_UNAIDED_SHARE = 0.2


class NewAssistanceSerializer(StrictSerializer):
    """The pre-labels to be shown, and the share of answers that are given without."""

    source = NameField(help_text="as the pre-labels name it")  # type: ignore[assignment]  # the name is the API's
    version = NameField(required=False, allow_blank=True, default="")
    unaided_share = NumberField(required=False, default=DEFAULT_UNAIDED_SHARE, min_value=0, max_value=1)


class AssistanceSerializer(serializers.ModelSerializer[JobAssistance]):
    """The pre-labels that are shown in a job."""

    class Meta:
        model = JobAssistance
        fields = ["job", "source", "version", "unaided_share"]
        read_only_fields = fields


class AssistanceView(ApiView):
    """Whether workers are shown pre-labels."""

    @extend_schema(operation_id="job_assistance_retrieve", responses=AssistanceSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return which pre-labels are shown, for those who order."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        return Response(AssistanceSerializer(get_object_or_404(JobAssistance, job=job)).data)

    @extend_schema(
        operation_id="job_assistance_create", request=NewAssistanceSerializer, responses=AssistanceSerializer
    )
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Show pre-labels in a draft; a share of the answers, drawn for each worker and task, is given without."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        data: dict[str, Any] = self.parse(NewAssistanceSerializer)
        return Response(AssistanceSerializer(assist(job.pk, **data)).data)
