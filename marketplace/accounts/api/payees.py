"""Endpoints of where one's earnings go."""

import re
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import PayoutDestination
from marketplace.accounts.services import forget_payout_destination, set_payout_destination
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.fields import TextField
from marketplace.operations.api.serializers import StrictSerializer

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
REFERENCE_HELP = "what the payout provider calls the payee, such as `acct_1a2b3c`; never an account number"


class NewPayoutDestinationSerializer(StrictSerializer):
    """Where one's earnings are to go."""

    reference = TextField(max_length=100, help_text=REFERENCE_HELP)

    def validate_reference(self, text: str) -> str:
        """Refuse what is no plain word."""
        if not _REFERENCE.fullmatch(text):
            raise serializers.ValidationError("Use letters, digits and _ . : - and begin with a letter or digit.")
        return text


class PayoutDestinationSerializer(serializers.ModelSerializer[PayoutDestination]):
    """Where one's earnings go, and since when."""

    reference = serializers.CharField(read_only=True, help_text=REFERENCE_HELP)

    class Meta:
        model = PayoutDestination
        fields = ["reference", "changed_at"]
        read_only_fields = fields


class PayoutDestinationView(ApiView):
    """Where one's own earnings go."""

    @extend_schema(operation_id="payout_destination_retrieve", responses=PayoutDestinationSerializer)
    def get(self, request: Request) -> Response:
        """Return it."""
        found: Any = get_object_or_404(PayoutDestination, pk=user_of(request).pk)
        return Response(PayoutDestinationSerializer(found).data)

    @extend_schema(
        operation_id="payout_destination_update",
        request=NewPayoutDestinationSerializer,
        responses=PayoutDestinationSerializer,
    )
    def put(self, request: Request) -> Response:
        """Name it; payouts wait some time after a change, so that whoever steals a token cannot take the balance."""
        reference = self.parse(NewPayoutDestinationSerializer)["reference"]
        destination = set_payout_destination(user_of(request).pk, reference=reference, now=timezone.now())
        return Response(PayoutDestinationSerializer(destination).data)

    @extend_schema(operation_id="payout_destination_destroy", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Forget it."""
        forget_payout_destination(user_of(request).pk)
        return Response(status=204)
