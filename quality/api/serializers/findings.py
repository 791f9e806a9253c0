"""Shapes of findings."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.operations.api.fields import TextField, WholeNumberField
from marketplace.operations.api.serializers import StrictSerializer
from quality.models import Finding

MAX_NOTE = 1_000
MAX_OBJECTION = 2_000
MAX_PAUSE_MINUTES = 60 * 24 * 30
# What is the worker's own; how large the crowd is, and how near the threshold they came, is not theirs to know.
_OWN_EVIDENCE = {
    "pace_ratio",
    "label",
    "share_given",
    "share_implied",
    "agreement",
    "agreement_expected",
    "shared_deviations",
    "shared_deviations_expected",
}


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """A finding with its evidence; workers are shown under their pseudonyms in the job."""

    worker = serializers.CharField(source="pseudonym", read_only=True)
    partner = serializers.CharField(
        source="partner_pseudonym", read_only=True, allow_null=True, help_text="whose answers are alike"
    )
    evidence = serializers.DictField(read_only=True)

    class Meta:
        model = Finding
        fields = [
            "id",
            "job",
            "worker",
            "partner",
            "kind",
            "state",
            "n_answers",
            "p_value",
            "evidence",
            "opened_at",
            "decided_at",
            "note",
            "pause_minutes",
            "objection",
            "objected_at",
        ]
        read_only_fields = fields


@extend_schema_field({"type": "object", "additionalProperties": {}})
class OwnEvidenceField(serializers.JSONField):
    """Evidence without what it tells of others."""

    def to_representation(self, value: Any) -> Any:
        """Leave the others out."""
        return {name: part for name, part in value.items() if name in _OWN_EVIDENCE}


class OwnFindingSerializer(serializers.ModelSerializer[Finding]):
    """What was confirmed of oneself."""

    evidence = OwnEvidenceField(read_only=True)

    class Meta:
        model = Finding
        fields = ["id", "job", "kind", "n_answers", "evidence", "decided_at", "objection", "objected_at"]
        read_only_fields = fields


class ConfirmationSerializer(StrictSerializer):
    """Why a finding is right, and what follows."""

    note = TextField(max_length=MAX_NOTE)
    pause_minutes = WholeNumberField(
        min_value=1, max_value=MAX_PAUSE_MINUTES, required=False, help_text="no pause unless given; pay stays"
    )


class DismissalSerializer(StrictSerializer):
    """Why a finding is wrong."""

    note = TextField(max_length=MAX_NOTE)


class ObjectionSerializer(StrictSerializer):
    """What the worker says against it."""

    text = TextField(max_length=MAX_OBJECTION)
