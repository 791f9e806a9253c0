"""Shapes of orders at the API."""

from rest_framework import serializers

from marketplace.operations.api.fields import IdField, NameField, WholeNumberField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.orders.core.deciding import ACCEPT_AFTER_S, LEAST_ACCEPT_AFTER_S, MOST_ACCEPT_AFTER_S
from marketplace.orders.models import Acceptance, Order
from pricing.api.serializers import QuoteSerializer

# Of any currency: an hour may pay 25,000 dong.
MAX_WAGE_MICROS = 1_000_000 * 1_000_000
COUNTRIES_HELP = (
    "ISO 3166-1 alpha-2: whose workers the job is for, and whose least wage it keeps; none: all whose least it pays"
)


class NewOrderSerializer(StrictSerializer):
    """The job that is bought."""

    job = IdField()
    acceptance = serializers.ChoiceField(
        choices=Acceptance.choices, default=Acceptance.AUTOMATIC, help_text="how answers come to be accepted"
    )
    accept_after_s = WholeNumberField(
        default=ACCEPT_AFTER_S,
        min_value=LEAST_ACCEPT_AFTER_S,
        max_value=MOST_ACCEPT_AFTER_S,
        help_text="with manual acceptance: an answer that nobody decided on by then is accepted",
    )
    countries = serializers.ListField(
        child=NameField(max_length=2), default=list, max_length=250, help_text=COUNTRIES_HELP
    )
    wage_per_hour = MoneyField(
        default=None,
        allow_null=True,
        max_micros=MAX_WAGE_MICROS,
        help_text="what an hour of work is to pay; the rate card's wage unless given",
    )


class DriversSerializer(StrictSerializer):
    """What is asked for beside the job itself; the rate card `plenum-effort` has the names and their prices."""

    rush = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text="share of the pay on top, as a decimal string; workers get it in full",
    )
    turnaround = serializers.JSONField(required=False, allow_null=True, help_text="a named speed, instead of rush")
    expertise = serializers.JSONField(required=False, allow_null=True, help_text="field whose people alone are to work")
    integration = serializers.JSONField(
        required=False, allow_null=True, help_text="how much of which set-up work: {name: number}"
    )


class OrderSerializer(serializers.ModelSerializer[Order]):
    """A job bought at a quote; what was paid, kept and given back is known once it is settled."""

    quote = QuoteSerializer(read_only=True, allow_null=True)
    wage_per_hour = MoneyField(source="wage_micros", read_only=True, allow_null=True)
    funded = MoneyField(source="funded_micros", read_only=True)
    paid = MoneyField(source="paid_micros", read_only=True, allow_null=True)
    fee = MoneyField(source="fee_micros", read_only=True, allow_null=True)
    rounding = MoneyField(
        source="rounding_micros",
        read_only=True,
        allow_null=True,
        help_text="what rounding the invoice's lines to whole cents added; negative where it took away",
    )
    refunded = MoneyField(source="refunded_micros", read_only=True, allow_null=True)

    class Meta:
        model = Order
        fields = [
            "id",
            "organization",
            "job",
            "state",
            "currency",
            "acceptance",
            "accept_after_s",
            "countries",
            "wage_per_hour",
            "quote",
            "funded",
            "paid",
            "fee",
            "rounding",
            "refunded",
            "publish_operation",
            "created_at",
            "funded_at",
            "published_at",
            "settled_at",
        ]
        read_only_fields = fields
