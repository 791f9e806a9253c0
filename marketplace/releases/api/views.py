"""Endpoints of releases."""

from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.models import LabelingJob
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination, parse_id
from marketplace.releases.api.downloads import Download
from marketplace.releases.api.serializers import NewReleaseSerializer, ReleaseSerializer, wishes_of
from marketplace.releases.models import Release, ReleaseQuerySet
from marketplace.releases.services import request_release


class JobReleasesView(ApiView):
    """Releases of one job."""

    @extend_schema(operation_id="job_releases_create", request=NewReleaseSerializer, responses={202: ReleaseSerializer})
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Ask for the job's labels; the operation tells when they are ready."""
        job = get_object_or_404(LabelingJob.objects.visible_to(user_of(request)), pk=job_id)
        require_role(request, job.organization_id, *ORDERS)
        data = self.parse(NewReleaseSerializer)
        release = request_release(
            job,
            formats=data["formats"],
            created_by_id=user_of(request).pk,
            run_id=data.get("run"),
            wishes=wishes_of(data),
            since_id=data.get("since"),
        )
        return Response(ReleaseSerializer(release).data, status=202)


class ReleasesView(ApiView):
    """The releases of one's organizations."""

    pagination_class = KeySetPagination
    page_order = ("-id",)
    query_params = frozenset({"job"})

    @extend_schema(
        operation_id="releases_list",
        parameters=[OpenApiParameter("job", OpenApiTypes.UUID)],
        responses=ReleaseSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them, newest first."""
        releases = _visible(request)
        if (job := request.query_params.get("job")) is not None:
            releases = releases.filter(job=parse_id(job, field="job"))
        return self.page(releases, ReleaseSerializer)


class ReleaseView(ApiView):
    """One release."""

    @extend_schema(operation_id="releases_retrieve", responses=ReleaseSerializer)
    def get(self, request: Request, release_id: UUID) -> Response:
        """Return the release with its manifest and files, once it is sealed."""
        return Response(ReleaseSerializer(get_object_or_404(_visible(request), pk=release_id)).data)


class ReleaseFileView(ApiView):
    """One file of a release."""

    @extend_schema(
        operation_id="release_files_retrieve",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, release_id: UUID, name: str) -> FileResponse:
        """Return the file's bytes; their type and hash stand in the release."""
        release = get_object_or_404(_visible(request), pk=release_id)
        # Compared here and not by the database, which does not take every text that a path can hold.
        file = next((file for file in release.files.all() if file.name == name), None)
        if file is None:
            raise Http404
        return Download(file)


def _visible(request: Request) -> ReleaseQuerySet:
    return Release.objects.visible_to(user_of(request)).select_related("operation").prefetch_related("files")
