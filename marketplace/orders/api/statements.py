"""Endpoints of statements: what one had, what came and went, what is left."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.filters import chosen
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Organization
from marketplace.ledger.api.sending import CsvDownload
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.serializers import MoneyField
from marketplace.operations.core.currencies import CURRENCIES
from marketplace.operations.core.money import format_money
from marketplace.operations.core.spreadsheets import csv_line
from marketplace.orders.core.periods import Period, period_of
from marketplace.orders.services.statements import (
    ClientStatement,
    Movement,
    WorkerStatement,
    client_movements,
    client_statement,
    worker_movements,
    worker_statement,
)

QUERY = [
    OpenApiParameter("currency", enum=CURRENCIES, default="USD"),
    OpenApiParameter("from", OpenApiTypes.DATE, description="first day, in UTC; this month's first unless given"),
    OpenApiParameter("to", OpenApiTypes.DATE, description="the day after the last; a month later unless given"),
]
QUERY_NAMES = frozenset({"currency", "from", "to"})
CSV_COLUMNS = ("at", "kind", "order", "job", "amount", "balance", "currency")


class AmountsField(serializers.DictField):
    """Amounts by what they were for."""

    child = MoneyField()


class HoldingsSerializer(serializers.Serializer[Any]):
    """Free to spend, and held for orders."""

    available = MoneyField(source="available_micros")
    held = MoneyField(source="held_micros")


class PeriodSerializer(serializers.Serializer[Any]):
    """The period and currency of a statement; `to` is not part of it."""

    currency = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class ClientStatementSerializer(serializers.Serializer[Any]):
    """An organization's period: all it had + deposited - spent = all it has."""

    period = PeriodSerializer()
    opening = HoldingsSerializer()
    deposited = MoneyField(source="deposited_micros")
    held = MoneyField(source="held_micros", help_text="put into orders' escrow")
    released = MoneyField(source="released_micros", help_text="given back from escrow")
    spent = AmountsField(help_text="by kind of transfer")
    spent_total = MoneyField(source="spent_micros")
    closing = HoldingsSerializer()


class JobEarningsSerializer(serializers.Serializer[Any]):
    """What one job brought."""

    job = serializers.UUIDField(source="job_id", allow_null=True)
    answers_paid = serializers.IntegerField(source="n_paid")
    earned = AmountsField(help_text="by kind of transfer: pay, appeal, bonus, top_up")
    total = MoneyField(source="total_micros")


class WorkerStatementSerializer(serializers.Serializer[Any]):
    """A worker's period: opening + earned + corrections - paid out + given back = closing."""

    period = PeriodSerializer()
    opening = MoneyField(source="opening_micros")
    jobs = JobEarningsSerializer(many=True)
    earned = MoneyField(source="earned_micros")
    corrections = MoneyField(source="corrections_micros")
    paid_out = MoneyField(source="paid_out_micros", help_text="asked for; see /payouts for what became of it")
    given_back = MoneyField(source="given_back_micros", help_text="of payouts that failed")
    closing = MoneyField(source="closing_micros")


class StatementView(ApiView):
    """What statements share."""

    query_params = QUERY_NAMES

    def asked(self, request: Request) -> tuple[str, Period]:
        """Return currency and period."""
        query = request.query_params
        currency = chosen(request, "currency", CURRENCIES).get("currency", "USD")
        return currency, period_of(query.get("from"), query.get("to"), now=timezone.now())


class ClientStatementView(StatementView):
    """What an organization had and has."""

    @extend_schema(operation_id="client_statement_retrieve", parameters=QUERY, responses=ClientStatementSerializer)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return the statement of a period."""
        home = _organization(request, organization_id)
        currency, period = self.asked(request)
        statement = client_statement(home, currency=currency, period=period)
        return Response(ClientStatementSerializer(_document(statement, currency, period)).data)


class ClientStatementCsvView(StatementView):
    """Every movement of an organization's prepaid money."""

    @extend_schema(
        operation_id="client_statement_csv", parameters=QUERY, responses={(200, "text/csv"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, organization_id: UUID) -> CsvDownload:
        """Return the movements of a period, oldest first, each with the balance after it."""
        home = _organization(request, organization_id)
        currency, period = self.asked(request)
        lines = _lines(client_movements(home, currency=currency, period=period), currency)
        return CsvDownload(lines, name=f"statement-{home}.csv")


class WorkerStatementView(StatementView):
    """What one earned."""

    @extend_schema(operation_id="worker_statement_retrieve", parameters=QUERY, responses=WorkerStatementSerializer)
    def get(self, request: Request) -> Response:
        """Return one's own statement of a period."""
        currency, period = self.asked(request)
        statement = worker_statement(user_of(request).pk, currency=currency, period=period)
        return Response(WorkerStatementSerializer(_document(statement, currency, period)).data)


class WorkerStatementCsvView(StatementView):
    """Every movement of one's earnings."""

    @extend_schema(
        operation_id="worker_statement_csv", parameters=QUERY, responses={(200, "text/csv"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request) -> CsvDownload:
        """Return the movements of a period, oldest first, each with the balance after it."""
        currency, period = self.asked(request)
        movements = worker_movements(user_of(request).pk, currency=currency, period=period)
        return CsvDownload(_lines(movements, currency), name="statement.csv")


def rfc3339(moment: datetime) -> str:
    """Return a moment in UTC to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _document(statement: ClientStatement | WorkerStatement, currency: str, period: Period) -> dict[str, Any]:
    names = [name for name in dir(statement) if not name.startswith("_")]
    return {name: getattr(statement, name) for name in names} | {
        "period": {"currency": currency, "start": period.start, "end": period.end}
    }


def _lines(movements: Iterator[Movement], currency: str) -> Iterator[bytes]:
    yield csv_line(CSV_COLUMNS)
    for moved in movements:
        cells = (
            rfc3339(moved.moved_at),
            moved.kind,
            str(moved.order_id or ""),
            str(moved.job_id or ""),
            format_money(moved.amount_micros),
            format_money(moved.balance_micros),
            currency,
        )
        yield csv_line(cells)


def _organization(request: Request, organization_id: UUID) -> UUID:
    organization = get_object_or_404(Organization.objects.visible_to(user_of(request)), pk=organization_id)
    require_role(request, organization.pk, *ORDERS)
    return organization.pk
