"""Annotations: taken as they come, for the annotation type to judge, and described for those who read."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labeling.core.annotations.annotated import MAX_ID_LENGTH

__all__ = ["AnnotationSerializer", "AnnotationsField"]


def _numbers(length: int | None = None) -> dict[str, Any]:
    bounds = {} if length is None else {"minItems": length, "maxItems": length}
    return {"type": "array", "items": {"type": "number"}, **bounds}


def _listed(items: dict[str, Any], *, least: int = 1) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_POINT = _numbers(2)
_RING = _listed(_POINT, least=3)
_COUNTS = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer", "minimum": 0}}]}


class AnnotationsField(serializers.JSONField):
    """A list; what is in it is judged at once by the annotation type, which bounds it before it looks closer."""

    default_error_messages = {"not_a_list": "A list of annotations is wanted."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the list."""
        if not isinstance(data, list):
            self.fail("not_a_list")
        return data


@extend_schema_field(_numbers(4))
class BoxField(serializers.JSONField):
    """`[x1, y1, x2, y2]`."""


@extend_schema_field(_numbers(5))
class TurnedField(serializers.JSONField):
    """Centre, two sizes, degrees."""


@extend_schema_field({"oneOf": [_listed(_listed(_RING)), _RING]})
class PolygonField(serializers.JSONField):
    """Parts of rings, or one ring."""


@extend_schema_field(_listed(_POINT, least=2))
class PolylineField(serializers.JSONField):
    """Points."""


@extend_schema_field(_listed(_numbers(3)))
class KeypointsField(serializers.JSONField):
    """Joints."""


@extend_schema_field(_POINT)
class PointField(serializers.JSONField):
    """`[x, y]`."""


@extend_schema_field({**_listed(_POINT, least=8), "maxItems": 8})
class Cuboid2dField(serializers.JSONField):
    """Eight corners."""


class CuboidSerializer(serializers.Serializer[Any]):
    """Metres; a yaw in radians about +z, or where the cuboid leans a unit quaternion [w, x, y, z]."""

    center = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    size = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3)
    yaw = serializers.FloatField(required=False)
    quaternion = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4, required=False)


@extend_schema_field(_COUNTS)
class CountsField(serializers.JSONField):
    """Run lengths."""


class MaskSerializer(serializers.Serializer[Any]):
    """COCO's run lengths: column by column, background first; compressed text, or a list of whole numbers."""

    size = serializers.ListField(
        child=serializers.IntegerField(), min_length=2, max_length=2, help_text="height and width of the image"
    )
    counts = CountsField()


class StatedRelationSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    to = serializers.CharField(max_length=MAX_ID_LENGTH, help_text="id of another annotation of the answer")


class AnnotationSerializer(serializers.Serializer[Any]):
    """One label or shape, in pixels; the shape is the member that the job's annotation type has, and no other.

    What each type takes, and how it is kept, is told by `docs/annotations.md`.
    """

    id = serializers.CharField(
        required=False, max_length=MAX_ID_LENGTH, help_text="unique in the answer; its number, from 1, unless given"
    )
    box = BoxField(required=False, help_text="`[x1, y1, x2, y2]`; a side has at least 0.01 pixels")
    rotated_box = TurnedField(required=False, help_text="`[cx, cy, width, height, degrees]`, clockwise as seen")
    polygon = PolygonField(required=False, help_text="parts of rings of points, outer ring first, or one ring")
    polyline = PolylineField(required=False)
    keypoints = KeypointsField(required=False, help_text="`[x, y, v]` for each joint of the class's skeleton")
    point = PointField(required=False)
    ellipse = TurnedField(required=False, help_text="`[cx, cy, rx, ry, degrees]`, clockwise as seen")
    cuboid_2d = Cuboid2dField(required=False, help_text="front face clockwise from its top left, then the back face")
    cuboid_3d = CuboidSerializer(required=False)
    mask = MaskSerializer(required=False)
    attributes = serializers.DictField(required=False, help_text="values by name, as the ontology says")
    relations = StatedRelationSerializer(many=True, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `class`, which Python keeps for itself."""
        return {**super().get_fields(), "class": serializers.CharField()}
