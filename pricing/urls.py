"""Routes of pricing, below /api/v1/."""

from django.urls import path

from pricing.api.forecasts import DeadlineAlertsView, JobForecastsView, JobForecastView
from pricing.api.views import SplitPlanView, SplitView

urlpatterns = [
    path("jobs/<uuid:job_id>/split-plan", SplitPlanView.as_view(), name="job-split-plan"),
    path("jobs/<uuid:job_id>/split", SplitView.as_view(), name="job-split"),
    path("jobs/<uuid:job_id>/forecast", JobForecastView.as_view(), name="job-forecast"),
    path("jobs/<uuid:job_id>/forecasts", JobForecastsView.as_view(), name="job-forecasts"),
    path("jobs/<uuid:job_id>/deadline-alerts", DeadlineAlertsView.as_view(), name="job-deadline-alerts"),
]
