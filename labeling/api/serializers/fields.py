"""Fields that several shapes share."""

import math
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.operations.api.serializers import NothingSerializer, ProblemFieldSerializer

__all__ = ["NothingSerializer", "NumberField", "RefusableSerializer"]


@extend_schema_field({"type": "number"})
class NumberField(serializers.FloatField):
    """A finite JSON number; texts such as `nan` are none."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class RefusableSerializer(serializers.Serializer[Any]):
    """What became of one item of a bulk request."""

    index = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["created", "refused"])
    problem = ProblemFieldSerializer(required=False, help_text="why it was refused")
