"""Endpoints of payouts: one's own, and for staff the files that go to the provider."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.filters import chosen
from marketplace.accounts.api.authentication import user_of
from marketplace.ledger.api.serializers import MAX_DEPOSIT_MICROS
from marketplace.ledger.api.staff import require_staff
from marketplace.ledger.models import Payout, PayoutFile, PayoutState
from marketplace.ledger.services import request_payout
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.operations.core.currencies import CURRENCIES

AMOUNT_HELP = "all that makes whole minor units where it is left out; the rest stays in the balance"


class NewPayoutSerializer(StrictSerializer):
    """Earnings to be paid out."""

    currency = serializers.ChoiceField(choices=CURRENCIES, default="USD")
    amount = MoneyField(required=False, max_micros=MAX_DEPOSIT_MICROS, help_text=AMOUNT_HELP)


class PayoutSerializer(serializers.ModelSerializer[Payout]):
    """Earnings on their way; `failed` means that they are back in the balance."""

    amount = MoneyField(source="amount_micros", read_only=True)

    class Meta:
        model = Payout
        fields = ["id", "currency", "amount", "state", "failure", "requested_at", "sent_at", "settled_at"]
        read_only_fields = fields


class PayoutFileSerializer(serializers.ModelSerializer[PayoutFile]):
    """Payouts that go to the provider together."""

    total = MoneyField(source="total_micros", read_only=True)

    class Meta:
        model = PayoutFile
        fields = ["id", "provider", "currency", "n_payouts", "total", "sha256", "created_at", "written_at"]
        read_only_fields = fields


class PayoutsView(ApiView):
    """One's own payouts."""

    pagination_class = KeySetPagination
    page_order = ("-id",)
    query_params = frozenset({"state", "currency"})

    @extend_schema(
        operation_id="payouts_list",
        parameters=[
            OpenApiParameter("state", enum=PayoutState.values),
            OpenApiParameter("currency", enum=CURRENCIES),
        ],
        responses=PayoutSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List one's payouts, newest first."""
        wanted = {**chosen(request, "state", PayoutState.values), **chosen(request, "currency", CURRENCIES)}
        return self.page(Payout.objects.visible_to(user_of(request)).filter(**wanted), PayoutSerializer)

    @extend_schema(operation_id="payouts_create", request=NewPayoutSerializer, responses={201: PayoutSerializer})
    @idempotent(required=True, permanent=True)
    def post(self, request: Request) -> Response:
        """Ask for one's earnings, rounded down to the minor unit; one payout in a currency is under way at a time."""
        data = self.parse(NewPayoutSerializer)
        payout = request_payout(user_of(request).pk, currency=data["currency"], amount_micros=data.get("amount"))
        return Response(PayoutSerializer(payout).data, status=201)


class PayoutView(ApiView):
    """One payout."""

    @extend_schema(operation_id="payouts_retrieve", responses=PayoutSerializer)
    def get(self, request: Request, payout_id: UUID) -> Response:
        """Return it."""
        payout = get_object_or_404(Payout.objects.visible_to(user_of(request)), pk=payout_id)
        return Response(PayoutSerializer(payout).data)


class PayoutFilesView(ApiView):
    """Files of payouts, for staff."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="payout_files_list", responses=PayoutFileSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the files, newest first."""
        require_staff(request)
        return self.page(PayoutFile.objects.filter(written_at__isnull=False), PayoutFileSerializer)


class PayoutFileContentView(ApiView):
    """One file of payouts, for staff."""

    @extend_schema(operation_id="payout_files_content", responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, file_id: UUID) -> HttpResponse:
        """Return the file: payout_id, destination, amount, currency."""
        require_staff(request)
        file: Any = get_object_or_404(PayoutFile, pk=file_id, written_at__isnull=False)
        with default_storage.open(file.storage_name) as stored:
            data = stored.read()
        headers = {
            "Content-Disposition": f'attachment; filename="payouts-{file.pk}.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
        return HttpResponse(data, content_type="text/csv; charset=utf-8", headers=headers)
