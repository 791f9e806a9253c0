"""Shapes of plans and quotes at the API."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.jobs import SPLIT_HELP
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.operations.core.money import SHOWN_PATTERN, format_money
from pricing.core.cards.walk import DRIVERS
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


class QuoteDriverSerializer(serializers.Serializer[Any]):
    """What one cost driver adds to the expected total."""

    name = serializers.ChoiceField(choices=DRIVERS)
    amount = serializers.RegexField(SHOWN_PATTERN, help_text="negative where the driver takes from the total")
    detail = serializers.CharField(help_text="what was chosen of it, in words")


BY_CARD = (
    "the price by the rate card's formula: the answers that the card assumes, and the whole reserve for late ones. It "
    "rises with all that is asked for and is no forecast; cost_p50 and cost_p90 are, and may lie on either side of it"
)


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """What a job will cost, at most and as expected, and what that rests on."""

    expected_total = MoneyField(source="expected_micros", read_only=True, help_text=BY_CARD)
    cap = MoneyField(source="cap_micros", read_only=True)
    cost_p50 = MoneyField(
        source="cost_p50_micros", read_only=True, allow_null=True, help_text="as likely exceeded as not; null: certain"
    )
    cost_p90 = MoneyField(
        source="cost_p90_micros", read_only=True, allow_null=True, help_text="not exceeded in nine cases of ten"
    )
    cost_basis = serializers.DictField(
        read_only=True,
        help_text=(
            "what P50 and P90 rest on: n_finished_jobs (that correct the simulation), n_measured_crowds, "
            "usual_accuracy, mean_cost (by the same simulation), answers_per_task, share_in_doubt, seed, finish "
            "(`prior`, `blended` or `measured`); after a pilot also n_tasks_piloted and "
            "n_answers_piloted"
        ),
    )
    finish_p50_s = serializers.FloatField(
        read_only=True, allow_null=True, help_text="seconds from publication to the last label; null: of a course"
    )
    pay_per_answer = MoneyField(source="pay_micros", read_only=True)
    pay_per_aided_answer = MoneyField(
        source="aided_pay_micros", read_only=True, help_text="where a pre-label is shown; 0 where none is"
    )
    fee_rate = serializers.SerializerMethodField(help_text="fee as a share of what people are paid")
    set_up = MoneyField(source="set_up_micros", read_only=True, help_text="set-up work, whatever is spent otherwise")
    card = serializers.CharField(read_only=True, help_text="rate card that all rates are from")
    lines = QuoteLineSerializer(many=True, read_only=True)
    drivers = QuoteDriverSerializer(
        many=True,
        read_only=True,
        help_text=(
            "expected_total once more, by what drives it: all seven drivers from the plainest job on, each with what "
            "it adds; they sum to expected_total, not to the cap. Empty in quotes from before this was kept"
        ),
    )
    assumptions = serializers.DictField(
        read_only=True,
        help_text=(
            "what the totals rest on, numbers with decimals as strings: n_tasks, split_strategy, split, wage_per_hour, "
            "seconds_per_asset, seconds_per_unit, units_per_asset, units_per_task, expected_answers_per_task, "
            "max_answers_per_task, accuracy_of_one_answer, late_reserve_share, fee_tiers, used_units, rush, "
            "turnaround, expertise, expertise_pay_times, expert_wage_per_hour, integration, review_pay_times; "
            "`effort` has the factors that "
            "an answer's seconds come to, each with its source, and effort_basis the effort model's version and all "
            "else they rest on"
        ),
    )

    class Meta:
        model = Quote
        fields = [
            "id",
            "currency",
            "expected_total",
            "cost_p50",
            "cost_p90",
            "cost_basis",
            "finish_p50_s",
            "finish_p85_s",
            "finish_p95_s",
            "cap",
            "pay_per_answer",
            "pay_per_aided_answer",
            "effort_s",
            "fee_rate",
            "set_up",
            "card",
            "card_version",
            "card_sha256",
            "lines",
            "drivers",
            "assumptions",
            "sha256",
            "expires_at",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Quote) -> dict[str, Any]:
        """Return the quote; the drivers, which are kept among the assumptions, once."""
        shown = super().to_representation(instance)
        return shown | {"assumptions": {name: said for name, said in shown["assumptions"].items() if name != "drivers"}}

    def get_fee_rate(self, quote: Quote) -> str:
        """Return the share as a decimal string."""
        return format_money(quote.fee_ppm)  # millionths, as money is inside
