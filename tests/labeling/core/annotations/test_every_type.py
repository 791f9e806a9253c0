"""What must hold of every annotation type: one canonical form, and refusals that name the place and cost little."""

import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.annotations import ANNOTATION_TYPES, Refusal, Subject
from labeling.core.annotations.annotated import MAX_ANNOTATIONS
from labeling.core.annotations.chains import MAX_POINTS
from labeling.core.annotations.masks import MAX_RUNS, MAX_TEXT
from tests.labeling.core.annotations.examples import EXAMPLES, ONTOLOGY, Json, broken_answers, subject_of
from tests.labeling.core.annotations.strategies import answers, hostile_answers

KINDS = sorted(ANNOTATION_TYPES)
# Of the processor, whatever else the machine does.
LIMIT_S = 0.1


def refusal_of(kind: str, raw: Any, subject: Subject | None = None) -> Refusal | None:
    """Return why an answer is refused, or None; anything but a refusal is raised."""
    try:
        ANNOTATION_TYPES[kind].parse(raw, subject or subject_of(kind))
    except Refusal as refusal:
        return refusal
    return None


def cost_s(kind: str, raw: Any, subject: Subject | None = None) -> float:
    """Return the processor's seconds to judge an answer: the least of three, as others' garbage is collected too."""
    costs = []
    for _ in range(3):
        start = time.process_time()
        refusal_of(kind, raw, subject)
        costs.append(time.process_time() - start)
        if costs[-1] <= LIMIT_S:
            break
    return min(costs)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_is_one_form_and_reads_as_itself(kind: str) -> None:
    example = EXAMPLES[kind]
    kept = ANNOTATION_TYPES[kind].parse(example.given, subject_of(kind))
    assert [each["id"] for each in kept] == [str(number) for number in range(1, len(kept) + 1)]
    if example.member is not None:
        assert [each[example.member] for each in kept] == example.kept
    assert ANNOTATION_TYPES[kind].parse(kept, subject_of(kind)) == kept


@pytest.mark.parametrize(
    ("kind", "raw", "field"), [(kind, raw, field) for kind in KINDS for raw, field in broken_answers(kind)]
)
def test_what_is_broken_is_refused_at_its_field(kind: str, raw: list[Json], field: str) -> None:
    refusal = refusal_of(kind, raw)
    assert refusal is not None
    assert refusal.field == field


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400), 1e300, 1e9, -1e9, True, "1", 1j])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if EXAMPLES[kind].member])
def test_no_number_of_any_shape_may_be_anything_but_a_plain_number(kind: str, value: Any) -> None:
    example = EXAMPLES[kind]
    member, (first, *rest) = example.member or "", example.given
    for shape in _with_each_number_replaced(first[member], value):
        assert refusal_of(kind, [first | {member: shape}, *rest]) is not None, shape


def _with_each_number_replaced(shape: Any, value: Any) -> list[Any]:
    """Return copies of nested JSON, each with one number replaced."""
    if isinstance(shape, dict):
        return [shape | {name: each} for name in shape for each in _with_each_number_replaced(shape[name], value)]
    if isinstance(shape, list):
        return [
            [*shape[:place], each, *shape[place + 1 :]]
            for place in range(len(shape))
            for each in _with_each_number_replaced(shape[place], value)
        ]
    return [value] if isinstance(shape, int | float) else []


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_every_answer_that_is_taken_reads_as_itself(kind: str, data: st.DataObject) -> None:
    raw, subject = data.draw(answers(kind)), subject_of(kind)
    kept = ANNOTATION_TYPES[kind].parse(raw, subject)
    assert ANNOTATION_TYPES[kind].parse(kept, subject) == kept
    assert len(kept) == len(raw)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_answer_however_broken_does_more_than_be_refused_at_once(kind: str, data: st.DataObject) -> None:
    raw, subject = data.draw(hostile_answers(kind)), subject_of(kind)
    refusal = refusal_of(kind, raw, subject)
    if refusal is None:
        kept = ANNOTATION_TYPES[kind].parse(raw, subject)
        assert ANNOTATION_TYPES[kind].parse(kept, subject) == kept
        return
    assert refusal.field.isprintable()
    assert len(refusal.field) + len(refusal.detail) < 1_000
    assert cost_s(kind, raw, subject) <= LIMIT_S


def _crowd(kind: str, *, last: Json, n: int = MAX_ANNOTATIONS) -> list[Json]:
    """Return as many annotations as are taken, all right but the last."""
    first = EXAMPLES[kind].given[0]
    return [{**first, "attributes": {"weather": "sun", "note": "x", "parked": True}} for _ in range(n - 1)] + [last]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if EXAMPLES[kind].member])
@pytest.mark.parametrize("broken", ["shape", "class", "attribute", "relation"])
def test_5000_annotations_of_which_the_last_is_broken_are_refused_in_100_ms(kind: str, broken: str) -> None:
    example = EXAMPLES[kind]
    first: Json = example.given[0]
    lasts: dict[str, Json] = {
        "shape": first | {example.member or "": example.broken[-1][0]},
        "class": first | {"class": "bird"},
        "attribute": first | {"attributes": {"doors": 9}},
        "relation": first | {"relations": [{"name": "tows", "to": "5000"}]},
    }
    raw = _crowd(kind, last=lasts[broken])
    if kind == "semantic_segmentation":
        raw[1] = raw[1] | {"class": "road"}
    assert refusal_of(kind, raw) is not None
    assert cost_s(kind, raw) <= LIMIT_S


WIDE = Subject(ONTOLOGY, width=20_000, height=20_000)


def _comb(n_teeth: int, *, slant: float) -> Any:
    """Return an outline of long teeth; slanted ones lie beside each other everywhere."""
    teeth = [point for n in range(n_teeth) for point in ([100 + n, 100], [100.5 + n + slant, 10_000])]
    return [*teeth, [100 + n_teeth, 100], [100 + n_teeth, 50], [100, 50]]


def _circle(n_points: int, *, radius: float, at: float = 10_000) -> list[list[float]]:
    turns = [2 * math.pi * n / n_points for n in range(n_points)]
    return [[at + radius * math.cos(turn), at + radius * math.sin(turn)] for turn in turns]


_BOW_TIE = [[0, 0], [9, 9], [9, 0], [0, 9]]
_TINY = [[[[1 + n * 0.5, 1], [1.2 + n * 0.5, 1], [1.2 + n * 0.5, 1.2]]] for n in range(5_000)]
EXPENSIVE: dict[str, list[Any]] = {
    "all the points there may be": [_circle(MAX_POINTS - 4, radius=9_000), _BOW_TIE],
    "more points than there may be": [_circle(MAX_POINTS + 1, radius=9_000)],
    "many outlines": [*[_circle(10, radius=5)] * 4_900, _BOW_TIE],
    "crossing itself everywhere": [[[(n * 7919) % 19_997, (n * 104_729) % 19_993] for n in range(20_000)]],
    "a comb": [_comb(20_000, slant=0), _BOW_TIE],
    "a slanted comb": [_comb(20_000, slant=9_000)],
    "slanted combs": [*[_comb(900, slant=9_000)] * 2, _BOW_TIE],
    "many parts": [_TINY, _BOW_TIE],
    "many holes": [[[_circle(20_000, radius=9_000), *[ring for [ring] in _TINY[:4_000]]]]],
    "many parts in one another": [
        [[[[n, 0], [n + 0.5, 0], [n + 0.5, 19_000 - n], [19_000, 19_000 - n], [n, 19_000.4 - n]]] for n in range(5_000)]
    ],
}


@pytest.mark.parametrize("what", EXPENSIVE)
def test_outlines_made_to_be_expensive_are_refused_in_100_ms(what: str) -> None:
    raw = [{"class": "car", "polygon": polygon} for polygon in EXPENSIVE[what]]
    assert refusal_of("polygon", raw, WIDE) is not None
    assert cost_s("polygon", raw, WIDE) <= LIMIT_S


@pytest.mark.parametrize("kind", ["instance_segmentation", "panoptic_segmentation"])
@pytest.mark.parametrize(
    "counts",
    [
        ["1" * MAX_TEXT],
        ["1" * (MAX_TEXT + 1)],
        ["o" * MAX_TEXT],
        ["1" * 200] * 5_000,
        ["n" * 6 + "1"] * 5_000,
        [[1] * MAX_RUNS],
        [[1] * (MAX_RUNS * 2)],
        [[0] * MAX_RUNS],
        [[1] * 50] * 5_000,
        [[2**40] * MAX_RUNS],
    ],
    ids=lambda counts: f"{len(counts)} x {len(counts[0])} {str(counts[0])[:8]}",
)
def test_run_lengths_made_to_be_expensive_are_refused_in_100_ms(kind: str, counts: list[Any]) -> None:
    raw = [{"class": "car", "mask": {"size": [20_000, 20_000], "counts": each}} for each in counts]
    assert refusal_of(kind, raw, WIDE) is not None
    assert cost_s(kind, raw, WIDE) <= LIMIT_S


def test_a_checkerboard_that_leaves_its_last_pixel_out_is_refused_in_100_ms() -> None:
    subject = Subject(ONTOLOGY, width=1_000, height=500)
    dark, light = "1" * 3 + "0" * 499_997, "01" + "1" + "0" * 499_996
    raw = [{"class": "car", "mask": {"size": [500, 1_000], "counts": text}} for text in (dark, light)]
    assert refusal_of("panoptic_segmentation", raw, subject) is not None
    assert cost_s("panoptic_segmentation", raw, subject) <= LIMIT_S


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_names_of_any_length_are_not_repeated(kind: str) -> None:
    refusal = refusal_of(kind, [{"class": "car", "x" * 1_000_000: 1}])
    assert refusal is not None
    assert len(refusal.field) < 200


@pytest.mark.parametrize("kind", KINDS)
def test_an_asset_of_the_wrong_kind_is_refused(kind: str) -> None:
    other = "image" if kind == "cuboid_3d" else "point_cloud"
    subject = Subject(ONTOLOGY, width=20, height=10, kind=other)
    refusal = refusal_of(kind, EXAMPLES[kind].given, subject)
    assert refusal is not None
    assert refusal.field == "annotations"
