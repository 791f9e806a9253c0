"""GeoJSON: one collection of features in pixels, each an annotation of the image that its properties name.

Source: RFC 7946. Of the properties `image` (or `file_name`) is the image, `class` (or `label`) the class, `attributes`
and `confidence` what else is known; `visibility` is that of each joint.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labeling.core.imports.archives import document
from labeling.core.imports.base import (
    LEFT_OUT,
    ImportedAsset,
    ImportedShape,
    ImportFormat,
    Item,
    ItemRefused,
    RefusedItem,
    Shapes,
    Size,
    Source,
    UnreadableFile,
    known,
    names_of,
    number,
    numbers,
    size_of,
    text_of,
)
from labeling.core.imports.json_items import members
from labeling.core.imports.rasters import filled
from labeling.core.imports.spool import NamedSpool
from labeling.core.imports.yolo import turned_box

_SLACK_PX = 1e-6
Ring = list[list[float]]


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each image, in the order in which features first name them."""
    images = NamedSpool(source.scratch())
    n_features = 0
    for member in members(document(source.file, r"(.*/)?[^/]+\.(geo)?json")):
        if member.name != "features":
            continue
        n_features += 1
        feature = member.value if isinstance(member.value, dict) else {}
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        try:
            name = text_of(properties.get("image", properties.get("file_name")), "The image of a feature")
        except ItemRefused as refusal:
            yield RefusedItem(f"feature {n_features}", refusal)
        else:
            images.add(name, [properties, feature.get("geometry")])
    if not n_features:
        raise UnreadableFile("The document is no collection of features, or an empty one.")
    for name, said in images.items():
        yield _item(name, said, annotation_type)


def _item(name: str, said: Callable[[], Iterator[Any]], annotation_type: str) -> Item:
    try:
        first, _ = next(said())
    except ItemRefused as refusal:
        return RefusedItem(name, refusal)

    def shapes(size: Size | None) -> Shapes:
        for properties, geometry in said():
            yield _shape(properties, geometry, size, annotation_type)

    told = size_of(first.get("image_width"), first.get("image_height"))
    return ImportedAsset(names=names_of(name), size=told, shapes=shapes)


def _shape(
    properties: Mapping[str, Any], geometry: Any, size: Size | None, annotation_type: str
) -> ImportedShape | None:
    class_name = text_of(properties.get("class", properties.get("label")), "The class of a feature")
    given = geometry if isinstance(geometry, dict) else {}
    reader = _READERS.get((annotation_type, str(given.get("type")) if given else ""))
    found = reader(given.get("coordinates"), properties, size) if reader else LEFT_OUT
    if found is LEFT_OUT:
        return LEFT_OUT
    attributes, score = properties.get("attributes"), properties.get("confidence")
    return ImportedShape(
        class_name,
        found,
        attributes if isinstance(attributes, dict) else {},
        None if score is None else number(score, "confidence"),
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ItemRefused("not_points", "`coordinates` is a list.")
    return value


def _points(value: Any) -> Ring:
    """Return positions without what may be above the plane."""
    return [numbers(_list(position)[:2], "coordinates", length=2) for position in _list(value)]


def _ring(value: Any) -> Ring:
    """Return a ring that does not say its first corner again at its end."""
    ring = _points(value)
    return ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring


def _part(value: Any) -> list[Ring]:
    return [_ring(ring) for ring in _list(value)]


def _nothing(_coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any]:
    return {}


def _polygon(coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any]:
    return {"polygon": [_part(coordinates)]}


def _polygons(coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any]:
    return {"polygon": [_part(part) for part in _list(coordinates)]}


def _mask(coordinates: Any, _properties: Mapping[str, Any], size: Size | None) -> dict[str, Any]:
    return {"mask": filled([_part(coordinates)], known(size))}


def _masks(coordinates: Any, _properties: Mapping[str, Any], size: Size | None) -> dict[str, Any]:
    return {"mask": filled([_part(part) for part in _list(coordinates)], known(size))}


def _box(coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any] | None:
    rings = _part(coordinates)
    if len(rings) != 1 or len(rings[0]) != 4:
        return LEFT_OUT
    xs, ys = zip(*rings[0], strict=True)
    box = [min(xs), min(ys), max(xs), max(ys)]
    upright = all(
        min(abs(x - box[0]), abs(x - box[2])) < _SLACK_PX and min(abs(y - box[1]), abs(y - box[3])) < _SLACK_PX
        for x, y in rings[0]
    )
    return {"box": box} if upright else LEFT_OUT


def _rotated_box(coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any] | None:
    rings = _part(coordinates)
    return {"rotated_box": turned_box(rings[0])} if len(rings) == 1 and len(rings[0]) == 4 else LEFT_OUT


def _line(coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any]:
    return {"polyline": _points(coordinates)}


def _point(coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any]:
    return {"point": _points([coordinates])[0]}


def _joints(coordinates: Any, properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any]:
    places = _points(coordinates)
    seen = properties.get("visibility", [2] * len(places))
    if not isinstance(seen, list) or len(seen) != len(places):
        raise ItemRefused("not_keypoints", "`visibility` has a number for each point.")
    visible = numbers(seen, "visibility")
    return {"keypoints": [[*place, int(each)] for place, each in zip(places, visible, strict=True)]}


def _cuboid(coordinates: Any, _properties: Mapping[str, Any], _size: Size | None) -> dict[str, Any] | None:
    corners = _points(coordinates)
    return {"cuboid_2d": corners} if len(corners) == 8 else LEFT_OUT


Reader = Callable[[Any, Mapping[str, Any], Size | None], dict[str, Any] | None]
_MASKED = ("instance_segmentation", "semantic_segmentation", "panoptic_segmentation")
_READERS: dict[tuple[str, str], Reader] = {
    ("image_classification", ""): _nothing,
    ("multi_label_classification", ""): _nothing,
    ("bounding_box", "Polygon"): _box,
    ("rotated_box", "Polygon"): _rotated_box,
    ("polygon", "Polygon"): _polygon,
    ("polygon", "MultiPolygon"): _polygons,
    ("polyline", "LineString"): _line,
    ("point", "Point"): _point,
    ("keypoints", "MultiPoint"): _joints,
    ("cuboid_2d", "MultiPoint"): _cuboid,
    **{(name, "Polygon"): _mask for name in _MASKED},
    **{(name, "MultiPolygon"): _masks for name in _MASKED},
}

GEOJSON = ImportFormat(annotation_types=frozenset(annotation_type for annotation_type, _ in _READERS), read=read)
