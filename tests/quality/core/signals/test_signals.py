from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from quality.core.labels import LabelMatrix, index_labels
from quality.core.signals.constancy import constant_answers
from quality.core.signals.copying import copied_answers
from quality.core.signals.findings import Screening, benjamini_hochberg
from quality.core.signals.others import votes_per_task
from quality.core.signals.pace import too_fast
from quality.core.signals.patterns import patterned_answers
from quality.core.signals.randomness import random_answers
from tests.quality.core.signals.simulate import TimedCrowd, honest_crowd, with_copier

N_CROWDS = 20
SCREENS: dict[str, Callable[[TimedCrowd], Screening]] = {
    "too fast": lambda crowd: too_fast(crowd.labels.task, crowd.labels.worker, crowd.seconds, floor_s=1.0),
    "constant": lambda crowd: constant_answers(crowd.labels),
    "random": lambda crowd: random_answers(crowd.labels),
    "copying": lambda crowd: copied_answers(crowd.labels),
    "patterned": lambda crowd: patterned_answers(crowd.labels, order=crowd.order),
}


@cache
def crowds() -> tuple[TimedCrowd, ...]:
    return tuple(honest_crowd(np.random.default_rng(seed)) for seed in range(N_CROWDS))


def guilty(screening: Screening) -> list[tuple[int, ...]]:
    return [finding.workers for finding in screening.findings]


@pytest.mark.parametrize("name", list(SCREENS))
def test_honest_crowds_seldom_show_anything(name: str) -> None:
    results = [SCREENS[name](crowd) for crowd in crowds()]
    # Level .05: one alarmed crowd of 20 expected; six or more would have a chance of 3e-4.
    assert sum(bool(result.findings) for result in results) < 6
    assert sum(result.n_tested for result in results) >= N_CROWDS * 30


def test_tasks_in_blocks_are_no_pattern() -> None:
    results = [
        SCREENS["patterned"](honest_crowd(np.random.default_rng(seed), in_blocks=True)) for seed in range(N_CROWDS)
    ]
    assert sum(bool(result.findings) for result in results) < 6


def test_blind_guesses_are_found(rng: np.random.Generator) -> None:
    n_found = 0
    for crowd in crowds():
        spammed = crowd.answering(0, rng.integers(3, size=len(crowd.rows_of(0))))
        n_found += (0,) in guilty(random_answers(spammed.labels))
    assert n_found >= 0.5 * N_CROWDS


def test_one_class_always_is_found() -> None:
    for crowd in crowds()[:8]:
        screening = constant_answers(crowd.answering(0, np.full(len(crowd.rows_of(0)), 2)).labels)
        assert (0,) in guilty(screening)
        finding = next(finding for finding in screening.findings if finding.workers == (0,))
        assert finding.evidence["label"] == 2
        assert finding.evidence["entropy_bits"] == 0
        assert finding.evidence["share_given"] == 1 > finding.evidence["share_implied"]


def test_classes_in_turn_are_found_with_their_period() -> None:
    for crowd in crowds()[:8]:
        screening = patterned_answers(
            crowd.answering(0, np.arange(len(crowd.rows_of(0))) % 3).labels, order=crowd.order
        )
        finding = next(finding for finding in screening.findings if finding.workers == (0,))
        assert finding.evidence["period"] in {1, 3, 6}
        assert finding.p_value <= finding.q_value <= 0.05


def test_rushing_is_found_against_pace_and_floor(rng: np.random.Generator) -> None:
    for crowd in crowds()[:8]:
        seconds = crowd.seconds.copy()
        rows = crowd.rows_of(0)
        seconds[rows] = np.exp(rng.normal(np.log(1.5), 0.5, size=len(rows)))
        screening = too_fast(crowd.labels.task, crowd.labels.worker, seconds, floor_s=2.0)
        finding = next(finding for finding in screening.findings if finding.workers == (0,))
        assert finding.evidence["pace_ratio"] < 0.3
        assert finding.evidence["share_below_floor"] == pytest.approx((seconds[rows] < 2.0).mean())


def test_copies_are_found_with_who_came_first(rng: np.random.Generator) -> None:
    for crowd in crowds()[:8]:
        copied = with_copier(crowd, rng, copier=0, victim=1, share=1.0)
        screening = copied_answers(copied.labels, time=copied.order)
        finding = next(finding for finding in screening.findings if finding.workers == (0, 1))
        assert finding.evidence["shared_deviations"] > 3 * finding.evidence["shared_deviations_expected"]
        assert finding.evidence["agreement"] == 1
        assert finding.evidence["first_leads"] == 0
        assert finding.evidence["median_lag_s"] == 0.5


def test_two_constant_answerers_are_no_copies() -> None:
    for crowd in crowds()[:8]:
        spammed = crowd
        for worker in (0, 1):
            spammed = spammed.answering(worker, np.zeros(len(spammed.rows_of(worker)), dtype=np.int64))
        assert (0, 1) not in guilty(copied_answers(spammed.labels))


@pytest.mark.parametrize("name", ["constant", "random", "copying"])
def test_order_of_rows_changes_nothing(rng: np.random.Generator, name: str) -> None:
    crowd = with_copier(crowds()[0], rng, copier=0, victim=1, share=1.0).answering(
        2, np.zeros(len(crowds()[0].rows_of(2)), dtype=np.int64)
    )
    order = rng.permutation(crowd.labels.n_labels)
    labels = crowd.labels
    shuffled = replace(
        crowd,
        labels=replace(labels, task=labels.task[order], worker=labels.worker[order], label=labels.label[order]),
        order=crowd.order[order],
        seconds=crowd.seconds[order],
    )
    first, second = SCREENS[name](crowd), SCREENS[name](shuffled)
    assert guilty(first) == guilty(second)
    for one, other in zip(first.findings, second.findings, strict=True):
        assert one.p_value == pytest.approx(other.p_value, rel=1e-6)


def test_votes_of_the_others_equal_those_counted_by_hand(rng: np.random.Generator) -> None:
    task, worker = np.nonzero(rng.random((80, 9)) < 0.5)
    labels = LabelMatrix(
        task=task, worker=worker, label=rng.integers(4, size=len(task)), n_tasks=80, n_workers=9, n_classes=4
    )
    votes = votes_per_task(labels)
    for row in range(labels.n_labels):
        others = np.bincount(np.delete(labels.label, row)[np.delete(task, row) == task[row]], minlength=4)
        winners = np.flatnonzero(others == others.max())
        expected = winners[0] if len(winners) == 1 and others.max() > 0 else -1
        assert votes.plurality[row] == expected
        assert votes.own[row] == others[labels.label[row]] + 1
        assert votes.rival[row] == np.delete(others, labels.label[row]).max()
        if expected >= 0:
            assert votes.support[row] == pytest.approx(others.max() / others.sum())


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("t", "w", "a")],
        [(str(task), "w", "a") for task in range(40)],
        [(str(task), str(worker), "a") for task in range(40) for worker in range(4)],
        [(str(task), str(worker), str(worker)) for task in range(40) for worker in range(2)],
    ],
)
def test_degenerate_jobs_show_nothing_and_break_nothing(rows: list[tuple[str, str, str]]) -> None:
    labels = index_labels(rows).matrix
    n = labels.n_labels
    crowd = TimedCrowd(
        labels=labels, order=np.arange(n, dtype=np.float64), seconds=np.full(n, 5.0), truth=np.zeros(0, np.int64)
    )
    for screen in SCREENS.values():
        assert screen(crowd).findings == ()


def test_unknown_times_are_left_out() -> None:
    crowd = crowds()[0]
    nothing = too_fast(crowd.labels.task, crowd.labels.worker, np.full(len(crowd.seconds), np.nan), floor_s=1.0)
    assert (nothing.findings, nothing.n_tested) == ((), 0)


def test_benjamini_hochberg_worked_by_hand() -> None:
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.04, 0.01, 0.9, 0.02])), [4 / 75, 0.04, 0.9, 0.04])
    assert len(benjamini_hochberg(np.zeros(0))) == 0
