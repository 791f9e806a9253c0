"""Shapes of orders at the API."""

from rest_framework import serializers

from marketplace.operations.api.fields import IdField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.orders.models import Order
from pricing.api.serializers import QuoteSerializer


class NewOrderSerializer(StrictSerializer):
    """The job that is bought."""

    job = IdField()


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
