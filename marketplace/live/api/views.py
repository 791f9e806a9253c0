"""Endpoints of progress."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.models import LabelingJob
from marketplace.accounts.api.authentication import user_of
from marketplace.live.api.progress import read_progress
from marketplace.live.api.serializers import ProgressSerializer
from marketplace.operations.api.base import ApiView


class JobProgressView(ApiView):
    """How far a job is; the websocket tells the same, and goes on telling."""

    @extend_schema(operation_id="jobs_progress_retrieve", responses=ProgressSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return the counters of a job as they were right after its latest event."""
        progress = read_progress(LabelingJob.objects.visible_to(user_of(request)), job_id)
        if progress is None:
            raise Http404
        return Response(ProgressSerializer(progress).data)
