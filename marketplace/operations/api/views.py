"""Endpoints of operations."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.operations.api.base import ApiView
from marketplace.operations.api.serializers import OperationSerializer
from marketplace.operations.models import Operation


class OperationView(ApiView):
    """One piece of long work."""

    @extend_schema(operation_id="operations_retrieve", responses=OperationSerializer)
    def get(self, request: Request, operation_id: UUID) -> Response:
        """Return how far the work is and what came of it."""
        operation = get_object_or_404(Operation.objects.visible_to(request.user), pk=operation_id)
        return Response(OperationSerializer(operation).data)
