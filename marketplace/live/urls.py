"""Routes of progress, below /api/v1/."""

from django.urls import path

from marketplace.live.api.views import JobProgressView

urlpatterns = [path("jobs/<uuid:job_id>/progress", JobProgressView.as_view(), name="job-progress")]
