"""Answers that follow each other in a pattern the tasks do not have."""

from __future__ import annotations

import numpy as np
from scipy import sparse, special

from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.signals.dispersion import scaled_upper_tail
from quality.core.signals.findings import Screening, Signal, screening
from quality.core.signals.others import votes_per_task

MIN_ANSWERS = 20
MAX_PERIOD = 8
# Fewer workers have no bulk to speak of.
MIN_CROWD = 5


def patterned_answers(
    labels: LabelMatrix,
    *,
    order: FloatArray,
    level: float = 0.05,
    min_answers: int = MIN_ANSWERS,
    max_period: int = MAX_PERIOD,
) -> Screening:
    """Find workers whose answers come in runs, alternate or repeat with a period.

    Parameters
    ----------
    order : (n_labels,) anything that sorts a worker's labels by the time of submission.
    level : tolerated share of false alarms among the findings.
    min_answers : workers with fewer are not tested.
    max_period : longest period looked for.

    Notes
    -----
    A runs test, generalised: how often a worker's answer equals that k answers before, for k = 1 (runs; also too
    seldom: alternation) to max_period. If answers depend on their own task only, then in tasks on which the others
    said the same a worker's labels are exchangeable, so the matches to be expected follow from the worker's mix of
    labels within each such group; blocks of alike tasks and leanings of the worker are thereby allowed for. As the
    others may err together along a block, what excess and spread the crowd's bulk shows is allowed for too. The
    smallest of the max_period + 1 p-values counts, multiplied by their number.

    Source: Wald & Wolfowitz 1940, doi:10.1214/aoms/1177731909; several kinds: Barton & David 1957,
    doi:10.1093/biomet/44.1-2.168.
    """
    n_answers = np.bincount(labels.worker, minlength=labels.n_workers)
    tested = np.flatnonzero(n_answers >= min_answers)
    sequence = np.lexsort((order, labels.worker))
    worker, label = labels.worker[sequence], labels.label[sequence]
    group = worker * (labels.n_classes + 1) + votes_per_task(labels).plurality[sequence] + 1
    mix = _Mix.of(group, label, labels.n_classes)
    tails, matches, means = [], [], []
    for lag in range(1, max_period + 1):
        seen, n, mean, variance = (
            per_worker[tested] for per_worker in _matches(worker, label, mix, lag, labels.n_workers)
        )
        mean, variance = _as_the_crowd(seen, n, mean, variance)
        tails.append(scaled_upper_tail(seen, n, mean, variance))
        if lag == 1:
            alternation = scaled_upper_tail(n - seen, n, n - mean, variance)
        matches.append(seen / np.maximum(n, 1))
        means.append(mean / np.maximum(n, 1))
    p_kind = np.column_stack([*tails, alternation])
    kind = p_kind.argmin(axis=1)
    row = np.arange(len(tested))
    lag_row = np.where(kind == max_period, 0, kind)
    return screening(
        Signal.PATTERNED,
        workers=tested[:, None],
        n_answers=n_answers[tested],
        p_values=np.minimum(1.0, p_kind[row, kind] * (max_period + 1)),
        evidence={
            "period": lag_row + 1.0,
            "alternates": (kind == max_period).astype(np.float64),
            "repeats": np.column_stack(matches)[row, lag_row],
            "repeats_expected": np.column_stack(means)[row, lag_row],
        },
        level=level,
    )


class _Mix:
    """Hold each group's mix of labels (a group: one worker's labels where the others said the same)."""

    def __init__(self, row: IntArray, share: sparse.csr_array, size: FloatArray) -> None:
        self.row = row
        self.share = share
        self.size = size

    @classmethod
    def of(cls, group: IntArray, label: IntArray, n_classes: int) -> _Mix:
        """Count the labels of each group."""
        _, row = np.unique(group, return_inverse=True)
        n_groups = int(row.max(initial=-1)) + 1
        counts = sparse.coo_array((np.ones(len(label)), (row, label)), shape=(n_groups, n_classes)).tocsr()
        size = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
        counts.data = counts.data / np.repeat(size, np.diff(counts.indptr))
        return cls(row.ravel(), counts, size)

    def match(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return the chance that two different labels of given groups are alike."""
        keys, place = np.unique(first * len(self.size) + second, return_inverse=True)
        low, high = keys // max(len(self.size), 1), keys % max(len(self.size), 1)
        alike = np.asarray(self.share[low].multiply(self.share[high]).sum(axis=1), dtype=np.float64).ravel()
        # Two labels of one group are drawn without replacement.
        size = self.size[low]
        inside = np.where(size > 1, (size * alike - 1.0) / np.maximum(size - 1.0, 1.0), 1.0)
        chance: FloatArray = np.where(low == high, np.clip(inside, 0.0, 1.0), alike)[place.ravel()]
        return chance

    def match_three(self, first: IntArray, second: IntArray, third: IntArray) -> FloatArray:
        """Return the chance that three labels of given groups are all alike (with replacement)."""
        n_groups = len(self.size)
        keys, place = np.unique((first * n_groups + second) * n_groups + third, return_inverse=True)
        groups = keys // n_groups**2, keys // n_groups % n_groups, keys % n_groups
        shares = [self.share[rows] for rows in groups]
        alike = shares[0].multiply(shares[1]).multiply(shares[2]).sum(axis=1)
        chance: FloatArray = np.asarray(alike, dtype=np.float64).ravel()[place.ravel()]
        return chance


def _matches(
    worker: IntArray, label: IntArray, mix: _Mix, lag: int, n_workers: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return, per worker, matches at a lag, comparisons made, and the mean and variance to be expected."""
    later = np.flatnonzero(worker[lag:] == worker[: len(worker) - lag]) + lag if len(worker) > lag else _none()
    earlier = later - lag
    chance = mix.match(mix.row[earlier], mix.row[later])
    at = worker[later]
    n = np.bincount(at, minlength=n_workers).astype(np.float64)
    seen = np.bincount(at, weights=label[later] == label[earlier], minlength=n_workers)
    mean = np.bincount(at, weights=chance, minlength=n_workers)
    variance = np.bincount(at, weights=chance * (1 - chance), minlength=n_workers)
    # Two comparisons share a label where three answers stand a lag apart each.
    middle = later[later + lag < len(worker)]
    middle = middle[worker[middle + lag] == worker[middle]]
    rows = mix.row[middle - lag], mix.row[middle], mix.row[middle + lag]
    shared = mix.match_three(*rows) - mix.match(rows[0], rows[1]) * mix.match(rows[1], rows[2])
    variance = variance + 2.0 * np.bincount(worker[middle], weights=shared, minlength=n_workers)
    return seen.astype(np.float64), n, mean.astype(np.float64), np.maximum(variance, 1e-9).astype(np.float64)


def _as_the_crowd(
    seen: FloatArray, n: FloatArray, mean: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance with the median excess of the crowd added and at least its spread."""
    used = n >= 1
    if used.sum() < MIN_CROWD:
        return mean, variance
    excess = float(np.median(((seen - mean) / np.maximum(n, 1))[used]))
    moved = np.clip(mean + n * excess, 0.0, n)
    z = np.abs(seen - moved)[used] / np.sqrt(variance[used])
    spread = max(1.0, float(np.median(z) / special.ndtri(0.75)), float(np.quantile(z, 0.8) / special.ndtri(0.9)))
    return moved, variance * spread**2


def _none() -> IntArray:
    return np.zeros(0, dtype=np.int64)
