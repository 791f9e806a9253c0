"""Routes of orders, below /api/v1/."""

from django.urls import path

from marketplace.orders.api.pilots import GoView, PilotView, StopView
from marketplace.orders.api.views import (
    CancelView,
    FundView,
    OrdersView,
    OrderView,
    PublishView,
    QuoteView,
    TransfersView,
)

urlpatterns = [
    path("orders", OrdersView.as_view(), name="orders"),
    path("orders/<uuid:order_id>", OrderView.as_view(), name="order"),
    path("orders/<uuid:order_id>/quote", QuoteView.as_view(), name="order-quote"),
    path("orders/<uuid:order_id>/fund", FundView.as_view(), name="order-fund"),
    path("orders/<uuid:order_id>/publish", PublishView.as_view(), name="order-publish"),
    path("orders/<uuid:order_id>/cancel", CancelView.as_view(), name="order-cancel"),
    path("orders/<uuid:order_id>/pilot", PilotView.as_view(), name="order-pilot"),
    path("orders/<uuid:order_id>/go", GoView.as_view(), name="order-go"),
    path("orders/<uuid:order_id>/stop", StopView.as_view(), name="order-stop"),
    path("orders/<uuid:order_id>/transfers", TransfersView.as_view(), name="order-transfers"),
]
