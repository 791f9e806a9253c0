"""Endpoints of orders. Whoever sees an order may act on it: its visibility is that of requesters and managers."""

from uuid import UUID

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, named_in, require_role
from labeling.api.filters import chosen, named
from labeling.api.serializers.fields import NothingSerializer
from labeling.models import LabelingJob
from marketplace.accounts.api.authentication import user_of
from marketplace.ledger.api.serializers import TransferSerializer
from marketplace.ledger.models import Entry, Transfer
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import OperationSerializer
from marketplace.orders.api.serializers import NewOrderSerializer, OrderSerializer
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services import OrderTerms, cancel_order, create_order, fund_order, publish_order, quote_order


class OrdersView(ApiView):
    """Orders of the organizations one orders for."""

    pagination_class = KeySetPagination
    query_params = frozenset({"organization", "state"})

    @extend_schema(
        operation_id="orders_list",
        parameters=[OpenApiParameter("organization", UUID), OpenApiParameter("state", enum=OrderState.values)],
        responses=OrderSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List orders, oldest first."""
        orders = Order.objects.visible_to(user_of(request)).select_related("quote")
        wanted = {**named(request, "organization"), **chosen(request, "state", OrderState.values)}
        return self.page(orders.filter(**wanted), OrderSerializer)

    @extend_schema(operation_id="orders_create", request=NewOrderSerializer, responses={201: OrderSerializer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Open the order for a drafted job."""
        user = user_of(request)
        data = self.parse(NewOrderSerializer)
        job = named_in(LabelingJob.objects.visible_to(user), data["job"], field="job")
        require_role(request, job.organization_id, *ORDERS)
        terms = OrderTerms(
            acceptance=data["acceptance"],
            accept_after_s=data["accept_after_s"],
            countries=tuple(data["countries"]),
            wage_micros=data["wage_per_hour"],
        )
        order = create_order(job, created_by_id=user.pk, terms=terms)
        return Response(OrderSerializer(order).data, status=201)


class OrderView(ApiView):
    """One order."""

    @extend_schema(operation_id="orders_retrieve", responses=OrderSerializer)
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return an order."""
        return Response(OrderSerializer(_order(request, order_id)).data)


class QuoteView(ApiView):
    """Pricing an order."""

    @extend_schema(operation_id="orders_quote", request=None, responses=OrderSerializer)
    @idempotent()
    def post(self, request: Request, order_id: UUID) -> Response:
        """Price the order as its job stands; replaces a quote that was not funded."""
        self.parse(NothingSerializer)
        return Response(OrderSerializer(quote_order(_order(request, order_id).pk)).data)


class FundView(ApiView):
    """Filling the escrow."""

    @extend_schema(operation_id="orders_fund", request=None, responses=OrderSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Move the quote's cap from the prepaid account into the order's escrow."""
        self.parse(NothingSerializer)
        return Response(OrderSerializer(fund_order(_order(request, order_id).pk)).data)


class PublishView(ApiView):
    """Putting the job before its workers."""

    @extend_schema(operation_id="orders_publish", request=None, responses={202: OperationSerializer})
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Make the tasks of a funded order and open its job; returns the operation that does it."""
        self.parse(NothingSerializer)
        operation = publish_order(_order(request, order_id).pk, requested_by_id=user_of(request).pk)
        return Response(OperationSerializer(operation).data, status=202)


class CancelView(ApiView):
    """Giving up an order."""

    @extend_schema(operation_id="orders_cancel", request=None, responses=OrderSerializer)
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Give up an order that was not published; what was funded goes back."""
        self.parse(NothingSerializer)
        return Response(OrderSerializer(cancel_order(_order(request, order_id).pk)).data)


class TransfersView(ApiView):
    """The money of an order."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="order_transfers_list", responses=TransferSerializer(many=True))
    def get(self, request: Request, order_id: UUID) -> Response:
        """List every movement of the order's money, oldest first."""
        entries = Prefetch("entries", Entry.objects.select_related("account").order_by("pk"))
        transfers = Transfer.objects.filter(order_id=_order(request, order_id).pk).prefetch_related(entries)
        return self.page(transfers, TransferSerializer)


def _order(request: Request, order_id: UUID) -> Order:
    orders = Order.objects.visible_to(user_of(request)).select_related("quote")
    return get_object_or_404(orders, pk=order_id)
