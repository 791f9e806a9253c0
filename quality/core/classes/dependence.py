"""Pairs of workers who agree more than the truth explains, and what their labels then weigh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix

MAX_PAIRS = 20_000_000
# Of workers who met less often nothing could be told apart from chance.
MIN_COMMON = 5
MAX_CONFUSION_ENTRIES = 10_000_000
CONFUSION_AT_ONCE = 1_000_000
PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Dependence:
    """Hold the pairs of workers found to depend on each other.

    Parameters
    ----------
    first, second : (n_found,) workers, first < second.
    strength : (n_found,) share of the agreement left over by the truth that the pair achieves, in 0..1: 1 = copies.
    surprise : (n_found,) standard deviations by which they agree more than independent workers would.
    examined : pairs of workers with five tasks in common; 0 also where there were too many labels to examine.
    """

    first: IntArray
    second: IntArray
    strength: FloatArray
    surprise: FloatArray
    examined: int

    def at_least(self, strength: float) -> Dependence:
        """Return the pairs of that strength or more."""
        keep = self.strength >= strength
        return Dependence(
            first=self.first[keep],
            second=self.second[keep],
            strength=self.strength[keep],
            surprise=self.surprise[keep],
            examined=self.examined,
        )

    def label_weights(self, labels: LabelMatrix) -> FloatArray:
        """Return (n_labels,) what each label counts beside the others of its task, in 0..1.

        A label is divided by 1 + the strengths of its worker's dependence on the task's other workers: of n copies
        of one worker each counts 1/n, and all together count once.
        """
        shared = np.zeros(labels.n_labels)
        if len(self.first):
            code = self.first * labels.n_workers + self.second
            for one, other, key in _label_pairs(labels):
                place = np.minimum(np.searchsorted(code, key), len(code) - 1)
                strength = np.where(code[place] == key, self.strength[place], 0.0)
                shared += np.bincount(one, weights=strength, minlength=labels.n_labels)
                shared += np.bincount(other, weights=strength, minlength=labels.n_labels)
        weights: FloatArray = 1.0 / (1.0 + shared)
        return weights


def find_dependence(
    labels: LabelMatrix, posterior: FloatArray, *, false_discovery: float = 0.01, shrinkage: float = 20.0
) -> Dependence:
    """Compare how often each two workers agree with how often the truth makes them agree.

    Parameters
    ----------
    posterior : (n_tasks, n_classes) belief in the truth from a model that two workers cannot bend to their shared
        habit (`one_coin`); Dawid-Skene's own would take what a pair of copies says for the truth, and explain it all.
    false_discovery : expected share of independent pairs among those found, in (0, 1).
    shrinkage : common tasks' worth of independence assumed beforehand: a pair seen on few tasks keeps its weight.

    Notes
    -----
    Under independence the expected agreement of workers a and b on a task is the sum over truths k and labels l of
    P(k) a[k, l] b[k, l]. The excess, over the largest excess possible, is the strength; its z-value against the
    Poisson-binomial variance decides (Benjamini-Hochberg over all pairs). Costs O(sum of squared labels per task).
    Where that is more than 20 million pairs, or the confusions are too large to hold, nothing is examined.

    Source: for the procedure Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x; the idea that copying
    shows in agreement beyond the truth's follows Dong, Berti-Equille & Srivastava 2009, doi:10.14778/1687627.1687690.
    """
    per_task = np.bincount(labels.task, minlength=labels.n_tasks)
    n_pairs = int((per_task * (per_task - 1) // 2).sum())
    if n_pairs == 0 or n_pairs > MAX_PAIRS or labels.n_workers * labels.n_classes**2 > MAX_CONFUSION_ENTRIES:
        return _nothing(examined=0)
    code, sums = _agreement(labels, posterior)
    if not len(code):
        return _nothing(examined=0)
    excess, possible, variance = sums[:, 0] - sums[:, 1], sums[:, 2] - sums[:, 1], sums[:, 3]
    surprise = excess / np.sqrt(np.maximum(variance, 1e-12))
    assumed = shrinkage * possible.sum() / max(sums[:, 2].sum(), 1.0)
    strength = np.clip(excess / np.maximum(possible + assumed, 1e-12), 0.0, 1.0)
    found = _discoveries(norm.sf(surprise), false_discovery) & (strength > 0.0)
    return Dependence(
        first=code[found] // labels.n_workers,
        second=code[found] % labels.n_workers,
        strength=strength[found],
        surprise=surprise[found],
        examined=len(code),
    )


def _nothing(*, examined: int) -> Dependence:
    none, zero = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Dependence(first=none, second=none, strength=zero, surprise=zero, examined=examined)


def _agreement(labels: LabelMatrix, posterior: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the codes of the pairs of workers with tasks enough in common, ascending, and their sums.

    The columns of the sums: agreements seen, agreements expected, common tasks, variance of the agreements.
    """
    met, n_common = np.unique(np.concatenate([key for _, _, key in _label_pairs(labels)]), return_counts=True)
    code = met[n_common >= MIN_COMMON]
    sums = np.zeros((len(code), 4))
    if not len(code):
        return code, sums
    by_truth = _agreement_by_truth(_confusion(labels, posterior), code // labels.n_workers, code % labels.n_workers)
    for each_one, each_other, key in _label_pairs(labels):
        place = np.minimum(np.searchsorted(code, key), len(code) - 1)
        kept = code[place] == key
        one, other, pair = each_one[kept], each_other[kept], place[kept]
        expected = (posterior[labels.task[one]] * by_truth[pair]).sum(axis=1).clip(0.0, 1.0)
        agreed = (labels.label[one] == labels.label[other]).astype(np.float64)
        for column, values in enumerate((agreed, expected, np.ones(len(one)), expected * (1.0 - expected))):
            sums[:, column] += np.bincount(pair, weights=values, minlength=len(code))
    return code, sums


def _agreement_by_truth(confusion: FloatArray, first: IntArray, second: IntArray) -> FloatArray:
    """Return (n_pairs, n_classes) the chance of the same label under each truth."""
    n_classes = confusion.shape[1]
    agreement = np.empty((len(first), n_classes))
    at_once = max(CONFUSION_AT_ONCE // n_classes**2, 1)
    for start in range(0, len(first), at_once):
        part = slice(start, start + at_once)
        agreement[part] = np.einsum("nkl,nkl->nk", confusion[first[part]], confusion[second[part]])
    return agreement


def _confusion(labels: LabelMatrix, posterior: FloatArray) -> FloatArray:
    """Return (n_workers, n_classes, n_classes) each worker's confusion, drawn slightly to the crowd's."""
    tally = LabelLinks.of(labels).tally(posterior)
    pooled = tally.pooled() + 1.0
    pooled /= pooled.sum(axis=1, keepdims=True)
    counts = np.zeros((labels.n_workers, labels.n_classes, labels.n_classes))
    counts[tally.worker, :, tally.label] = tally.mass
    counts += 1.5 * pooled
    confusion: FloatArray = counts / counts.sum(axis=2, keepdims=True)
    return confusion


def _label_pairs(labels: LabelMatrix) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Yield chunks (one, other, code): every two labels of a task, and the code of their workers, lower first."""
    order = np.lexsort((labels.worker, labels.task))
    task, worker = labels.task[order], labels.worker[order]
    per_task = np.bincount(labels.task, minlength=labels.n_tasks)
    ends = np.cumsum(per_task)[task]
    for step in range(1, int(per_task.max(initial=1))):
        # Labels are sorted by worker within a task, so the one that comes earlier is the lower worker's.
        one = np.flatnonzero(np.arange(len(task)) + step < ends)
        for low, high in pairwise([*range(0, len(one), PAIRS_AT_ONCE), len(one)]):
            part = one[low:high]
            code = worker[part] * labels.n_workers + worker[part + step]
            yield order[part], order[part + step], code


def _discoveries(p_value: FloatArray, false_discovery: float) -> NDArray[np.bool_]:
    """Return which of the hypotheses are rejected by Benjamini and Hochberg's procedure."""
    n_tests = len(p_value)
    ordered = np.sort(p_value)
    passed = np.flatnonzero(ordered <= false_discovery * np.arange(1, n_tests + 1) / n_tests)
    threshold = ordered[passed[-1]] if len(passed) else -1.0
    rejected: NDArray[np.bool_] = p_value <= threshold
    return rejected
