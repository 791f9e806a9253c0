"""Endpoints of forecasts: when a job ends, as is thought now and as was thought before, and what its deadline needs."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.jobs import job_of
from labeling.models import LabelingJob
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import MoneyField
from marketplace.operations.core.money import format_money
from pricing.core.turnaround import Basis
from pricing.core.turnaround.levers import LeverName
from pricing.models import DeadlineAlert, DeadlineState, Forecast, Occasion


class ForecastSerializer(serializers.ModelSerializer[Forecast]):
    """Half of such jobs end by `p50_at`, 85 % by `p85_at`, 95 % by `p95_at`."""

    occasion = serializers.ChoiceField(choices=Occasion.choices, read_only=True)
    p50_at = serializers.DateTimeField(source="moments.p50", read_only=True)
    p85_at = serializers.DateTimeField(source="moments.p85", read_only=True)
    p95_at = serializers.DateTimeField(source="moments.p95", read_only=True)
    basis = serializers.ChoiceField(
        choices=[each.value for each in Basis],
        read_only=True,
        help_text="prior: assumptions on who comes to work; measured: two weeks and more of past days; blended: both",
    )
    inputs = serializers.DictField(
        read_only=True, help_text="work left, supply and competition as they were read; traits are the model's own"
    )

    class Meta:
        model = Forecast
        fields = ["id", "job", "made_at", "occasion", "p50_at", "p85_at", "p95_at", "p50_s", "p85_s", "p95_s", "basis",
                  "n_learned", "progress", "inputs", "version"]  # fmt: skip
        read_only_fields = fields


class LeverEffectSerializer(serializers.Serializer[Any]):
    """What a lever would do if the assumption is this."""

    assumed = serializers.FloatField(help_text="elasticity, share that turns up, or copies")
    p50_s = serializers.IntegerField(help_text="seconds from the forecast")
    p85_s = serializers.IntegerField()
    gain_p50_s = serializers.IntegerField(help_text="seconds sooner than without")
    gain_p85_s = serializers.IntegerField()


class LeverSerializer(serializers.Serializer[Any]):
    """Something that would bring the end forward."""

    lever = serializers.ChoiceField(choices=[each.value for each in LeverName])
    percent = serializers.IntegerField(help_text="by which pay is raised; 0 of other levers")
    is_assumption = serializers.BooleanField(help_text="whether the effects rest on an assumption")
    assumption = serializers.CharField()
    effects = LeverEffectSerializer(many=True)
    cost = MoneyField(help_text="at most, beside what is spent anyway, with the fee")

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """Return the lever with its cost as a decimal string."""
        shown = {name: value for name, value in instance.items() if name != "cost_micros"}
        return shown | {"cost": format_money(instance["cost_micros"])}


class DeadlineAlertSerializer(serializers.ModelSerializer[DeadlineAlert]):
    """A deadline that came to stand otherwise, and what could be done."""

    state = serializers.ChoiceField(choices=DeadlineState.choices, read_only=True)
    currency = serializers.CharField(source="job.currency", read_only=True)
    levers = LeverSerializer(many=True, read_only=True)

    class Meta:
        model = DeadlineAlert
        fields = ["id", "job", "forecast", "made_at", "deadline", "state", "currency", "levers"]
        read_only_fields = fields


class JobForecastSerializer(serializers.Serializer[Any]):
    """A job's deadline, its latest forecast and its latest alert; null where there is none."""

    job = serializers.UUIDField(source="pk")
    deadline = serializers.DateTimeField(allow_null=True)
    forecast = ForecastSerializer(allow_null=True)
    alert = DeadlineAlertSerializer(allow_null=True)


class JobForecastView(ApiView):
    """When a job ends."""

    @extend_schema(operation_id="jobs_forecast_retrieve", responses=JobForecastSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return the latest forecast of a job, and how its deadline stands."""
        job = job_of(request, job_id)
        return Response(JobForecastSerializer(_latest(job)).data)


class JobForecastsView(ApiView):
    """What was thought before."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="jobs_forecasts_list", responses=ForecastSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the forecasts of a job, latest first."""
        return self.page(job_of(request, job_id).forecasts.all(), ForecastSerializer)


class DeadlineAlertsView(ApiView):
    """How the deadline stood before."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="jobs_deadline_alerts_list", responses=DeadlineAlertSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the alerts of a job, latest first."""
        alerts = job_of(request, job_id).deadline_alerts.select_related("job")
        return self.page(alerts, DeadlineAlertSerializer)


def _latest(job: LabelingJob) -> dict[str, Any]:
    return {
        "pk": job.pk,
        "deadline": job.deadline,
        "forecast": job.forecasts.order_by("-id").first(),
        "alert": job.deadline_alerts.select_related("job").order_by("-id").first(),
    }
