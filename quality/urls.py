"""Routes of quality, below /api/v1/."""

from django.urls import path

from quality.api.views import ConsensusView, TasksView

urlpatterns = [
    path("jobs/<uuid:job_id>/tasks", TasksView.as_view(), name="job-tasks"),
    path("jobs/<uuid:job_id>/consensus", ConsensusView.as_view(), name="job-consensus"),
]
