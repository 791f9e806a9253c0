from __future__ import annotations

from typing import Any, cast

import krippendorff
import numpy as np
import pytest

from quality.core.agreement.alpha import Alpha, krippendorff_alpha
from quality.core.agreement.bootstrap import bootstrap_interval, resampled
from quality.core.agreement.coefficients import Undefined
from quality.core.agreement.differences import Difference, Interval, Matrix, Nominal, Ordinal, ratio
from quality.core.agreement.shapes import answer_alpha, shape_alpha
from quality.core.agreement.slices import labels_at
from quality.core.labels import LabelMatrix, index_labels

VALUES = np.array([1.0, 2.0, 3.5, 7.0, 11.0])


def some_labels(rng: np.random.Generator, *, n_tasks: int = 60, n_workers: int = 7, n_classes: int = 5) -> LabelMatrix:
    """Draw labels with gaps that agree somewhat."""
    truth = rng.integers(n_classes, size=n_tasks)
    task, worker = np.nonzero(rng.random((n_tasks, n_workers)) < 0.5)
    label = np.where(rng.random(len(task)) < 0.6, truth[task], rng.integers(n_classes, size=len(task)))
    return LabelMatrix(task=task, worker=worker, label=label, n_tasks=n_tasks, n_workers=n_workers, n_classes=n_classes)


def reliability_data(labels: LabelMatrix, values: np.ndarray) -> np.ndarray:
    table = np.full((labels.n_workers, labels.n_tasks), np.nan)
    table[labels.worker, labels.task] = values[labels.label]
    return table


@pytest.mark.parametrize(
    ("difference", "level"),
    [(Nominal(), "nominal"), (Ordinal(), "ordinal"), (Interval(VALUES), "interval"), (ratio(VALUES), "ratio")],
)
def test_alpha_equals_the_reference_package(rng: np.random.Generator, difference: Difference, level: Any) -> None:
    for _ in range(5):
        labels = some_labels(rng)
        reference = krippendorff.alpha(
            reliability_data=reliability_data(labels, VALUES), level_of_measurement=level, value_domain=VALUES
        )
        assert krippendorff_alpha(labels, difference=difference).value == pytest.approx(reference, abs=1e-12)


def test_alpha_of_any_matrix_equals_the_reference_package(rng: np.random.Generator) -> None:
    labels = some_labels(rng)
    squared = rng.random((5, 5))
    squared += squared.T
    np.fill_diagonal(squared, 0.0)

    def looked_up(v1: Any, v2: Any, i1: Any, i2: Any, **_: Any) -> Any:
        return squared[i1.astype(int), i2.astype(int)]

    reference = krippendorff.alpha(
        reliability_data=reliability_data(labels, VALUES),
        level_of_measurement=cast("Any", looked_up),
        value_domain=VALUES,
    )
    assert krippendorff_alpha(labels, difference=Matrix(squared)).value == pytest.approx(reference, abs=1e-12)


def test_alpha_worked_by_hand() -> None:
    # Two workers, four tasks: aa, ab, bb, bb. Coincidences aa 2, ab 1, ba 1, bb 4; counts a 3, b 5.
    # Observed disagreement 2 / 8, expected 2 * 3 * 5 / (8 * 7): alpha = 1 - (2 / 8) / (30 / 56).
    labels = index_labels(
        (task, worker, label) for task, pair in enumerate(["aa", "ab", "bb", "bb"]) for worker, label in enumerate(pair)
    ).matrix
    coefficient = krippendorff_alpha(labels)
    assert coefficient.value == pytest.approx(1 - 0.25 / (30 / 56), abs=1e-15)
    assert (coefficient.n_tasks, coefficient.n_labels, coefficient.undefined) == (4, 8, None)


def test_interval_alpha_survives_large_offsets(rng: np.random.Generator) -> None:
    labels = some_labels(rng)
    near, far = (krippendorff_alpha(labels, difference=Interval(VALUES + offset)).value for offset in (0.0, 1e7))
    assert near == pytest.approx(far, abs=1e-9)


def test_renumbering_and_reordering_change_nothing(rng: np.random.Generator) -> None:
    labels = some_labels(rng)
    order = rng.permutation(labels.n_labels)
    tasks, classes = rng.permutation(labels.n_tasks), rng.permutation(labels.n_classes)
    other = LabelMatrix(
        task=tasks[labels.task[order]],
        worker=labels.worker[order],
        label=classes[labels.label[order]],
        n_tasks=labels.n_tasks,
        n_workers=labels.n_workers,
        n_classes=labels.n_classes,
    )
    assert krippendorff_alpha(other).value == pytest.approx(krippendorff_alpha(labels).value, abs=1e-12)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], Undefined.NO_LABELS),
        ([("t", "w", "a"), ("u", "w", "b")], Undefined.NOTHING_PAIRABLE),
        ([("t", "w", "a"), ("t", "x", "a")], Undefined.NO_VARIATION),
    ],
)
@pytest.mark.parametrize("difference", [Nominal(), Ordinal(), Interval(VALUES[:2])])
def test_degenerate_labels_have_no_alpha_and_a_reason(
    rows: list[tuple[str, str, str]], reason: Undefined, difference: Difference
) -> None:
    labels = index_labels(rows, classes=["a", "b"]).matrix
    coefficient = krippendorff_alpha(labels, difference=difference)
    assert (coefficient.value, coefficient.undefined) == (None, reason)
    assert coefficient.to_json()["undefined"] == reason.value
    interval = bootstrap_interval(Alpha.of(labels, difference=difference), rng=np.random.default_rng(0), n_resamples=9)
    assert (interval.low, interval.high, interval.n_undefined) == (None, None, 9)


def test_impossible_matrices_are_refused() -> None:
    for matrix in (np.ones((2, 2)), np.array([[0.0, 1.0], [2.0, 0.0]]), np.zeros((2, 3)), np.array([[0, -1], [-1, 0]])):
        with pytest.raises(ValueError, match="differences must"):
            Matrix(matrix)


@pytest.mark.parametrize("difference", [Nominal(), Ordinal(), Interval(VALUES), ratio(VALUES)])
def test_a_weight_of_two_is_a_task_twice(rng: np.random.Generator, difference: Difference) -> None:
    labels = some_labels(rng, n_tasks=12)
    statistic = Alpha.of(labels, difference=difference)
    weights = rng.integers(3, size=statistic.n_tasks)
    copies = [np.flatnonzero(labels.task == task) for task in np.repeat(statistic.table.task, weights)]
    rows = np.concatenate(copies)
    twice = LabelMatrix(
        task=np.repeat(np.arange(len(copies)), [len(copy) for copy in copies]),
        worker=labels.worker[rows],
        label=labels.label[rows],
        n_tasks=len(copies),
        n_workers=labels.n_workers,
        n_classes=labels.n_classes,
    )
    weighted = statistic.values(weights[:, None].astype(float))[0]
    assert weighted == pytest.approx(krippendorff_alpha(twice, difference=difference).value, abs=1e-12)


def test_bootstrap_interval_covers_what_it_should() -> None:
    rng = np.random.default_rng(5)
    whole = some_labels(rng, n_tasks=4000)
    truth = krippendorff_alpha(whole).value
    n_covered = 0
    for _ in range(100):
        tasks = rng.choice(whole.n_tasks, size=150, replace=False)
        statistic = Alpha.of(labels_at(whole, np.isin(whole.task, tasks)), difference=Nominal())
        interval = bootstrap_interval(statistic, rng=rng, n_resamples=300, level=0.9)
        assert truth is not None
        assert interval.low is not None
        assert interval.high is not None
        n_covered += interval.low <= truth <= interval.high
    assert 82 <= n_covered <= 97


def test_bootstrap_is_the_same_for_the_same_generator(rng: np.random.Generator) -> None:
    statistic = Alpha.of(some_labels(rng), difference=Ordinal())
    first, second = (resampled(statistic, rng=np.random.default_rng(3), n_resamples=50) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_alpha_of_answers_with_a_distance_is_alpha_of_their_values(rng: np.random.Generator) -> None:
    labels = some_labels(rng)
    numbers = VALUES[labels.label]
    statistic = answer_alpha(
        labels.task, difference=lambda first, second: (numbers[first] - numbers[second]) ** 2, rng=rng
    )
    assert statistic.exact
    reference = Alpha.of(labels, difference=Interval(VALUES))
    weights = rng.integers(1, 4, size=(statistic.n_tasks, 3)).astype(float)
    np.testing.assert_allclose(statistic.values(weights), reference.values(weights), atol=1e-12)


def test_drawn_pairs_come_near_the_exact_alpha_of_answers(rng: np.random.Generator) -> None:
    labels = some_labels(rng, n_tasks=300)
    numbers = VALUES[labels.label]
    exact, drawn = (
        shape_alpha(
            labels.task,
            difference=lambda first, second: np.abs(numbers[first] - numbers[second]),
            rng=rng,
            max_pairs=max_pairs,
        ).value
        for max_pairs in (10**9, 20_000)
    )
    assert drawn == pytest.approx(exact, abs=0.02)


def test_answers_without_company_have_no_alpha(rng: np.random.Generator) -> None:
    coefficient = shape_alpha(np.array([0, 1, 2]), difference=lambda first, _: np.ones(len(first)), rng=rng)
    assert (coefficient.value, coefficient.undefined) == (None, Undefined.NOTHING_PAIRABLE)
