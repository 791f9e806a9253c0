"""Routes of releases, below /api/v1/."""

from django.urls import path

from marketplace.releases.api.views import JobReleasesView, ReleaseFileView, ReleasesView, ReleaseView

urlpatterns = [
    path("jobs/<uuid:job_id>/releases", JobReleasesView.as_view(), name="job-releases"),
    path("releases", ReleasesView.as_view(), name="releases"),
    path("releases/<uuid:release_id>", ReleaseView.as_view(), name="release"),
    path("releases/<uuid:release_id>/files/<str:name>", ReleaseFileView.as_view(), name="release-file"),
]
