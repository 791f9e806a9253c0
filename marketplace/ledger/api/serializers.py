"""Shapes of money at the API."""

from typing import Any

from rest_framework import serializers

from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.operations.api.fields import IdField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.operations.core.currencies import CURRENCIES

MAX_DEPOSIT_MICROS = 10_000_000 * 1_000_000


class NewDepositSerializer(StrictSerializer):
    """Money to be taken from the payment provider."""

    organization = IdField()
    amount = MoneyField(max_micros=MAX_DEPOSIT_MICROS)
    currency = serializers.ChoiceField(choices=CURRENCIES, default="USD")


class DepositSerializer(serializers.Serializer[Any]):
    """A deposit, and the balance after it."""

    id = serializers.UUIDField()
    organization = serializers.UUIDField()
    amount = MoneyField()
    currency = serializers.CharField()
    balance = MoneyField()


class BalanceSerializer(serializers.ModelSerializer[Account]):
    balance = MoneyField(source="balance_micros", read_only=True)

    class Meta:
        model = Account
        fields = ["currency", "balance"]
        read_only_fields = fields


class BalancesSerializer(serializers.Serializer[Any]):
    items = BalanceSerializer(many=True)


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """One side of a transfer: whose kind of account, and how much into it (negative: out of it)."""

    account = serializers.CharField(source="account.kind", read_only=True)
    amount = MoneyField(source="amount_micros", read_only=True)

    class Meta:
        model = Entry
        fields = ["account", "amount", "currency"]
        read_only_fields = fields


class TransferSerializer(serializers.ModelSerializer[Transfer]):
    """Money that moved; workers stay unnamed."""

    entries = EntrySerializer(many=True, read_only=True)

    class Meta:
        model = Transfer
        fields = ["id", "kind", "created_at", "entries"]
        read_only_fields = fields
