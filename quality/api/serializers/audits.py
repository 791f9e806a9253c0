"""Shapes of audits."""

import re
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.operations.api.serializers import StrictSerializer
from quality.models import Audit, AuditItem, AuditPlanKind, AuditVerdict

SHARE_PATTERN = r"^0\.[0-9]{1,6}$"
MAX_NOTE = 1_000
# What a run believes about its own conclusion would lead the eye of whoever checks it.
_BELIEFS = {"posterior", "doubted", "p_complete"}
_BELIEFS_OF_OBJECT = {"confidence", "p_exist", "agreement", "n_members"}


@extend_schema_field({"type": "string", "pattern": SHARE_PATTERN, "example": "0.02"})
class ShareField(serializers.Field[Decimal, Any, str, Any]):
    """A share between 0 and 1 as a decimal string with at most six decimals, within a range."""

    default_error_messages = {
        "not_a_share": "Give a decimal string such as 0.02, with at most 6 decimals.",
        "out_of_range": "This must lie in {least} to {most}.",
    }

    def __init__(self, *, least: str, most: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = Decimal(least), Decimal(most)

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the share."""
        if not isinstance(data, str) or not re.fullmatch(SHARE_PATTERN, data):
            self.fail("not_a_share")
        share = Decimal(data)
        if not self.least <= share <= self.most:
            self.fail("out_of_range", least=self.least, most=self.most)
        return share

    def to_representation(self, value: Decimal) -> str:
        """Return the share without idle zeros."""
        return format(Decimal(value).normalize(), "f")


class NewAuditSerializer(StrictSerializer):
    """What is to be shown: at most this share of the final labels is wrong."""

    max_error = ShareField(least="0.0001", most="0.5")
    confidence = ShareField(least="0.8", most="0.999")
    expected_error = ShareField(
        least="0", most="0.25", required=False, help_text="a quarter of `max_error` unless given; at most half of it"
    )
    kind = serializers.ChoiceField(
        choices=AuditPlanKind.choices, required=False, help_text="the cheaper of fixed and sequential unless given"
    )


class CertificateSerializer(serializers.Serializer[Any]):
    """What an audit showed."""

    statement = serializers.CharField()
    holds = serializers.BooleanField()
    share = serializers.FloatField(help_text="the limit")
    confidence = serializers.FloatField()
    population = serializers.IntegerField()
    labels = serializers.CharField(help_text="what the population consists of")
    method = serializers.CharField(help_text="of the bound")
    n_audited = serializers.IntegerField()
    n_wrong = serializers.IntegerField()
    upper_bound = serializers.FloatField(help_text="of the share wrong, at this confidence")
    run = serializers.UUIDField()
    audit_number = serializers.IntegerField(help_text="more than 1: the run was audited before")


class AuditSerializer(serializers.ModelSerializer[Audit]):
    """An audit: its plan, how far it is, and its certificate."""

    job = serializers.UUIDField(source="run.job_id", read_only=True)
    kind = serializers.CharField(read_only=True, help_text="fixed, sequential or stratified")
    max_error = ShareField(least="0", most="1", read_only=True)
    confidence = ShareField(least="0", most="1", read_only=True)
    expected_error = ShareField(least="0", most="1", read_only=True)
    plan = serializers.DictField(
        read_only=True, help_text="the rule, its exact risks, and for sequential plans the mean number of checks"
    )
    certificate = CertificateSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Audit
        fields = [
            "id",
            "job",
            "run",
            "number",
            "state",
            "kind",
            "max_error",
            "confidence",
            "expected_error",
            "population",
            "n_items",
            "n_audited",
            "n_wrong",
            "plan",
            "seed",
            "certificate",
            "created_at",
            "ended_at",
        ]
        read_only_fields = fields


@extend_schema_field({"type": "object", "additionalProperties": {}})
class BareValueField(serializers.JSONField):
    """A label as it is exported, without what the run believes of it."""

    def to_representation(self, value: Any) -> Any:
        """Leave the beliefs out."""
        bare = {name: part for name, part in value.items() if name not in _BELIEFS}
        if "objects" in bare:
            bare["objects"] = [
                {name: part for name, part in thing.items() if name not in _BELIEFS_OF_OBJECT}
                for thing in bare["objects"]
            ]
        return bare


class AuditItemSerializer(serializers.ModelSerializer[AuditItem]):
    """A label to check; what the run believes of it is left out, for it would lead the eye."""

    task = serializers.UUIDField(source="label.task_id", read_only=True)
    asset = serializers.UUIDField(source="label.task.asset_id", read_only=True)
    external_id = serializers.CharField(source="label.task.asset.external_id", read_only=True)
    value = BareValueField(source="label.value", read_only=True)

    class Meta:
        model = AuditItem
        fields = ["id", "ordinal", "task", "asset", "external_id", "value", "verdict", "note", "decided_at"]
        read_only_fields = fields


class NewVerdictSerializer(StrictSerializer):
    """What was found of a label."""

    verdict = serializers.ChoiceField(choices=AuditVerdict.choices)
    note = serializers.CharField(default="", allow_blank=True, max_length=MAX_NOTE)


class JudgedItemSerializer(AuditItemSerializer):
    """An item with its verdict, and how the audit stands after it."""

    audit = AuditSerializer(read_only=True)

    class Meta(AuditItemSerializer.Meta):
        fields = [*AuditItemSerializer.Meta.fields, "audit"]
        read_only_fields = fields
