"""Endpoints of the books as a whole: totals for tax returns, and whether everything agrees."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts.api.authentication import user_of
from marketplace.ledger.api.sending import CsvDownload
from marketplace.ledger.api.staff import require_staff
from marketplace.ledger.models import EARNINGS
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.paging import parse_id
from marketplace.operations.api.serializers import MoneyField
from marketplace.operations.core.money import format_money
from marketplace.operations.core.spreadsheets import csv_line
from marketplace.orders.api.statements import AmountsField
from marketplace.orders.core.periods import year_of
from marketplace.orders.services.reconcile import reconcile
from marketplace.orders.services.taxes import YearTotal, all_year_totals, year_totals_of

A_PAGE = 300
YEAR = OpenApiParameter("year", OpenApiTypes.INT, description="calendar year in UTC; this one unless given")
CSV_COLUMNS = ("worker", "year", "currency", *EARNINGS, "earned", "paid_out")


class YearTotalSerializer(serializers.Serializer[Any]):
    """A worker's calendar year in one currency; a correction counts in the year in which it was made."""

    worker = serializers.UUIDField(source="worker_id")
    year = serializers.IntegerField()
    currency = serializers.CharField()
    by_kind = AmountsField(source="earned", help_text="pay, appeal, bonus, top_up")
    earned = MoneyField(source="earned_micros")
    paid_out = MoneyField(source="paid_out_micros", help_text="that arrived within the year")


class YearTotalsSerializer(serializers.Serializer[Any]):
    items = YearTotalSerializer(many=True)


class YearTotalsPageSerializer(YearTotalsSerializer):
    """Some workers' totals, and the worker after whom the next page starts."""

    next = serializers.UUIDField(allow_null=True)


class BookCheckSerializer(serializers.Serializer[Any]):
    """What was compared; `differences` names the first twenty."""

    name = serializers.CharField()
    n_differences = serializers.IntegerField()
    differences = serializers.ListField(child=serializers.CharField())


class TransitSerializer(serializers.Serializer[Any]):
    """Payouts of one currency that are on their way."""

    currency = serializers.CharField()
    n_requested = serializers.IntegerField()
    requested = MoneyField(source="requested_micros")
    n_sent = serializers.IntegerField()
    sent = MoneyField(source="sent_micros")


class ReconciliationSerializer(serializers.Serializer[Any]):
    """Whether ledger, orders, invoices and payout files agree."""

    agrees = serializers.BooleanField()
    checks = BookCheckSerializer(many=True)
    transit = TransitSerializer(many=True)


class OwnTaxTotalsView(ApiView):
    """One's own year."""

    query_params = frozenset({"year"})

    @extend_schema(operation_id="tax_totals_retrieve", parameters=[YEAR], responses=YearTotalsSerializer)
    def get(self, request: Request) -> Response:
        """Return what one earned and was paid in a calendar year, by currency."""
        year = year_of(request.query_params.get("year"), now=timezone.now())
        totals = year_totals_of(user_of(request).pk, year=year)
        return Response(YearTotalsSerializer({"items": totals}).data)


class TaxTotalsView(ApiView):
    """Everybody's year, for staff."""

    query_params = frozenset({"year", "after"})

    @extend_schema(
        operation_id="tax_totals_list",
        parameters=[YEAR, OpenApiParameter("after", OpenApiTypes.UUID, description="`next` of the page before")],
        responses=YearTotalsPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Return a page of everybody's totals, by worker."""
        require_staff(request)
        query = request.query_params
        after = None if (text := query.get("after")) is None else parse_id(text, field="after")
        totals = all_year_totals(year_of(query.get("year"), now=timezone.now()), after=after)
        page = list(islice(totals, A_PAGE))
        # A worker's currencies stay on one page.
        more = next(totals, None)
        while more is not None and page[-1].worker_id == more.worker_id:
            page.append(more)
            more = next(totals, None)
        document = {"items": page, "next": page[-1].worker_id if more else None}
        return Response(YearTotalsPageSerializer(document).data)


class TaxTotalsCsvView(ApiView):
    """Everybody's year as a table, for staff."""

    query_params = frozenset({"year"})

    @extend_schema(operation_id="tax_totals_csv", parameters=[YEAR], responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> CsvDownload:
        """Return everybody's totals."""
        require_staff(request)
        year = year_of(request.query_params.get("year"), now=timezone.now())
        return CsvDownload(_lines(all_year_totals(year)), name=f"tax-totals-{year}.csv")


class ReconciliationView(ApiView):
    """Whether everything agrees, for staff."""

    @extend_schema(operation_id="reconciliation_retrieve", responses=ReconciliationSerializer)
    def get(self, request: Request) -> Response:
        """Compare ledger, orders, invoices and payout files, and name what differs."""
        require_staff(request)
        return Response(ReconciliationSerializer(reconcile()).data)


def _lines(totals: Iterator[YearTotal]) -> Iterator[bytes]:
    yield csv_line(CSV_COLUMNS)
    for total in totals:
        by_kind = [format_money(total.earned.get(kind, 0)) for kind in EARNINGS]
        sums = (format_money(total.earned_micros), format_money(total.paid_out_micros))
        yield csv_line((str(total.worker_id), str(total.year), total.currency, *by_kind, *sums))
