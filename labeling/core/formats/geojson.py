"""GeoJSON: one collection of features, each an annotation, in pixels.

Source: RFC 7946; outer rings go counter-clockwise, holes clockwise, by the numbers, and are closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from labeling.core.formats import masks, shapes
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, to_json
from labeling.core.formats.final import CLASSIFICATIONS, SHAPE_MEMBERS, FinalAnnotation, final_annotations

Geometry = dict[str, Any] | None


def write(export: Export) -> Iterator[bytes]:
    """Yield the collection feature by feature."""
    yield b'{"type":"FeatureCollection","name":' + to_json(export.title) + b',"features":[\n'
    separator = b""
    for task in export.tasks():
        for found in final_annotations(task):
            yield separator + to_json(_feature(task, found))
            separator = b",\n"
    yield b"\n]}\n"


def _feature(task: LabeledTask, found: FinalAnnotation) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "image": task.external_id,
        "asset_id": task.asset_id,
        "image_width": task.width,
        "image_height": task.height,
        "class": found.class_name,
        "annotation": found.id,
        "confidence": found.confidence,
        "state": task.state,
        "n_answers": found.n_answers,
        "attributes": dict(found.attributes),
        "relations": list(found.relations),
    }
    if task.split:
        properties["split"] = task.split
    if found.member == "keypoints":
        properties["visibility"] = [joint[2] for joint in found.shape]
    return {"type": "Feature", "properties": properties, "geometry": _GEOMETRIES[found.member](found)}


def _nothing(_: FinalAnnotation) -> Geometry:
    return None


def _area(found: FinalAnnotation) -> Geometry:
    return _polygons(shapes.outlines(found.member, found.shape))


def _mask(found: FinalAnnotation) -> Geometry:
    return _polygons(masks.mask_outlines(found.shape))


def _polygons(parts: Sequence[Sequence[Sequence[Sequence[float]]]]) -> Geometry:
    polygons = [[_closed(ring, is_hole=place > 0) for place, ring in enumerate(part)] for part in parts]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _closed(ring: Sequence[Sequence[float]], *, is_hole: bool) -> list[Sequence[float]]:
    ordered = list(ring) if (shapes.signed_area(ring) > 0) != is_hole else list(ring)[::-1]
    return [*ordered, ordered[0]]


def _line(found: FinalAnnotation) -> Geometry:
    return {"type": "LineString", "coordinates": found.shape}


def _point(found: FinalAnnotation) -> Geometry:
    return {"type": "Point", "coordinates": found.shape}


def _points(found: FinalAnnotation) -> Geometry:
    return {"type": "MultiPoint", "coordinates": [point[:2] for point in found.shape]}


_GEOMETRIES: dict[str, Callable[[FinalAnnotation], Geometry]] = {
    "": _nothing,
    "box": _area,
    "rotated_box": _area,
    "polygon": _area,
    "ellipse": _area,
    "mask": _mask,
    "polyline": _line,
    "point": _point,
    "keypoints": _points,
    "cuboid_2d": _points,
}

GEOJSON = Format(
    file_name="labels.geojson",
    content_type="application/geo+json",
    annotation_types=CLASSIFICATIONS | {name for name, member in SHAPE_MEMBERS.items() if member in _GEOMETRIES},
    lost=frozenset({Loss.EMPTY_IMAGES}),
    has_side_file=True,
    notes=(
        "labels.geojson: coordinates are pixels of the image, x to the right and y down, and no degrees on the globe; "
        "an ellipse is a polygon of 64 corners, a mask the outline of its pixels, keypoints and cuboids are points in "
        "their order. An image without annotations has no feature: provenance.jsonl lists all.",
    ),
    write=write,
)
