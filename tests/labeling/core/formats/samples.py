"""An answered task of each annotation type, in an image of 64 by 48 pixels."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.formats import LabeledTask
from labeling.core.formats.final import CLASSIFICATIONS, SHAPE_MEMBERS
from labeling.core.formats.masks import mask_of
from tests.labeling.core.formats.tasks import labeled

WIDTH, HEIGHT = 64, 48
OCCLUDED = {"name": "occluded", "type": "boolean", "required": True}
COLOUR = {"name": "colour", "type": "enum", "values": ["red", "light blue"], "required": False}
SKELETON = {
    "joints": ["head", "left_hand", "right_hand"],
    "edges": [[0, 1], [0, 2]],
    "sigmas": [0.05, 0.1, 0.1],
    "swaps": [[1, 2]],
}
CLASSES: list[dict[str, Any]] = [
    {"name": "vehicle", "attributes": [OCCLUDED]},
    {"name": "car", "parent": "vehicle", "color": "#ff8800", "attributes": [COLOUR]},
    {"name": "person", "skeleton": SKELETON},
    {"name": "road", "kind": "stuff"},
    {"name": "unknown", "kind": "void"},
]


def pixels(test: Callable[[NDArray[Any], NDArray[Any]], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return (height, width) where a condition on x and y of the pixels holds."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return test(x, y)


BLOB = pixels(lambda x, y: ((x - 20) ** 2 + (y - 20) ** 2 < 90) & ((x - 20) ** 2 + (y - 20) ** 2 > 9))
SQUARE = pixels(lambda x, y: (x >= 40) & (x < 50) & (y >= 4) & (y < 30))
VOID = pixels(lambda x, y: x >= 60)
ROAD = ~(BLOB | SQUARE | VOID)

SHAPES: dict[str, list[tuple[str, Any]]] = {
    "box": [("car", [10.5, 20.0, 40.0, 44.25]), ("person", [0.0, 0.0, 64.0, 48.0])],
    "rotated_box": [("car", [30.0, 20.0, 24.0, 10.0, 30.0]), ("vehicle", [20.0, 30.0, 8.0, 8.0, 0.0])],
    "polygon": [
        ("car", [[[[2.0, 4.0], [30.0, 4.0], [30.0, 40.0], [2.0, 40.0]], [[10.0, 30.0], [20.0, 30.0], [20.0, 10.0]]]]),
        ("person", [[[[34.0, 4.0], [40.0, 8.5], [36.0, 12.0]]], [[[50.0, 4.0], [60.0, 4.0], [55.0, 12.0]]]]),
    ],
    "polyline": [("road", [[1.0, 2.0], [30.0, 20.5], [60.0, 2.0]]), ("car", [[0.0, 0.0], [64.0, 48.0]])],
    "keypoints": [("person", [[20.0, 10.0, 2], [14.0, 30.5, 1], [0.0, 0.0, 0]])],
    "point": [("car", [3.25, 4.0]), ("person", [64.0, 48.0])],
    "ellipse": [("car", [30.0, 24.0, 16.0, 8.0, 30.0])],
    "cuboid_2d": [
        (
            "car",
            [
                [10.0, 20.0], [30.0, 20.0], [30.0, 40.0], [10.0, 40.0],
                [16.0, 14.0], [34.0, 14.0], [34.0, 33.0], [16.0, 33.0],
            ],
        )
    ],
    "cuboid_3d": [("car", {"center": [1.0, 2.0, 0.5], "size": [4.0, 2.0, 1.5], "yaw": 0.5})],
    "mask": [("car", mask_of(BLOB)), ("person", mask_of(SQUARE))],
}  # fmt: skip
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "vehicle": {"occluded": False},
    "car": {"occluded": True, "colour": "light blue"},
}


def sample(annotation_type: str, ordinal: int = 1, **changes: Any) -> LabeledTask:
    """Return an answered task of the type, its label final."""
    value = changes.pop("value", None) or conclusion(annotation_type)
    return labeled(ordinal, value=value, **({"width": WIDTH, "height": HEIGHT} | changes))


def conclusion(annotation_type: str) -> dict[str, Any]:
    """Return what the answers came to."""
    if annotation_type == "image_classification":
        return {"class": "car", "posterior": {"car": 0.97, "person": 0.03}, "attributes": ATTRIBUTES["car"]}
    if annotation_type == "multi_label_classification":
        return {"classes": ["car", "road"], "posterior": {"car": 0.99, "road": 0.8, "person": 0.01}}
    member = SHAPE_MEMBERS[annotation_type]
    given = list(SHAPES[member])
    if annotation_type in {"semantic_segmentation", "panoptic_segmentation"}:
        given += [("road", mask_of(ROAD)), ("unknown", mask_of(VOID))]
    objects = [_object(number, name, member, shape) for number, (name, shape) in enumerate(given, start=1)]
    return {"objects": objects, "doubted": [], "p_complete": 0.98}


def _object(number: int, name: str, member: str, shape: Any) -> dict[str, Any]:
    thing = {"id": str(number), "class": name, member: shape, "confidence": 0.93, "p_exist": 0.97, "n_members": 3}
    thing["relations"] = [{"name": "tows", "to": "1", "share": 0.75}] if number == 2 else []
    return thing | ({"attributes": ATTRIBUTES[name]} if name in ATTRIBUTES else {})


def classes_for(annotation_type: str) -> list[dict[str, Any]]:
    """Return the ontology of a job of the type; segments may be of every kind, others are things."""
    if annotation_type in CLASSIFICATIONS or annotation_type.endswith("_segmentation"):
        return CLASSES
    return [entry for entry in CLASSES if entry.get("kind") != "void"]
