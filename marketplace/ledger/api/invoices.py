"""Endpoints of invoices."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.filters import named
from marketplace.accounts.api.authentication import user_of
from marketplace.ledger.adapters.paper import invoice_pdf
from marketplace.ledger.api.sending import CsvDownload
from marketplace.ledger.models import Invoice, InvoiceLine
from marketplace.ledger.services.wording import line_words, paper_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.paging import KeySetPagination, parse_id
from marketplace.operations.api.serializers import MoneyField
from marketplace.operations.core.currencies import format_amount
from marketplace.operations.core.money import format_money
from marketplace.operations.core.spreadsheets import csv_line, harmless

CSV_COLUMNS = ("number", "issued_at", "position", "kind", "description", "quantity", "exact", "amount", "currency")


@extend_schema_field({"type": "string", "example": "12.50"})
class AmountField(serializers.Field[int, Any, str, Any]):
    """A whole number of minor units, with the currency's own decimals; the currency stands beside it."""

    def get_attribute(self, instance: Any) -> Any:
        """Keep the row: the currency decides the decimals."""
        return instance

    def to_representation(self, value: Any) -> str:
        """Return the decimal string."""
        currency = value.currency if isinstance(value, Invoice) else value.invoice.currency
        return format_amount(getattr(value, str(self.source)), currency)


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    """One line: what the ledger moved, and what that is charged at."""

    description = serializers.SerializerMethodField()
    exact = MoneyField(source="exact_micros", read_only=True)
    amount = AmountField(source="amount_micros", read_only=True)

    class Meta:
        model = InvoiceLine
        fields = ["position", "kind", "description", "quantity", "exact", "amount"]
        read_only_fields = fields

    def get_description(self, line: InvoiceLine) -> str:
        """Return the kind in words."""
        return line_words(line.kind)


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    """What an organization was charged for an order; a credit note where the total is negative."""

    number = serializers.CharField(source="name", read_only=True)
    customer = serializers.CharField(source="parties.customer.name", read_only=True, help_text="as it was then")
    order = serializers.UUIDField(source="order_id", read_only=True)
    total = AmountField(source="total_micros", read_only=True)
    exact = MoneyField(source="exact_micros", read_only=True, help_text="what the ledger moved, to the micro-unit")
    rounding = MoneyField(source="rounding_micros", read_only=True, help_text="total - exact")
    lines = InvoiceLineSerializer(many=True, read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "id",
            "number",
            "organization",
            "customer",
            "order",
            "subject",
            "currency",
            "lines",
            "total",
            "exact",
            "rounding",
            "issued_at",
            "previous_sha256",
            "sha256",
        ]
        read_only_fields = fields


class InvoicesView(ApiView):
    """Invoices of the organizations one orders for."""

    pagination_class = KeySetPagination
    page_order = ("-id",)
    query_params = frozenset({"organization", "order"})

    @extend_schema(
        operation_id="invoices_list",
        parameters=[OpenApiParameter("organization", UUID), OpenApiParameter("order", UUID)],
        responses=InvoiceSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List invoices, newest first."""
        wanted = named(request, "organization")
        if (order := request.query_params.get("order")) is not None:
            wanted["order_id"] = parse_id(order, field="order")
        return self.page(_visible(request).filter(**wanted), InvoiceSerializer)


class InvoiceView(ApiView):
    """One invoice."""

    @extend_schema(operation_id="invoices_retrieve", responses=InvoiceSerializer)
    def get(self, request: Request, invoice_id: UUID) -> Response:
        """Return it."""
        return Response(InvoiceSerializer(_invoice(request, invoice_id)).data)


class InvoicePdfView(ApiView):
    """One invoice, to print."""

    @extend_schema(operation_id="invoices_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """Return it as PDF; the same bytes whenever it is asked for."""
        invoice = _invoice(request, invoice_id)
        headers = {
            "Content-Disposition": f'attachment; filename="{invoice.name}.pdf"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
        return HttpResponse(invoice_pdf(paper_of(invoice)), content_type="application/pdf", headers=headers)


class InvoiceCsvView(ApiView):
    """One invoice, as a table."""

    @extend_schema(operation_id="invoices_csv", responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, invoice_id: UUID) -> CsvDownload:
        """Return its lines as CSV."""
        invoice = _invoice(request, invoice_id)
        return CsvDownload(_lines(invoice), name=f"{invoice.name}.csv")


def _lines(invoice: Invoice) -> Iterator[bytes]:
    yield csv_line(CSV_COLUMNS)
    for line in invoice.lines.all():
        cells = (
            invoice.name,
            invoice.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            str(line.position),
            harmless(line.kind),
            harmless(line_words(line.kind)),
            "" if line.quantity is None else str(line.quantity),
            format_money(line.exact_micros),
            format_amount(line.amount_micros, invoice.currency),
            invoice.currency,
        )
        yield csv_line(cells)


def _visible(request: Request) -> Any:
    lines = Prefetch("lines", InvoiceLine.objects.order_by("position"))
    return Invoice.objects.visible_to(user_of(request)).prefetch_related(lines)


def _invoice(request: Request, invoice_id: UUID) -> Invoice:
    invoice: Invoice = get_object_or_404(_visible(request), pk=invoice_id)
    return invoice
