"""Shapes of decisions on work: rejections, appeals, freezes, bonuses."""

import re
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from labeling.core.shares import WHOLE_PPM
from marketplace.operations.api.fields import IdField, NameField, TextField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.orders.models import Bonus, Freeze, Rejection, TopUp
from marketplace.orders.models.rejections import EVIDENCE_KINDS, REASONS

MAX_TEXT = 2_000
MAX_BONUS_MICROS = 10_000 * 1_000_000
KINDS = [(kind, kind) for kind in EVIDENCE_KINDS]
SHARE: dict[str, Any] = {"max_digits": 7, "decimal_places": 6, "min_value": Decimal(0)}


class ShareField(serializers.DecimalField):
    """A share of an answer's pay: a decimal string of ASCII digits, as amounts are."""

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the share."""
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", data):
            self.fail("invalid")
        return super().to_internal_value(data)


class NewRejectionSerializer(StrictSerializer):
    """What speaks against an answer."""

    reason = serializers.ChoiceField(choices=REASONS, help_text="what is wrong; the evidence shows it")
    evidence_kind = serializers.ChoiceField(choices=KINDS)
    evidence = IdField(
        help_text=(
            "a known answer, a final label of three opinions or more, a review (its answer's id) or an item of an audit"
            " with its verdict, of this task"
        )
    )
    comment = TextField(default="", allow_blank=True, max_length=MAX_TEXT, help_text="for the worker")
    accepted_share = ShareField(
        **SHARE, default=Decimal(0), max_value=Decimal("0.999999"), help_text="of the pay that is earned all the same"
    )


class AppealSerializer(StrictSerializer):
    text = TextField(max_length=MAX_TEXT)


class NoteSerializer(StrictSerializer):
    """Why it is decided so."""

    note = TextField(default="", allow_blank=True, max_length=MAX_TEXT, help_text="for the worker")


class WonSerializer(NoteSerializer):
    accepted_share = ShareField(
        **SHARE, default=Decimal(1), max_value=Decimal(1), help_text="of the pay, more than was paid before"
    )


class DecidedSerializer(serializers.Serializer[Any]):
    """What became of an answer."""

    answer = serializers.UUIDField()
    state = serializers.CharField()


class OwnRejectionSerializer(serializers.ModelSerializer[Rejection]):
    """Why an answer of one's own was not paid in full; nobody is named, and nobody else's answer is shown."""

    accepted_share = serializers.SerializerMethodField(help_text="of the pay that was earned all the same")
    withheld = MoneyField(source="withheld_micros", read_only=True)
    evidence = serializers.JSONField(read_only=True, help_text="{score, conflicts, known, comment}")

    class Meta:
        model = Rejection
        fields = [
            "id",
            "job",
            "assignment",
            "state",
            "reason",
            "comment",
            "evidence_kind",
            "evidence",
            "accepted_share",
            "withheld",
            "rejected_at",
            "appeal_until",
            "appeal",
            "appealed_at",
            "decide_until",
            "decided_at",
            "decision_note",
        ]
        read_only_fields = fields

    def get_accepted_share(self, rejection: Rejection) -> str:
        """Return the share as a decimal string."""
        return str((Decimal(rejection.share_ppm) / WHOLE_PPM).normalize())


class RejectionSerializer(OwnRejectionSerializer):
    """A rejection as those who order see it, under the worker's pseudonym."""

    answer = serializers.UUIDField(source="assignment.answer.pk", read_only=True)
    worker = serializers.CharField(source="pseudonym", read_only=True)

    class Meta(OwnRejectionSerializer.Meta):
        fields = [*OwnRejectionSerializer.Meta.fields, "answer", "worker", "evidence_id", "rejected_by"]
        read_only_fields = fields


class FreezeSerializer(serializers.ModelSerializer[Freeze]):
    """A job stopped because too much of its work was rejected."""

    job = serializers.UUIDField(source="order.job_id", read_only=True)

    class Meta:
        model = Freeze
        fields = [
            "id",
            "order",
            "job",
            "state",
            "n_decided",
            "n_rejected",
            "frozen_at",
            "decide_until",
            "decided_at",
            "note",
        ]
        read_only_fields = fields


class NewBonusSerializer(StrictSerializer):
    worker = NameField(help_text="the worker's pseudonym in the job")
    amount = MoneyField(max_micros=MAX_BONUS_MICROS)
    reason = TextField(max_length=MAX_TEXT, help_text="for the worker")


class OwnBonusSerializer(serializers.ModelSerializer[Bonus]):
    job = serializers.UUIDField(source="order.job_id", read_only=True)
    amount = MoneyField(source="micros", read_only=True)

    class Meta:
        model = Bonus
        fields = ["id", "job", "amount", "currency", "reason", "given_at"]
        read_only_fields = fields


class BonusSerializer(OwnBonusSerializer):
    worker = serializers.CharField(source="place.pseudonym", read_only=True)

    class Meta(OwnBonusSerializer.Meta):
        fields = [*OwnBonusSerializer.Meta.fields, "worker"]
        read_only_fields = fields


class TopUpSerializer(serializers.ModelSerializer[TopUp]):
    """What one got because an hour had paid less than was promised."""

    job = serializers.UUIDField(source="order.job_id", read_only=True)
    amount = MoneyField(source="micros", read_only=True)
    currency = serializers.CharField(source="order.currency", read_only=True)

    class Meta:
        model = TopUp
        fields = ["id", "job", "amount", "currency", "paid_at"]
        read_only_fields = fields
