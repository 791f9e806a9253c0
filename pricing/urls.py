"""Routes of pricing, below /api/v1/."""

from django.urls import path

from pricing.api.cards import QuotesView, RateCardsView, RateCardView
from pricing.api.effort import EffortModelsView, JobEffortView
from pricing.api.forecasts import DeadlineAlertsView, JobForecastsView, JobForecastView
from pricing.api.grants import GrantsView
from pricing.api.views import SplitPlanView, SplitView

urlpatterns = [
    path("quotes", QuotesView.as_view(), name="quotes"),
    path("rate-cards", RateCardsView.as_view(), name="rate-cards"),
    path("rate-cards/<str:card>/<str:version>", RateCardView.as_view(), name="rate-card"),
    path("grants", GrantsView.as_view(), name="grants"),
    path("jobs/<uuid:job_id>/split-plan", SplitPlanView.as_view(), name="job-split-plan"),
    path("jobs/<uuid:job_id>/split", SplitView.as_view(), name="job-split"),
    path("jobs/<uuid:job_id>/effort", JobEffortView.as_view(), name="job-effort"),
    path("effort-models", EffortModelsView.as_view(), name="effort-models"),
    path("jobs/<uuid:job_id>/forecast", JobForecastView.as_view(), name="job-forecast"),
    path("jobs/<uuid:job_id>/forecasts", JobForecastsView.as_view(), name="job-forecasts"),
    path("jobs/<uuid:job_id>/deadline-alerts", DeadlineAlertsView.as_view(), name="job-deadline-alerts"),
]
