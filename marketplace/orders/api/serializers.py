"""Shapes of orders at the API."""

from rest_framework import serializers

from marketplace.operations.api.fields import IdField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.orders.models import Order
from pricing.api.serializers import QuoteSerializer


class NewOrderSerializer(StrictSerializer):
    """The job that is bought."""

    job = IdField()


class DriversSerializer(StrictSerializer):
    """What is asked for beside the job itself; the rate card `plenum-effort` has the names and their prices."""

    rush = serializers.JSONField(
        required=False, help_text="share of the pay on top, as a decimal string; workers get it in full"
    )
    turnaround = serializers.JSONField(required=False, help_text="a named speed, instead of rush")
    expertise = serializers.JSONField(required=False, help_text="field whose people are to work")
    integration = serializers.JSONField(required=False, help_text="how much of which set-up work: {name: number}")


class OrderSerializer(serializers.ModelSerializer[Order]):
    """A job bought at a quote; what was paid, kept and given back is known once it is settled."""

    quote = QuoteSerializer(read_only=True, allow_null=True)
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
