"""One answer of each type that is right, and ways in which one is wrong."""

from dataclasses import dataclass, field
from typing import Any

from labeling.core.annotations import Ontology, Subject
from labeling.core.annotations.ontology_reading import read_ontology

Json = dict[str, Any]

WIDTH, HEIGHT = 20, 10
ONTOLOGY_DOCUMENT: Json = {
    "classes": [
        {
            "name": "vehicle",
            "skeleton": {"joints": ["front", "back"], "sigmas": [0.1, 0.1]},
            "attributes": [{"name": "parked", "type": "boolean"}],
        },
        {"name": "car", "parent": "vehicle", "attributes": [{"name": "doors", "type": "number", "min": 2, "max": 5}]},
        {"name": "road", "kind": "stuff", "skeleton": {"joints": ["only"]}},
        {"name": "unknown", "kind": "void", "skeleton": {"joints": ["only"]}},
    ],
    "attributes": [
        {"name": "weather", "type": "enum", "values": ["sun", "rain"]},
        {"name": "note", "type": "text", "max_length": 20},
    ],
    "relations": [
        {"name": "tows", "from": ["vehicle"], "to": ["vehicle"]},
        {"name": "beside", "directed": False},
    ],
}
ONTOLOGY: Ontology = read_ontology(ONTOLOGY_DOCUMENT)


def subject_of(kind: str) -> Subject:
    """Return an asset that an answer of this type may be about."""
    if kind == "cuboid_3d":
        return Subject(ONTOLOGY, width=None, height=None, kind="point_cloud")
    return Subject(ONTOLOGY, width=WIDTH, height=HEIGHT)


@dataclass(frozen=True)
class Example:
    """What a type takes and what it does not.

    Attributes
    ----------
    member : the name of the shape.
    given : annotations as somebody may send them.
    kept : their canonical shapes, in order.
    broken : shapes that are refused, and where below the shape.
    """

    member: str | None
    given: list[Json]
    kept: list[Any] = field(default_factory=list)
    broken: list[tuple[Any, str]] = field(default_factory=list)


def _mask(counts: Any, size: Any = (HEIGHT, WIDTH)) -> Json:
    return {"size": list(size), "counts": counts}


_N_PIXELS = WIDTH * HEIGHT
# The left half and the right half; a text of two numbers is 100, 100.
_LEFT, _RIGHT = _mask([0, 100, 100]), _mask("T3T3")
_KEPT_LEFT, _KEPT_RIGHT = _mask("0T3T3"), _mask("T3T3")
_NO_NUMBERS: list[Any] = [None, "1", {}, [], [1], True, 1]
_NO_MASKS: list[Any] = [None, "T3T3", [], 5, True]
_BROKEN_MASKS: list[tuple[Any, str]] = [
    *[(value, "") for value in _NO_MASKS],
    ({"counts": "T3T3"}, ".size"),
    ({"size": [HEIGHT, WIDTH]}, ".counts"),
    (_mask("T3T3") | {"format": "rle"}, ".format"),
    (_mask("T3T3", (WIDTH, HEIGHT)), ".size"),
    (_mask("T3T3", (200_000, 200_000)), ".size"),
    (_mask([40_000_000_000], (200_000, 200_000)), ".size"),
    (_mask("T3T3", (HEIGHT, float(WIDTH))), ".size"),
    (_mask("T3T3", (True, WIDTH)), ".size"),
    (_mask("T3T3", ()), ".size"),
    (_mask("T3"), ".counts"),
    (_mask("T3T3T3"), ".counts"),
    (_mask("T"), ".counts"),
    (_mask("o" * 50 + "0"), ".counts"),
    (_mask("\u00e9"), ".counts"),
    (_mask(" "), ".counts"),
    (_mask(""), ".counts"),
    (_mask([]), ".counts"),
    (_mask([100, -1, 101]), ".counts"),
    (_mask([100.0, 100.0]), ".counts"),
    (_mask([True] * _N_PIXELS), ".counts"),
    (_mask([[100], [100]]), ".counts"),
    (_mask([10**400]), ".counts"),
    (_mask([2**62] * 4), ".counts"),
    (_mask(None), ".counts"),
    (_mask([_N_PIXELS]), ""),
]

EXAMPLES: dict[str, Example] = {
    "image_classification": Example(None, [{"class": "car"}]),
    "multi_label_classification": Example(None, [{"class": "car"}, {"class": "road"}]),
    "bounding_box": Example(
        "box",
        [{"class": "car", "box": [1, 2, 3.5, 4]}],
        [[1.0, 2.0, 3.5, 4.0]],
        [
            *[(value, "") for value in (*_NO_NUMBERS, [1, 2, 3, 4, 5], [3, 2, 1, 4], [1, 2, 1, 4], [1, 2, 21, 4])],
            ([1, 2, "3", 4], "[2]"),
            ([1, 2, 1e9, 4], "[2]"),
        ],
    ),
    "rotated_box": Example(
        "rotated_box",
        [{"class": "car", "rotated_box": [5, 5, 2, 4, 100]}, {"class": "car", "rotated_box": [0, 0, 4, 2, -90]}],
        [[5.0, 5.0, 4.0, 2.0, 10.0], [0.0, 0.0, 4.0, 2.0, 90.0]],
        [
            *[(value, "") for value in (*_NO_NUMBERS, [5, 5, 0, 4, 0], [5, 5, -1, 4, 0], [40, 5, 2, 4, 0])],
            ([5, 5, 2, 4, None], "[4]"),
            ([1e9, 5, 2, 4, 0], "[0]"),
        ],
    ),
    "polygon": Example(
        "polygon",
        [
            {"class": "car", "polygon": [[4, 4], [4, 1], [1, 1], [1, 4], [4, 4]]},
            {
                "class": "car",
                "polygon": [
                    [[[10, 1], [12, 1], [12, 3]]],
                    [[[1, 1], [9, 1], [9, 9], [1, 9]], [[5, 5], [6, 5], [6, 6]], [[2, 2], [3, 2], [3, 3]]],
                ],
            },
        ],
        [
            [[[[1.0, 1.0], [4.0, 1.0], [4.0, 4.0], [1.0, 4.0]]]],
            [
                [
                    [[1.0, 1.0], [9.0, 1.0], [9.0, 9.0], [1.0, 9.0]],
                    [[2.0, 2.0], [3.0, 3.0], [3.0, 2.0]],
                    [[5.0, 5.0], [6.0, 6.0], [6.0, 5.0]],
                ],
                [[[10.0, 1.0], [12.0, 1.0], [12.0, 3.0]]],
            ],
        ],
        [
            *[(value, "") for value in [*_NO_NUMBERS, [[]]]],
            ([[1, 1], [2, 2]], ""),
            ([[1, 1], [2, 2], [3]], "[2]"),
            ([[1, 1], [2, 2], [3, "3"]], "[2][1]"),
            ([[1, 1], [2, 2], [3, 1e9]], "[2][1]"),
            ([[1, 1], [2, 2], [30, 3]], "[2]"),
            ([[1, 1], [1, 1], [1, 1], [2, 2]], ""),
            ([[1, 1], [2, 2], [3, 3]], ""),
            ([[1, 1], [4, 4], [4, 1], [1, 4]], ""),
            ([[[1, 1], [4, 1], [4, 4]]], "[0][0]"),
            ([[]], ""),
            ([[[[1, 1], [4, 1], [4, 4]]], []], "[1]"),
            ([[[[1, 1], [4, 1], [4, 4]]], [[]]], "[1][0]"),
            ([[[[1, 1], [4, 1], [4, 4]], [[6, 6], [7, 6], [7, 7]]]], ""),
            ([[[[1, 1], [4, 1], [4, 4]]], [[[2, 1], [5, 1], [5, 4]]]], ""),
            ([[[[1, 1], [9, 1], [9, 9]]], [[[3, 2], [4, 2], [4, 3]]]], ""),
            ([[[[[1, 1], [4, 1], [4, 4]]]]], "[0][0]"),
        ],
    ),
    "polyline": Example(
        "polyline",
        [{"class": "car", "polyline": [[9, 1], [9, 1], [5, 5], [9, 1]]}],
        [[[9.0, 1.0], [5.0, 5.0], [9.0, 1.0]]],
        [
            *[(value, "") for value in _NO_NUMBERS],
            ([[1, 1], [1, 1]], ""),
            ([[1, 1], [1, 11]], "[1]"),
            ([[1, 1], [1, 1e9]], "[1][1]"),
            ([[1, 1], "12"], "[1]"),
            ([[1, 1], [1, False]], "[1][1]"),
        ],
    ),
    "keypoints": Example(
        "keypoints",
        [{"class": "car", "keypoints": [[1, 2, 2], [99, 99, 0]]}],
        [[[1.0, 2.0, 2], [0.0, 0.0, 0]]],
        [
            *[(value, "") for value in _NO_NUMBERS],
            ([[1, 2, 2]], ""),
            ([[1, 2, 2], [1, 2, 3]], "[1][2]"),
            ([[1, 2, 0.5], [1, 2, 2]], "[0][2]"),
            ([[1, 2, 2], [99, 2, 1]], "[1]"),
            ([[1, 2, 2], [1, 2]], "[1]"),
            ([[1, 2, 0], [1, 2, 0]], ""),
            ([[1, 2, 2], [1e9, 2, 0]], "[1][0]"),
        ],
    ),
    "point": Example(
        "point",
        [{"class": "car", "point": [20, 10]}],
        [[20.0, 10.0]],
        [
            *[(value, "") for value in (*_NO_NUMBERS, [21, 1], [1, -1])],
            ([1, None], "[1]"),
            ([1, 1e9], "[1]"),
        ],
    ),
    "ellipse": Example(
        "ellipse",
        [{"class": "car", "ellipse": [5, 5, 1, 2, 100]}, {"class": "car", "ellipse": [5, 5, 2, 2, 33]}],
        [[5.0, 5.0, 2.0, 1.0, 10.0], [5.0, 5.0, 2.0, 2.0, 0.0]],
        [
            *[(value, "") for value in (*_NO_NUMBERS, [5, 5, 0, 4, 0], [5, -5, 1, 1, 0])],
            ([5, 5, 2, 1e9, 0], "[3]"),
        ],
    ),
    "cuboid_2d": Example(
        "cuboid_2d",
        [{"class": "car", "cuboid_2d": [[1, 3], [4, 3], [4, 6], [1, 6], [2, 2], [5, 2], [5, 5], [2, 5]]}],
        [[[1.0, 3.0], [4.0, 3.0], [4.0, 6.0], [1.0, 6.0], [2.0, 2.0], [5.0, 2.0], [5.0, 5.0], [2.0, 5.0]]],
        [
            *[(value, "") for value in _NO_NUMBERS],
            ([[1, 3]] * 8, ""),
            ([[1, 3]] * 7, ""),
            ([[1, 6], [4, 6], [4, 3], [1, 3], [2, 2], [5, 2], [5, 5], [2, 5]], ""),
            ([[41, 3], [44, 3], [44, 6], [41, 6], [42, 2], [45, 2], [45, 5], [42, 5]], ""),
            ([[1, 3], [4, 3], [4, 6], [1, 6], [2, 2], [5, 2], [5, 5], [2, 1e9]], "[7][1]"),
        ],
    ),
    "cuboid_3d": Example(
        "cuboid_3d",
        [
            {"class": "car", "cuboid_3d": {"center": [1, 2, 3], "size": [4, 2, 1.5], "yaw": 3.5 * 3.141592653589793}},
            {"class": "car", "cuboid_3d": {"center": [0, 0, 0], "size": [1, 1, 1], "quaternion": [-1, 0, 0, -1e-3]}},
        ],
        [
            {"center": [1.0, 2.0, 3.0], "size": [4.0, 2.0, 1.5], "yaw": -1.570796},
            {
                "center": [0.0, 0.0, 0.0],
                "size": [1.0, 1.0, 1.0],
                "yaw": 0.002,
                "quaternion": [0.9999995, 0.0, 0.0, 0.001],
            },
        ],
        [
            *[(value, "") for value in (None, "1", [], [1], True, 1)],
            ({}, ".center"),
            ({"center": [1, 2, 3], "size": [4, 2, 1]}, ".yaw"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "yaw": 0, "pitch": 0}, ".pitch"),
            ({"center": [1, 2, 3], "size": [4, 2, 0], "yaw": 0}, ".size"),
            ({"center": [1, 2, 3], "size": [4, 2, -1], "yaw": 0}, ".size"),
            ({"center": [1, 2, 3], "size": [4, 2, 1e9], "yaw": 0}, ".size[2]"),
            ({"center": [1, 2, 1e9], "size": [4, 2, 1], "yaw": 0}, ".center[2]"),
            ({"center": [1, 2], "size": [4, 2, 1], "yaw": 0}, ".center"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "yaw": "north"}, ".yaw"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "yaw": None}, ".yaw"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "yaw": 1e9}, ".yaw"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "quaternion": [1, 1, 0, 0]}, ".quaternion"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "quaternion": [0, 0, 0, 0]}, ".quaternion"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "quaternion": [0, 0, 0, 2]}, ".quaternion[3]"),
            ({"center": [1, 2, 3], "size": [4, 2, 1], "yaw": 1, "quaternion": [1, 0, 0, 0]}, ".yaw"),
        ],
    ),
    "instance_segmentation": Example(
        "mask",
        [{"class": "car", "mask": _LEFT}, {"class": "car", "mask": _LEFT}],
        [_KEPT_LEFT, _KEPT_LEFT],
        _BROKEN_MASKS,
    ),
    "semantic_segmentation": Example(
        "mask",
        [{"class": "car", "mask": _LEFT}, {"class": "unknown", "mask": _RIGHT}],
        [_KEPT_LEFT, _KEPT_RIGHT],
        _BROKEN_MASKS,
    ),
    "panoptic_segmentation": Example(
        "mask",
        [
            {"class": "car", "mask": _mask([0, 50, 150])},
            {"class": "car", "mask": _mask([50, 50, 100])},
            {"class": "road", "mask": _RIGHT},
        ],
        [_mask("0b1f4"), _mask("b1b1T3"), _KEPT_RIGHT],
        _BROKEN_MASKS,
    ),
}


def broken_answers(kind: str) -> list[tuple[list[Json], str]]:
    """Return answers of a type that are refused, each with one thing wrong, and the field that is named."""
    example = EXAMPLES[kind]
    first, *rest = example.given
    found: list[tuple[list[Json], str]] = [
        ([first | {"class": "bird"}, *rest], "annotations[0].class"),
        ([first | {"class": None}, *rest], "annotations[0].class"),
        ([first | {"id": "x" * 65}, *rest], "annotations[0].id"),
        ([first | {"score": 0.5}, *rest], "annotations[0].score"),
        ([first | {"attributes": {"colour": "red"}}, *rest], "annotations[0].attributes.colour"),
        ([first | {"attributes": {"weather": "snow"}}, *rest], "annotations[0].attributes.weather"),
        ([first | {"attributes": {"note": "x" * 21}}, *rest], "annotations[0].attributes.note"),
        ([first | {"relations": [{"name": "eats", "to": "1"}]}, *rest], "annotations[0].relations[0].name"),
        ([first | {"relations": [{"name": "beside", "to": "9"}]}, *rest], "annotations[0].relations[0].to"),
        ([first | {"relations": [{"name": "beside", "to": "1"}]}, *rest], "annotations[0].relations[0].to"),
        ([{name: value for name, value in first.items() if name != "class"}, *rest], "annotations[0].class"),
    ]
    if example.member is not None:
        found += [
            ([first | {example.member: value}, *rest], f"annotations[0].{example.member}{place}")
            for value, place in example.broken
        ]
        found.append(([{"class": "car"}], f"annotations[0].{example.member}"))
    else:
        found.append(([first | {"box": [0, 0, 1, 1]}, *rest], "annotations[0].box"))
    return found
