"""Routes of pricing, below /api/v1/."""

from django.urls import path

from pricing.api.views import SplitPlanView, SplitView
from pricing.api.what_if import WhatIfView

urlpatterns = [
    path("jobs/<uuid:job_id>/split-plan", SplitPlanView.as_view(), name="job-split-plan"),
    path("jobs/<uuid:job_id>/split", SplitView.as_view(), name="job-split"),
    path("jobs/<uuid:job_id>/what-if", WhatIfView.as_view(), name="job-what-if"),
]
