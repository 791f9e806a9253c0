"""Serializers that refuse what they do not know, and money."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from marketplace.operations.core.money import format_money, parse_money
from marketplace.operations.models import Operation

_MAX_NAMED = 20


# A comment and no docstring: the API's description shows the docstring of the nearest ancestor that has one.
# The input may hold nothing but the writable fields.
class StrictSerializer(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown and read-only fields by name, then validate as usual."""
        if isinstance(data, Mapping):
            known = {field.field_name for field in self._writable_fields}
            unknown = [str(name)[:100] for name in data if name not in known][:_MAX_NAMED]
            if unknown:
                message = serializers.ErrorDetail("There is no such field here.", code="unknown_field")
                raise serializers.ValidationError({name: [message] for name in unknown})
        return super().to_internal_value(data)


class NothingSerializer(StrictSerializer):
    """The body of an action that takes none: nothing at all, or `{}`."""


class MoneyField(serializers.Field[int, Any, str, Any]):
    """An amount: a decimal string outside, integer micro-dollars inside; more than zero unless told otherwise."""

    default_error_messages = {
        "not_text": "Give the amount as a decimal string.",
        "not_money": "Use ASCII digits with at most 6 decimals, without sign, exponent or separators.",
        "not_positive": "The amount must be more than zero.",
        "max_value": "At most {limit} at a time.",
    }

    def __init__(self, *, allow_zero: bool = False, max_micros: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allow_zero = allow_zero
        self.max_micros = max_micros

    def to_internal_value(self, data: Any) -> int:
        """Return micro-dollars."""
        if not isinstance(data, str):
            self.fail("not_text")
        micros = parse_money(data)
        if micros is None:
            self.fail("not_money")
        if micros == 0 and not self.allow_zero:
            self.fail("not_positive")
        if self.max_micros is not None and micros > self.max_micros:
            self.fail("max_value", limit=format_money(self.max_micros))
        return micros

    def to_representation(self, value: int) -> str:
        """Return the decimal string; balances may be negative."""
        return format_money(value)


class OperationSerializer(serializers.ModelSerializer[Operation]):
    """How long work stands."""

    log = serializers.ListField(child=serializers.CharField(), source="log_lines", read_only=True)

    class Meta:
        model = Operation
        fields = [
            "id",
            "organization",
            "kind",
            "subject_id",
            "state",
            "percent",
            "log",
            "result",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class ProblemFieldSerializer(serializers.Serializer[Any]):
    """One field at fault."""

    field = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong, as in RFC 9457; further members depend on the code."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(allow_null=True)
    errors = ProblemFieldSerializer(many=True)  # type: ignore[assignment] # the name is the format's
