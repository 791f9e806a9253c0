"""Endpoints of pilots: a part first, two quotes side by side, and go or stop."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.serializers.fields import NumberField
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.fields import IdField
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.serializers import (
    MoneyField,
    NothingSerializer,
    OperationSerializer,
    StrictSerializer,
)
from marketplace.orders.api.serializers import OrderSerializer
from marketplace.orders.models import LEAST_SHARE, MOST_SHARE, Order, Pilot
from marketplace.orders.services import go_on, pilot_order, stop_order
from pricing.api.serializers import QuoteSerializer


class NewPilotSerializer(StrictSerializer):
    """How much is worked on first."""

    share = NumberField(
        default=MOST_SHARE, min_value=LEAST_SHARE, max_value=MOST_SHARE, help_text="of the assets, drawn at random"
    )


class GoSerializer(StrictSerializer):
    """The quote on which the rest is done."""

    quote = IdField(help_text="the pilot's requote, whose cap above the first is funded by this; or the first quote")


class PilotSerializer(serializers.ModelSerializer[Pilot]):
    """A part of an order that is worked on first; from its end on with a quote from what it measured."""

    order = serializers.UUIDField(source="order_id", read_only=True)
    first_quote = QuoteSerializer(read_only=True)
    requote = QuoteSerializer(read_only=True, allow_null=True)
    added = MoneyField(source="added_micros", read_only=True, help_text="funded with the go")

    class Meta:
        model = Pilot
        fields = ["order", "share", "first_quote", "requote", "added", "ended_at", "passed_at"]
        read_only_fields = fields


class PilotView(ApiView):
    """A pilot."""

    @extend_schema(operation_id="order_pilot_retrieve", responses=PilotSerializer)
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return the pilot of an order, with the first quote and the one that it led to."""
        pilots = Pilot.objects.select_related("first_quote", "requote")
        return Response(PilotSerializer(get_object_or_404(pilots, order=_order(request, order_id))).data)

    @extend_schema(operation_id="orders_pilot", request=NewPilotSerializer, responses={202: OperationSerializer})
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Make the tasks of a funded order, and open its job for some of its assets only."""
        order = _order(request, order_id)
        share = self.parse(NewPilotSerializer)["share"]
        operation = pilot_order(order.pk, share=share, requested_by_id=user_of(request).pk)
        return Response(OperationSerializer(operation).data, status=202)


class GoView(ApiView):
    """Going on after a pilot."""

    @extend_schema(operation_id="orders_go", request=GoSerializer, responses=OrderSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Accept one of the two quotes, fund what its cap is above the first, and have all other assets done."""
        order = _order(request, order_id)
        return Response(OrderSerializer(go_on(order.pk, quote_id=self.parse(GoSerializer)["quote"])).data)


class StopView(ApiView):
    """Stopping with a pilot."""

    @extend_schema(operation_id="orders_stop", request=None, responses=OrderSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """End the job with its pilot: what was done is paid, and the rest goes back when the books close."""
        self.parse(NothingSerializer)
        return Response(OrderSerializer(stop_order(_order(request, order_id).pk)).data)


def _order(request: Request, order_id: UUID) -> Order:
    orders = Order.objects.visible_to(user_of(request)).select_related("quote")
    return get_object_or_404(orders, pk=order_id)
