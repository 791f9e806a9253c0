"""Two runs compared: nothing changes beside itself, and every change is told."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from labeling.core.conflicts import ConflictKind
from labeling.core.geometry.registry import GEOMETRIES
from quality.core.gold.scoring import Conflict, GoldScore, match_shapes, score_class
from quality.core.run_comparison import Change, Concluded, Summary, change_of
from quality.core.shapes.scoring import NamedShapes

BOX = GEOMETRIES["box"]()
NEAR, FAR = [0.0, 0.0, 10.0, 10.0], [50.0, 50.0, 60.0, 60.0]


def of_class(label: str | None, state: str = "final") -> Concluded:
    """Return a conclusion on a class."""
    return Concluded(state=state, confidence=0.9, label=label)


def change(first: Concluded, second: Concluded) -> Change:
    """Return what changed on a class."""
    scored = GoldScore(1.0, ()) if first.label == second.label else score_class("one", "other")
    return change_of(first, second, scored)


def change_of_boxes(before: tuple[list[list[float]], str], after: tuple[list[list[float]], str]) -> Change:
    """Return what changed on boxes, with a letter each for their classes."""
    one, other = (NamedShapes(BOX.collect(boxes), tuple(labels)) for boxes, labels in (before, after))
    found = Concluded(state="final", confidence=0.9, names_one_class=False)
    return change_of(found, found, match_shapes(BOX, other, one).scored())


def summarised(pairs: Iterable[tuple[Concluded, Concluded]]) -> Summary:
    """Return the sum of many tasks' changes."""
    summary = Summary()
    for first, second in pairs:
        summary.add(first, second, change(first, second))
    return summary


conclusions = st.lists(
    st.builds(of_class, st.sampled_from(["a", "b", "c", None]), st.sampled_from(["final", "disputed"])), max_size=30
)


@given(conclusions)
def test_a_run_beside_itself_shows_no_change(run: list[Concluded]) -> None:
    summary = summarised(zip(run, run, strict=True))
    assert (summary.n_flipped, summary.n_state_changed, summary.n_tasks) == (0, 0, len(run))
    assert summary.kappa in (None, pytest.approx(1.0))


@given(conclusions, st.randoms(use_true_random=False))
def test_flips_are_the_same_both_ways(run: list[Concluded], chance: object) -> None:
    other = list(run)
    chance.shuffle(other)  # type: ignore[attr-defined]
    there, back = summarised(zip(run, other, strict=True)), summarised(zip(other, run, strict=True))
    assert (there.n_flipped, there.n_state_changed) == (back.n_flipped, back.n_state_changed)
    assert there.kappa == (None if back.kappa is None else pytest.approx(back.kappa))
    assert there.moves == {(to, start): count for (start, to), count in back.moves.items()}


def test_kappa_is_that_of_scikit_learn() -> None:
    first, second = list("aabbccabca"), list("abbbccaaca")
    summary = summarised((of_class(one), of_class(other)) for one, other in zip(first, second, strict=True))
    assert summary.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_a_change_of_state_alone_is_no_flip() -> None:
    found = change(of_class("a"), of_class("a", "disputed"))
    assert (found.flipped, found.state_changed, found.is_any) == (False, True, True)


def test_boxes_that_appear_go_or_are_renamed_are_told() -> None:
    found = change_of_boxes(([NEAR], "a"), ([NEAR, FAR], "ba"))
    assert [(c.kind.value, c.given, c.known) for c in found.conflicts] == [
        ("mismatching_label", 0, 0),
        ("extra_annotation", 1, None),
    ]
    gone = change_of_boxes(([NEAR, FAR], "aa"), ([NEAR], "a"))
    assert [c.kind.value for c in gone.conflicts] == ["missing_annotation"]
    assert gone.found_again == pytest.approx(2 / 3)


def test_another_class_is_told_by_its_name_and_other_attributes_as_a_difference() -> None:
    assert change(of_class("a"), of_class("b")).conflicts == ()
    described = GoldScore(0.5, (Conflict(ConflictKind.MISMATCHING_ATTRIBUTES, 0, 0),))
    found = change_of(of_class("a"), of_class("a"), described)
    assert (found.flipped, found.found_again, len(found.conflicts)) == (True, 1.0, 1)
