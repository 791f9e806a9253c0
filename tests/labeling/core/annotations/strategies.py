"""Answers of every type that hypothesis makes up: right ones, and ones that are wrong in every way it finds."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from labeling.core.annotations.ontology import ClassKind
from tests.labeling.core.annotations.examples import EXAMPLES, HEIGHT, ONTOLOGY, WIDTH, Json

Shapes = st.SearchStrategy[Any]

_X = st.one_of(st.integers(0, WIDTH), st.floats(0, WIDTH))
_Y = st.one_of(st.integers(0, HEIGHT), st.floats(0, HEIGHT))
_POINT = st.tuples(_X, _Y).map(list)
_ANGLES = st.one_of(st.sampled_from([0, 90, -90, 180, 359.9999999, 179.9999999]), st.floats(-1_000, 1_000))
_TURNED = st.tuples(_X, _Y, st.floats(0.01, 30), st.floats(0.01, 30), _ANGLES).map(list)


@st.composite
def _boxes(draw: st.DrawFn) -> list[float]:
    x1, y1 = draw(st.floats(0, WIDTH - 1)), draw(st.floats(0, HEIGHT - 1))
    return [x1, y1, draw(st.floats(x1 + 0.02, WIDTH)), draw(st.floats(y1 + 0.02, HEIGHT))]


@st.composite
def _stars(draw: st.DrawFn, *, at: tuple[float, float], most: float) -> list[list[float]]:
    """Return a ring around a place that crosses itself nowhere, in either direction and from any corner on."""
    radii = draw(st.lists(st.floats(most / 2, most), min_size=3, max_size=9))
    ring = [
        [
            at[0] + radius * math.cos(2 * math.pi * n / len(radii)),
            at[1] + radius * math.sin(2 * math.pi * n / len(radii)),
        ]
        for n, radius in enumerate(radii)
    ]
    first = draw(st.integers(0, len(ring) - 1))
    turned = ring[first:] + ring[:first]
    return turned[::-1] if draw(st.booleans()) else turned


@st.composite
def _polygons(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        return draw(_stars(at=(5, 5), most=4.5))
    near = [draw(_stars(at=(5, 5), most=4.5)), *draw(st.lists(_stars(at=(5, 5), most=0.9), max_size=1))]
    far = draw(st.lists(_stars(at=(15, 5), most=4.5).map(lambda ring: [ring]), max_size=1))
    return draw(st.permutations([near, *far]))


@st.composite
def _lines(draw: st.DrawFn) -> list[Any]:
    points = draw(st.lists(_POINT, min_size=1, max_size=6))
    return [[0, 0], *points, [WIDTH, HEIGHT]]


@st.composite
def _cuboids_2d(draw: st.DrawFn) -> list[Any]:
    x1, y1, x2, y2 = draw(_boxes())
    x2, y2 = x1 + max(x2 - x1, 0.5), y1 + max(y2 - y1, 0.5)
    dx, dy = draw(st.floats(-5, 5)), draw(st.floats(-5, 5))
    front = [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]
    return front + [[x + dx, y + dy] for x, y in front]


@st.composite
def _cuboids_3d(draw: st.DrawFn) -> Json:
    center = draw(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
    size = draw(st.lists(st.floats(0.001, 100), min_size=3, max_size=3))
    if draw(st.booleans()):
        turn = st.one_of(st.sampled_from([math.pi, -math.pi, 3.1415926, -3.1415927, 6.283185307]), st.floats(-100, 100))
        return {"center": center, "size": size, "yaw": draw(turn)}
    numbers = np.array(draw(st.lists(st.floats(-1, 1), min_size=4, max_size=4)))
    length = float(np.linalg.norm(numbers))
    quaternion = (numbers / length).tolist() if length > 0.01 else [1, 0, 0, 0]
    return {
        "center": center,
        "size": size,
        "quaternion": [number * draw(st.floats(0.995, 1.0)) for number in quaternion],
    }


def _runs(pixels: np.ndarray) -> list[int]:
    flat = pixels.T.ravel()
    bounds = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(np.int8), [0]])))
    runs: list[int] = np.diff(np.concatenate([[0], bounds, [flat.size]])).tolist()
    return runs


_SEGMENTS = st.lists(st.integers(0, 3), min_size=WIDTH * HEIGHT, max_size=WIDTH * HEIGHT).map(
    lambda numbers: np.array(numbers).reshape(HEIGHT, WIDTH)
)


@st.composite
def _segmented(draw: st.DrawFn, kind: str) -> list[Json]:
    segments = draw(_SEGMENTS)
    names = {
        "instance_segmentation": ["car", "vehicle", "car", "car"],
        "semantic_segmentation": ["car", "vehicle", "road", "unknown"],
        "panoptic_segmentation": ["car", "car", "road", "unknown"],
    }[kind]
    return [
        {"class": names[number], "mask": {"size": [HEIGHT, WIDTH], "counts": _runs(segments == number)}}
        for number in np.unique(segments).tolist()
    ]


SHAPES: dict[str, Shapes] = {
    "bounding_box": _boxes(),
    "rotated_box": _TURNED,
    "polygon": _polygons(),
    "polyline": _lines(),
    "keypoints": st.tuples(_POINT, _POINT, st.sampled_from([0, 1, 2])).map(
        lambda drawn: [[*drawn[0], 2], [*drawn[1], drawn[2]]]
    ),
    "point": _POINT,
    "ellipse": _TURNED,
    "cuboid_2d": _cuboids_2d(),
    "cuboid_3d": _cuboids_3d(),
}


@st.composite
def answers(draw: st.DrawFn, kind: str) -> list[Json]:
    """Return an answer that is right, with attributes and relations."""
    if kind in {"image_classification", "multi_label_classification"}:
        names = draw(st.lists(st.sampled_from(ONTOLOGY.class_names), unique=True, max_size=4))
        raw: list[Json] = [{"class": name} for name in (names[:1] or ["car"] if kind.startswith("image") else names)]
    elif kind in SHAPES:
        member = EXAMPLES[kind].member or ""
        raw = [{"class": "car", member: shape} for shape in draw(st.lists(SHAPES[kind], max_size=4))]
    else:
        raw = draw(_segmented(kind))
    for each in raw:
        if draw(st.booleans()):
            each["attributes"] = draw(st.dictionaries(st.just("weather"), st.sampled_from(["sun", "rain"])))
        if draw(st.booleans()) and each["class"] == "car":
            each["attributes"] = {"doors": draw(st.integers(2, 5)), "parked": draw(st.booleans())}
    things = [place for place, each in enumerate(raw) if ONTOLOGY.kind_of(each["class"]) is ClassKind.THING]
    if len(things) > 1:
        relation = {"name": draw(st.sampled_from(["tows", "beside"])), "to": str(things[0] + 1)}
        raw[things[1]]["relations"] = [relation]
    return raw


_ODD_NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.sampled_from([1e9, -1e9, 2**63, 10**400, -0.0, 5e-324]),
)
_ODD = st.one_of(_ODD_NUMBERS, st.booleans(), st.none(), st.text(max_size=10))
_NESTED = st.recursive(
    _ODD,
    lambda inner: st.one_of(st.lists(inner, max_size=9), st.dictionaries(st.text(max_size=8), inner)),
    max_leaves=30,
)
_RINGS = st.lists(st.tuples(_X, _Y).map(list), min_size=1, max_size=60)
_BROKEN_POINTS = st.lists(st.lists(_ODD_NUMBERS, min_size=1, max_size=4), max_size=12)
_SIZES = st.sampled_from([[HEIGHT, WIDTH], [200_000, 200_000], [0, 0], [-1, -1], [HEIGHT], [HEIGHT, True], "10x20"])
_COUNTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=[chr(48 + code) for code in range(64)], max_size=200),
    st.lists(st.integers(-3, 300), max_size=60),
    st.lists(_ODD, max_size=10),
    st.integers(0, 100_000).map(lambda n: [0] * n),
)
_MASKS = st.fixed_dictionaries({"size": _SIZES, "counts": _COUNTS})


def _deep(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


_ODD_SHAPES = st.one_of(
    _NESTED,
    _RINGS,
    _BROKEN_POINTS,
    st.lists(st.lists(_RINGS, max_size=3), max_size=3),
    _MASKS,
    st.lists(_ODD_NUMBERS, min_size=1, max_size=8),
    st.sampled_from([1, 3, 30, 900]).map(_deep),
    st.integers(0, 60_000).map(lambda n: [[1, 1]] * n),
)


@st.composite
def hostile_answers(draw: st.DrawFn, kind: str) -> Any:
    """Return an answer with something odd somewhere: in place of a shape, a member, an annotation or all of it."""
    raw: list[Any] = draw(answers(kind))
    how = draw(st.sampled_from(["shape", "shape", "shape", "member", "name", "item", "all", "many"]))
    if how == "all" or not raw:
        return draw(_NESTED)
    place = draw(st.integers(0, len(raw) - 1))
    if how == "shape":
        raw[place][EXAMPLES[kind].member or "box"] = draw(_ODD_SHAPES)
    elif how == "member":
        raw[place][draw(st.sampled_from(["id", "class", "attributes", "relations"]))] = draw(_NESTED)
    elif how == "name":
        raw[place][draw(st.text(max_size=200))] = draw(_ODD)
    elif how == "item":
        raw[place] = draw(_NESTED)
    else:
        raw = raw * draw(st.integers(2, 2_000))
    return raw
