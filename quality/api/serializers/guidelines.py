"""Shapes of what a change of guidelines does to labels."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.fields import NumberField
from marketplace.operations.api.fields import MAX_NAME, NameField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from quality.services import ClassChange

MAX_CHANGES = 200
DEFAULT_MIN_CHANGE = 0.05


def _is_name(text: str) -> bool:
    """Return whether a text is what `NameField` would make of it."""
    return 0 < len(text.strip()) == len(text) <= MAX_NAME and text.isprintable()


class ClassChangeSerializer(StrictSerializer):
    """What becomes of the members of a class, by your own judgement or a pilot's."""

    becomes = serializers.DictField(
        child=NumberField(min_value=0, max_value=1), allow_empty=False, help_text="shares by class, which sum to 1"
    )
    carry_to = NameField(
        required=False, allow_null=True, default=None, help_text="where its labels are moved without asking"
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `class`, which Python keeps for itself."""
        return {"class": NameField(), **super().get_fields()}

    def validate_becomes(self, value: dict[str, float]) -> dict[str, float]:
        """Refuse names that no class could have."""
        if len(value) > MAX_CHANGES or not all(_is_name(name) for name in value):
            raise serializers.ValidationError("Name classes as they are written, 200 at most.")
        return value


class NewImpactSerializer(StrictSerializer):
    """How the classes changed; those that are not named stay what they are."""

    changes = serializers.ListField(child=ClassChangeSerializer(), min_length=1, max_length=MAX_CHANGES)
    min_change = NumberField(required=False, default=DEFAULT_MIN_CHANGE, min_value=0, max_value=1)
    budget = MoneyField(required=False, help_text="pay for asking again; no limit unless given")

    def class_changes(self, data: dict[str, Any]) -> list[ClassChange]:
        """Return the validated changes as the service takes them."""
        return [
            ClassChange(name=change["class"], becomes=change["becomes"], carry_to=change["carry_to"])
            for change in data["changes"]
        ]


class ReaskSerializer(serializers.Serializer[Any]):
    """A label worth asking again."""

    task = serializers.UUIDField()
    external_id = serializers.CharField()
    p_change = serializers.FloatField(help_text="chance that the change, and nothing else, makes the label wrong")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `class`, which Python keeps for itself."""
        return {"class": serializers.CharField(allow_null=True), **super().get_fields()}


class ImpactSerializer(serializers.Serializer[Any]):
    """What to ask again, the likeliest to change first; nothing is ordered by this."""

    run = serializers.UUIDField()
    n_tasks = serializers.IntegerField()
    complete = serializers.BooleanField(help_text="false: only the first 200,000 labels were looked at")
    expected_changes = serializers.FloatField(help_text="labels expected to be wrong, asked again or not")
    n_to_ask = serializers.IntegerField()
    expected_changes_found = serializers.FloatField(help_text="of those asked again")
    answers_per_task = serializers.IntegerField()
    pay = MoneyField(source="pay_micros", help_text="for the answers, before fees")
    currency = serializers.CharField()
    items = ReaskSerializer(many=True, help_text="the first 300")
