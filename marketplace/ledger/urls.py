"""Routes of the ledger, below /api/v1/."""

from django.urls import path

from marketplace.ledger.api.invoices import InvoiceCsvView, InvoicePdfView, InvoicesView, InvoiceView
from marketplace.ledger.api.payouts import PayoutFileContentView, PayoutFilesView, PayoutsView, PayoutView
from marketplace.ledger.api.views import DepositsView, OrganizationBalanceView, OwnBalanceView

urlpatterns = [
    path("deposits", DepositsView.as_view(), name="deposits"),
    path(
        "organizations/<uuid:organization_id>/balance", OrganizationBalanceView.as_view(), name="organization-balance"
    ),
    path("balance", OwnBalanceView.as_view(), name="balance"),
    path("invoices", InvoicesView.as_view(), name="invoices"),
    path("invoices/<uuid:invoice_id>", InvoiceView.as_view(), name="invoice"),
    path("invoices/<uuid:invoice_id>/pdf", InvoicePdfView.as_view(), name="invoice-pdf"),
    path("invoices/<uuid:invoice_id>/csv", InvoiceCsvView.as_view(), name="invoice-csv"),
    path("payouts", PayoutsView.as_view(), name="payouts"),
    path("payouts/<uuid:payout_id>", PayoutView.as_view(), name="payout"),
    path("payout-files", PayoutFilesView.as_view(), name="payout-files"),
    path("payout-files/<uuid:file_id>/content", PayoutFileContentView.as_view(), name="payout-file-content"),
]
