"""Shapes of plans and quotes at the API."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.jobs import SPLIT_HELP
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.operations.core.money import format_money
from pricing.models import Quote


class NewSplitSerializer(StrictSerializer):
    """Another way to split a job."""

    split = serializers.JSONField(help_text=SPLIT_HELP)


class SplitPlanSerializer(serializers.Serializer[Any]):
    """How a job's snapshot becomes tasks, and how much work that is."""

    strategy = serializers.CharField()
    n_assets = serializers.IntegerField()
    n_tasks = serializers.IntegerField()
    n_batches = serializers.IntegerField(help_text="tasks of a batch go to one worker, in order; 0: no batches")
    n_aided = serializers.IntegerField(help_text="tasks that show a pre-label, to be put right")
    effort_s_per_answer = serializers.FloatField()
    effort_s_per_aided_answer = serializers.FloatField()
    effort_s_min = serializers.FloatField(help_text="with min_overlap answers to every task")
    effort_s_max = serializers.FloatField(help_text="with max_overlap answers to every task")


class QuoteLineSerializer(serializers.Serializer[Any]):
    """One line of a quote."""

    name = serializers.CharField()
    expected = MoneyField()
    cap = MoneyField()

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """Return the line with its amounts as decimal strings."""
        return {
            "name": instance["name"],
            "expected": format_money(instance["expected_micros"]),
            "cap": format_money(instance["cap_micros"]),
        }


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """What a job will cost, at most and as expected, and what that rests on."""

    expected_total = MoneyField(source="expected_micros", read_only=True)
    cap = MoneyField(source="cap_micros", read_only=True)
    pay_per_answer = MoneyField(source="pay_micros", read_only=True)
    pay_per_aided_answer = MoneyField(
        source="aided_pay_micros", read_only=True, help_text="where a pre-label is shown; 0 where none is"
    )
    fee_rate = serializers.SerializerMethodField(help_text="fee as a share of what is spent")
    lines = QuoteLineSerializer(many=True, read_only=True)
    assumptions = serializers.DictField(
        read_only=True,
        help_text=(
            "what the totals rest on, numbers with decimals as strings: n_tasks, split_strategy, split, wage_per_hour, "
            "seconds_per_asset, seconds_per_unit, units_per_asset, expected_answers_per_task, max_answers_per_task, "
            "accuracy_of_one_answer, late_reserve_share, fee_tiers; `effort` has the factors that an answer's seconds "
            "come to, each with its source, effort_basis the effort model's version and all else they rest on"
        ),
    )

    class Meta:
        model = Quote
        fields = [
            "id",
            "currency",
            "expected_total",
            "cap",
            "pay_per_answer",
            "pay_per_aided_answer",
            "effort_s",
            "fee_rate",
            "lines",
            "assumptions",
            "sha256",
            "expires_at",
        ]
        read_only_fields = fields

    def get_fee_rate(self, quote: Quote) -> str:
        """Return the share as a decimal string."""
        return format_money(quote.fee_ppm)  # millionths, as money is inside
