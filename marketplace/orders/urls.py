"""Routes of orders, below /api/v1/."""

from django.urls import path

from marketplace.orders.api.bookkeeping import (
    OwnTaxTotalsView,
    ReconciliationView,
    TaxTotalsCsvView,
    TaxTotalsView,
)
from marketplace.orders.api.statements import (
    ClientStatementCsvView,
    ClientStatementView,
    WorkerStatementCsvView,
    WorkerStatementView,
)
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
    path("orders/<uuid:order_id>/transfers", TransfersView.as_view(), name="order-transfers"),
    path("organizations/<uuid:organization_id>/statement", ClientStatementView.as_view(), name="client-statement"),
    path(
        "organizations/<uuid:organization_id>/statement/csv",
        ClientStatementCsvView.as_view(),
        name="client-statement-csv",
    ),
    path("statement", WorkerStatementView.as_view(), name="worker-statement"),
    path("statement/csv", WorkerStatementCsvView.as_view(), name="worker-statement-csv"),
    path("tax-totals", OwnTaxTotalsView.as_view(), name="tax-totals"),
    path("tax-totals/everybody", TaxTotalsView.as_view(), name="tax-totals-everybody"),
    path("tax-totals/everybody/csv", TaxTotalsCsvView.as_view(), name="tax-totals-everybody-csv"),
    path("reconciliation", ReconciliationView.as_view(), name="reconciliation"),
]
