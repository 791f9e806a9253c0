"""Scores on known answers, abilities that follow from them, and gold that is doubted."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.core.conflicts import ConflictKind
from labeling.core.geometry.registry import GEOMETRIES
from quality.core.gold.ability import Ability, ability_of
from quality.core.gold.dispute import is_disputed
from quality.core.gold.scoring import GoldScore, score_class, score_shapes_of_answer
from quality.core.shapes.scoring import NamedShapes

BOX = GEOMETRIES["box"]()
# One shape a kind, and another far from it, as files write them.
SHAPES = {
    "box": ([0, 0, 10, 10], [50, 50, 60, 60]),
    "rotated_box": ([5, 5, 8, 4, 30], [80, 80, 8, 4, 30]),
    "polygon": ([[0, 0], [10, 0], [10, 10]], [[50, 50], [60, 50], [60, 60]]),
    "point": ([5, 5], [90, 90]),
    "ellipse": ([5, 5, 4, 2, 0], [80, 80, 4, 2, 0]),
}


def named(boxes: Sequence[Sequence[float]], labels: str) -> NamedShapes:
    """Return boxes with a letter each for their classes."""
    return NamedShapes(shapes=BOX.collect([BOX.read(list(box)) for box in boxes]), labels=tuple(labels))


def scored(boxes: Sequence[Sequence[float]], labels: str, known: Sequence[Sequence[float]], names: str) -> GoldScore:
    """Return the score of boxes against known ones."""
    return score_shapes_of_answer(BOX, named(boxes, labels), named(known, names))


def kinds(score: GoldScore) -> list[tuple[str, int | None, int | None]]:
    """Return the conflicts without their similarity."""
    return [(conflict.kind.value, conflict.given, conflict.known) for conflict in score.conflicts]


def test_a_class_is_right_or_mismatches() -> None:
    assert score_class("cat", "cat") == GoldScore(1.0, ())
    wrong = score_class("dog", "cat")
    assert (wrong.score, wrong.is_right, kinds(wrong)) == (0.0, False, [("mismatching_label", 0, 0)])


def test_the_same_boxes_in_any_order_are_right() -> None:
    boxes = [[0, 0, 10, 10], [20, 20, 30, 30]]
    score = scored(boxes[::-1], "ba", boxes, "ab")
    assert (score.score, score.conflicts) == (1.0, ())


def test_two_empty_answers_agree() -> None:
    assert scored([], "", [], "").is_right


def test_every_difference_is_named() -> None:
    known = [[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 70, 10]]
    given_boxes = [
        [0, 0, 10, 10],  # right place, wrong name
        [20, 0, 30, 4],  # overlaps too little
        [40, 0, 50, 10],  # right
        [40, 0, 50, 9],  # drawn twice
        [90, 90, 95, 95],  # nothing there
    ]
    score = scored(given_boxes, "baaaa", known, "aaaa")
    assert sorted(kinds(score), key=str) == sorted(
        [
            (ConflictKind.MISMATCHING_LABEL, 0, 0),
            (ConflictKind.LOW_OVERLAP, 1, 1),
            (ConflictKind.COVERED_ANNOTATION, 3, 2),
            (ConflictKind.EXTRA_ANNOTATION, 4, None),
            (ConflictKind.MISSING_ANNOTATION, None, 3),
        ],
        key=str,
    )
    assert score.score == pytest.approx(2 * 1 / 9)


@pytest.mark.parametrize("kind", SHAPES)
def test_every_shape_is_scored(kind: str) -> None:
    geometry = GEOMETRIES[kind]()
    near, far = (geometry.read(shape) for shape in SHAPES[kind])
    known = NamedShapes(shapes=geometry.collect([near]), labels=("a",))
    assert score_shapes_of_answer(geometry, known, known).score == pytest.approx(1.0)
    missed = score_shapes_of_answer(geometry, NamedShapes(shapes=geometry.collect([far]), labels=("a",)), known)
    assert missed.score == 0.0
    assert [conflict.kind for conflict in missed.conflicts] == ["extra_annotation", "missing_annotation"]


coordinates = st.integers(0, 30)
a_box = st.tuples(coordinates, coordinates, st.integers(1, 15), st.integers(1, 15)).map(
    lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
)
some_boxes = st.lists(st.tuples(a_box, st.sampled_from("ab")), max_size=6)


@given(some_boxes, some_boxes)
def test_every_annotation_is_accounted_for_once(
    answer: list[tuple[list[int], str]], truth: list[tuple[list[int], str]]
) -> None:
    score = scored(
        [b for b, _ in answer], "".join(n for _, n in answer), [b for b, _ in truth], "".join(n for _, n in truth)
    )
    assert 0.0 <= score.score <= 1.0
    n_right = round(score.score * (len(answer) + len(truth)) / 2)
    given_in_conflict = [c.given for c in score.conflicts if c.given is not None]
    assert len(set(given_in_conflict)) == len(given_in_conflict)
    assert len(given_in_conflict) + n_right == len(answer) or not (answer or truth)
    known_unfound = [
        c.known for c in score.conflicts if c.kind != ConflictKind.COVERED_ANNOTATION and c.known is not None
    ]
    assert len(set(known_unfound)) == len(known_unfound)
    assert len(known_unfound) + n_right == len(truth) or not (answer or truth)


def test_ability_starts_at_plain_competence_and_follows_the_latest_answers() -> None:
    assert Ability().mean == pytest.approx(0.8)
    was_good = ability_of([1.0] * 60 + [0.0] * 40, [0.0] * 100)
    was_bad = ability_of([0.0] * 40 + [1.0] * 60, [0.0] * 100)
    assert was_good.mean < 0.5 < was_bad.mean


def test_ability_fades_with_time_into_what_is_assumed_of_anybody() -> None:
    means = [ability_of([0.0] * 20, [float(days)] * 20).mean for days in (0, 180, 3650)]
    assert means[0] < means[1] < means[2]
    assert means[2] == pytest.approx(0.8, abs=0.01)


def test_the_interval_holds_the_true_share_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    held, n_workers = 0, 400
    for _ in range(n_workers):
        share = rng.beta(4, 1)
        low, high = ability_of((rng.random(30) < share).astype(float).tolist(), [0.0] * 30).interval()
        held += low <= share <= high
    assert held / n_workers >= 0.88


@pytest.mark.parametrize(("scores", "ages"), [([1.0], []), ([1.5], [0.0]), ([1.0], [-1.0])])
def test_scores_and_ages_out_of_range_are_refused(scores: list[float], ages: list[float]) -> None:
    with pytest.raises(ValueError, match="must"):
        ability_of(scores, ages)


GOOD = Ability(n_right=30, n_wrong=1)
POOR = Ability(n_right=5, n_wrong=20)


def test_gold_is_disputed_by_several_good_workers_alone() -> None:
    assert is_disputed([(GOOD, False)] * 3)
    assert not is_disputed([(GOOD, False)] * 2)
    assert not is_disputed([(POOR, False)] * 20)
    assert not is_disputed([(Ability(), False)] * 20)  # strangers
    assert not is_disputed([(GOOD, False)] * 3 + [(GOOD, True)] * 3)


def test_right_gold_is_seldom_disputed() -> None:
    rng = np.random.default_rng(11)
    ability = Ability(n_right=40, n_wrong=6)
    disputes = 0
    for _ in range(300):
        right = rng.random(12) < ability.mean
        # Looked at after every answer, as it is in a job.
        disputes += any(is_disputed([(ability, bool(each)) for each in right[:n]]) for n in range(3, 13))
    assert disputes / 300 < 0.02
