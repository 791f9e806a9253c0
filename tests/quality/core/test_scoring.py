from __future__ import annotations

import numpy as np
import pytest

from labeling.core.geometry.boxes import as_boxes
from quality.core.scoring import BoxScore, NamedBoxes, score_boxes, score_classes, total


def named(boxes: list[list[float]], labels: str = "") -> NamedBoxes:
    return NamedBoxes(as_boxes(boxes), tuple(labels or "a" * len(boxes)))


def test_accuracy_counts_tasks_in_both_and_a_tie_as_wrong() -> None:
    score = score_classes({"t1": "cat", "t2": None, "t3": "dog", "t4": "cat"}, {"t1": "cat", "t2": "cat", "t3": "cat"})
    assert (score.n_right, score.n_scored) == (1, 3)
    assert score.accuracy == pytest.approx(1 / 3)


def test_accuracy_without_gold_is_unknown() -> None:
    assert score_classes({"t1": "cat"}, {}).accuracy is None


def test_boxes_scored_by_hand() -> None:
    concluded = named([[0, 0, 10, 10], [50, 50, 60, 60], [80, 80, 90, 90]], "aab")
    gold = named([[0, 0, 10, 8], [50, 50, 60, 60]], "ab")
    score = score_boxes(concluded, gold)
    assert (score.n_matched, score.n_named_right, score.n_concluded, score.n_gold) == (2, 1, 3, 2)
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == 1.0
    assert score.f1 == pytest.approx(0.8)
    assert score.f1_named == pytest.approx(0.4)
    assert score.mean_iou == pytest.approx(0.9)


def test_matching_makes_the_most_pairs_not_the_greediest() -> None:
    # The first box fits gold A best of all pairs, but then the second box would be left without a partner.
    concluded = named([[0, 0, 10, 10], [0, 0, 10, 16]])
    gold = named([[0, 0, 10, 11], [0, 0, 10, 6]])
    assert score_boxes(concluded, gold).n_matched == 2


def test_each_gold_box_is_matched_once() -> None:
    score = score_boxes(named([[0, 0, 10, 10], [0, 0, 10, 10]]), named([[0, 0, 10, 10]]))
    assert (score.n_matched, score.precision, score.recall) == (1, 0.5, 1.0)


def test_stricter_threshold_matches_less() -> None:
    concluded, gold = named([[0, 0, 10, 10]]), named([[0, 0, 10, 6]])
    assert score_boxes(concluded, gold, min_iou=0.6).n_matched == 1
    assert score_boxes(concluded, gold, min_iou=0.61).n_matched == 0


@pytest.mark.parametrize(("n_concluded", "n_gold"), [(0, 0), (0, 1), (1, 0)])
def test_images_without_boxes_have_the_figures_that_make_sense(n_concluded: int, n_gold: int) -> None:
    box = [[0.0, 0.0, 1.0, 1.0]]
    score = score_boxes(named(box * n_concluded), named(box * n_gold))
    assert score.precision == (0.0 if n_concluded else None)
    assert score.recall == (0.0 if n_gold else None)
    assert score.f1 == (0.0 if n_concluded + n_gold else None)
    assert score.f1_named == score.f1
    assert score.mean_iou is None


def test_images_are_added_up_box_by_box() -> None:
    one = score_boxes(named([[0, 0, 10, 10]]), named([[0, 0, 10, 10]]))
    none = score_boxes(named([]), named([[0, 0, 10, 10]]))
    assert total([one, none]).recall == 0.5
    assert total([]) == BoxScore()


def test_order_of_boxes_changes_no_score(rng: np.random.Generator) -> None:
    corners = rng.uniform(0, 50, size=(2, 12, 2))
    sides = rng.uniform(5, 30, size=(2, 12, 2))
    concluded, gold = np.concatenate([corners, corners + sides], axis=2)
    plain = score_boxes(NamedBoxes(concluded, ("a",) * 12), NamedBoxes(gold, ("a",) * 12), min_iou=0.2)
    order = rng.permutation(12)
    other = score_boxes(NamedBoxes(concluded[order], ("a",) * 12), NamedBoxes(gold[::-1], ("a",) * 12), min_iou=0.2)
    assert plain.n_matched == other.n_matched > 0
    assert plain.sum_iou == pytest.approx(other.sum_iou)


@pytest.mark.parametrize("min_iou", [0.0, 1.1])
def test_senseless_threshold_is_refused(min_iou: float) -> None:
    with pytest.raises(ValueError, match="min_iou"):
        score_boxes(named([]), named([]), min_iou=min_iou)
