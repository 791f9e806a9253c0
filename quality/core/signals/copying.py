"""Accounts that share their mistakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from quality.core.agreement.cohen import Meetings, meetings
from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.signals.findings import Screening, Signal, screening
from quality.core.signals.others import crowd_expectation, entries, votes_per_task

MIN_COMMON = 10
N_DIFFICULTY_BINS = 8
# Pairs of votes added to each task's own when its difficulty is judged, split as over the whole job.
DIFFICULTY_STRENGTH = 3.0
# Deviations added to what a worker showed and to what was expected, so that thin workers lean on the crowd.
TILT_STRENGTH = 1.0
TRIMMED = 0.02
BLOCK_CELLS = 4_000_000


@dataclass(frozen=True)
class _Pairs:
    """Hold every pair of workers who met: (n_pairs,) workers, common tasks, shared deviations seen and expected."""

    first: IntArray
    second: IntArray
    n_common: IntArray
    shared: FloatArray
    expected: FloatArray
    agreement: FloatArray
    pair_of_meeting: IntArray


def copied_answers(
    labels: LabelMatrix,
    *,
    time: FloatArray | None = None,
    level: float = 0.05,
    min_common: int = MIN_COMMON,
) -> Screening:
    """Find pairs of workers who give the same deviant answers far more often than both deviate.

    Parameters
    ----------
    time : (n_labels,) seconds on any clock at which each label was submitted; adds who came first, and how soon the
        other followed, to the evidence.
    level : tolerated share of false alarms among the findings.
    min_common : pairs with fewer common tasks are not tested.

    Notes
    -----
    A deviation is a class that is not the plurality of the others on the task. A pair's shared deviations
    (same class, against the rest) are compared with the sum over their common tasks of: the crowd's rate of such
    coincidences, by class and by how much the *rest* of the task's workers disagree (hard tasks mislead everybody
    alike), times how much more than the crowd each of the two tends to deviate to that class (so that two random or two
    constant answerers are not taken for copies). The tail is negative binomial with the dispersion of the
    crowd's pairs, trimmed. Copies of right answers leave no trace here. Colluders who form a task's majority
    look like the truth: give such tasks gold. The memory grows with the sum of squared overlaps.

    Source: shared errors after Angoff 1974, doi:10.1080/01621459.1974.10480126 (copying in examinations); dependence
    between sources after Dong, Berti-Equille & Srivastava 2009, doi:10.14778/1687627.1687690.
    """
    met = meetings(labels)
    pairs = _compare(labels, met)
    tested = np.flatnonzero(pairs.n_common >= min_common)
    shared, expected = pairs.shared[tested], pairs.expected[tested]
    dispersion = _dispersion(shared, expected)
    evidence = {
        "shared_deviations": shared,
        "shared_deviations_expected": expected,
        "agreement": pairs.agreement[tested],
        "crowd_dispersion": np.full(len(tested), dispersion),
    }
    if time is not None:
        evidence |= {name: values[tested] for name, values in _order_of(labels, met, pairs, time).items()}
    return screening(
        Signal.COPYING,
        workers=np.column_stack([pairs.first[tested], pairs.second[tested]]),
        n_answers=pairs.n_common[tested],
        p_values=_tail(shared, expected, dispersion),
        evidence=evidence,
        level=level,
    )


def _compare(labels: LabelMatrix, met: Meetings) -> _Pairs:
    """Count shared deviations of all pairs, and what was to be expected."""
    votes = votes_per_task(labels)
    n_workers, n_classes = max(labels.n_workers, 1), max(labels.n_classes, 1)
    # By (task, class), for the meetings hold labels and not rows.
    keys, row = np.unique(labels.task * n_classes + labels.label, return_index=True)
    seen_by = row[np.searchsorted(keys, met.task * n_classes + met.first_label)]
    same = met.first_label == met.second_label
    deviant = same & (votes.rival[seen_by] > votes.own[seen_by] - 2)
    pair_keys, pair = np.unique(met.first * n_workers + met.second, return_inverse=True)
    pair = pair.ravel()
    n_pairs = len(pair_keys)
    n_common = np.bincount(pair, minlength=n_pairs)
    bins = _difficulty_bins(labels, met)
    tilt = _tilts(labels)
    first, second = pair_keys // n_workers, pair_keys % n_workers
    rate = np.zeros((N_DIFFICULTY_BINS, n_classes))
    np.add.at(rate, (bins[deviant], met.first_label[deviant]), 1.0)
    rate /= np.maximum(np.bincount(bins, minlength=N_DIFFICULTY_BINS), 1)[:, None]
    in_bin = sparse.coo_array((np.ones(len(pair)), (pair, bins)), shape=(n_pairs, N_DIFFICULTY_BINS)).tocsr()
    expected = _expected(in_bin, rate, tilt, first, second)
    shared = np.bincount(pair, weights=deviant, minlength=n_pairs).astype(np.float64)
    # The tilts multiply to a mean other than 1 where workers of a kind meet each other.
    expected *= shared.sum() / max(expected.sum(), 1e-12)
    return _Pairs(
        first=first,
        second=second,
        n_common=n_common,
        shared=shared,
        expected=np.minimum(expected, n_common),
        agreement=np.bincount(pair, weights=same, minlength=n_pairs) / n_common,
        pair_of_meeting=pair,
    )


def _expected(
    in_bin: sparse.csr_array, rate: FloatArray, tilt: sparse.csr_array, first: IntArray, second: IntArray
) -> FloatArray:
    """Return (n_pairs,) the sum over common tasks and classes of rate x tilt x tilt."""
    expected = np.zeros(len(first))
    step = max(1, BLOCK_CELLS // max(rate.shape[1], 1))
    for begin in range(0, len(first), step):
        block = slice(begin, begin + step)
        base = np.asarray(in_bin[block] @ rate)
        both = tilt[first[block]].toarray() * tilt[second[block]].toarray()
        expected[block] = (base * both).sum(axis=1)
    return expected


def _difficulty_bins(labels: LabelMatrix, met: Meetings) -> IntArray:
    """Return (n_meetings,) how much the workers outside the pair disagree, in bins of about equal mass."""
    if len(met.task) == 0:
        return np.zeros(0, dtype=np.int64)
    n_classes = max(labels.n_classes, 1)
    keys, counts = np.unique(labels.task * n_classes + labels.label, return_counts=True)
    overlap = np.bincount(labels.task, minlength=labels.n_tasks)
    agreeing = np.bincount(keys // n_classes, weights=counts * (counts - 1.0), minlength=labels.n_tasks)
    first = counts[np.searchsorted(keys, met.task * n_classes + met.first_label)]
    second = counts[np.searchsorted(keys, met.task * n_classes + met.second_label)]
    # Ordered agreeing pairs that either of the two takes part in.
    lost = 2.0 * (first - 1) + 2.0 * (second - 1) - 2.0 * (met.first_label == met.second_label)
    n_rest = overlap[met.task] - 2.0
    rest_pairs = np.maximum(n_rest * (n_rest - 1.0), 0.0)
    rest_disagreeing = np.maximum(rest_pairs - (agreeing[met.task] - lost), 0.0)
    mean = 1.0 - agreeing.sum() / max((overlap * (overlap - 1.0)).sum(), 1.0)
    difficulty = (rest_disagreeing + 2 * DIFFICULTY_STRENGTH * mean) / (rest_pairs + 2 * DIFFICULTY_STRENGTH)
    edges = np.quantile(difficulty, np.arange(1, N_DIFFICULTY_BINS) / N_DIFFICULTY_BINS)
    bins: IntArray = np.searchsorted(edges, difficulty, side="left").astype(np.int64)
    return bins


def _tilts(labels: LabelMatrix) -> sparse.csr_array:
    """Return (n_workers, n_classes) how much more than the crowd a worker deviates to each class; stored where not 1.

    Kept sparse for job sizes with many classes: pairs that never deviate to a class share no deviation there, yet the
    expectation needs their small tilt, so every (worker, class) expected to deviate is stored.
    """
    votes = votes_per_task(labels)
    expectation = crowd_expectation(labels, votes)
    deviates = (votes.plurality >= 0) & (labels.label != votes.plurality)
    shape = (labels.n_workers, labels.n_classes)
    seen = sparse.coo_array(
        (np.ones(int(deviates.sum())), (labels.worker[deviates], labels.label[deviates])), shape=shape
    ).tocsr()
    used = votes.plurality >= 0
    cells = sparse.coo_array(
        (np.ones(int(used.sum())), (labels.worker[used], expectation.cell[used])),
        shape=(labels.n_workers, expectation.chance.shape[0]),
    ).tocsr()
    implied = (cells @ _without_plurality(expectation.chance)).tocoo()
    worker, label = implied.coords[0].astype(np.int64), implied.coords[1].astype(np.int64)
    tilt = (entries(seen, worker, label) + TILT_STRENGTH) / (implied.data + TILT_STRENGTH)
    return sparse.coo_array((tilt, (worker, label)), shape=shape).tocsr()


def _without_plurality(chance: sparse.csr_array) -> sparse.csr_array:
    """Return the chances of deviating answers only; the last cell has no plurality to deviate from."""
    cells = chance.tocoo()
    per_class = (chance.shape[0] - 1) // max(chance.shape[1], 1)
    row, column = cells.coords[0], cells.coords[1]
    kept = (row < chance.shape[0] - 1) & (row // max(per_class, 1) != column)
    return sparse.coo_array((cells.data[kept], (row[kept], column[kept])), shape=chance.shape).tocsr()


def _dispersion(shared: FloatArray, expected: FloatArray) -> float:
    """Return variance over mean of the crowd's pairs, the most deviating left out, at least 1."""
    if len(shared) == 0:
        return 1.0
    excess = (shared - expected) ** 2 / np.maximum(expected, 1e-9)
    kept = excess <= np.quantile(excess, 1 - TRIMMED)
    return max(1.0, float(((shared - expected)[kept] ** 2).sum() / max(expected[kept].sum(), 1e-9)))


def _tail(shared: FloatArray, expected: FloatArray, dispersion: float) -> FloatArray:
    """Return (n_pairs,) the chance of at least so many shared deviations."""
    mean = np.maximum(expected, 1e-9)
    if dispersion <= 1.0 + 1e-9:
        return np.asarray(stats.poisson.sf(shared - 1, mean), dtype=np.float64)
    return np.asarray(stats.nbinom.sf(shared - 1, mean / (dispersion - 1), 1 / dispersion), dtype=np.float64)


def _order_of(labels: LabelMatrix, met: Meetings, pairs: _Pairs, time: FloatArray) -> dict[str, FloatArray]:
    """Return, per pair, how often the first worker came first and the median seconds until the other followed."""
    keys = labels.task * max(labels.n_workers, 1) + labels.worker
    order = np.argsort(keys, kind="stable")
    at = [
        time[order[np.searchsorted(keys[order], met.task * max(labels.n_workers, 1) + worker)]]
        for worker in (met.first, met.second)
    ]
    lag = at[1] - at[0]
    n_pairs = len(pairs.first)
    leads = np.bincount(pairs.pair_of_meeting, weights=lag > 0, minlength=n_pairs) / pairs.n_common
    ranked = np.lexsort((np.abs(lag), pairs.pair_of_meeting))
    start = np.concatenate([[0], np.cumsum(pairs.n_common)[:-1]]).astype(np.int64)
    middle = np.abs(lag)[ranked][start + (pairs.n_common - 1) // 2] if n_pairs else np.zeros(0)
    return {"first_leads": leads, "median_lag_s": middle}
