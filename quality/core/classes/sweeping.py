"""One E-step over all tasks, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray

# Exponentials of more than this neither vanish nor lose digits.
LOWEST_TAME = -600.0


@dataclass(frozen=True)
class Sweep:
    """Tell what an E-step did.

    Parameters
    ----------
    moved : largest change of a posterior of a task that has labels (probability).
    log_likelihood : of all labels under the given skills and class prior (nats); gold tasks count as any other.
    """

    moved: float
    log_likelihood: float


def weigh_evidence(
    links: LabelLinks,
    log_likelihood: FloatArray,
    log_prior: FloatArray,
    *,
    into: FloatArray,
    known: IntArray | None = None,
    task_weight: FloatArray | None = None,
) -> Sweep:
    """Compute all posteriors from the log-likelihoods of the (worker, label) pairs.

    Parameters
    ----------
    log_likelihood : (n_pairs, n_classes) of each pair's label under each truth.
    log_prior : (n_classes,) or (n_tasks, n_classes) of the classes.
    into : (n_tasks, n_classes) holds the last posteriors and receives the new ones: the one argument that is written
        to, because two arrays of this size would take half of all memory and a quarter of the time.
    known : (n_tasks,) classes of gold tasks, -1 elsewhere.
    task_weight : (n_tasks,) what each task's evidence counts.
    """
    moved, total = 0.0, 0.0
    if into.shape[1] == 0:
        return Sweep(moved=moved, log_likelihood=total)
    ones = np.ones(into.shape[1])
    is_tame = _lowest_score(links, log_likelihood, log_prior) > LOWEST_TAME
    for block in links.evidence:
        rows = slice(block.start, block.stop)
        scores = block.links @ log_likelihood
        if task_weight is not None:
            scores *= task_weight[rows, None]
        scores += log_prior if log_prior.ndim == 1 else log_prior[rows]
        if not is_tame:
            # The largest is taken off before leaving the logs, or hundreds of labels on a task would underflow to 0/0.
            largest = _row_maxima(scores)
            scores -= largest[:, None]
            total += float(largest.sum())
        np.exp(scores, out=scores)
        sums = scores @ ones
        total += float(np.log(sums).sum())
        scores *= (1.0 / sums)[:, None]
        _fix_known(scores, None if known is None else known[rows])
        last = into[rows]
        np.subtract(scores, last, out=last)
        change = last if links.all_answered else last[np.diff(block.links.indptr) > 0]
        moved = max(moved, float(change.max(initial=0.0)), -float(change.min(initial=0.0)))
        last[...] = scores
    return Sweep(moved=moved, log_likelihood=total)


def _lowest_score(links: LabelLinks, log_likelihood: FloatArray, log_prior: FloatArray) -> float:
    """Return a bound below the logarithm of any task's joint likelihood."""
    return links.most_labels * float(log_likelihood.min(initial=0.0)) + float(log_prior.min(initial=0.0))


def _row_maxima(scores: FloatArray) -> FloatArray:
    """Return the rows' maxima; column by column is twice as fast as a reduction over few classes."""
    largest: FloatArray = scores[:, 0].copy()
    for column in range(1, scores.shape[1]):
        np.maximum(largest, scores[:, column], out=largest)
    return largest


def _fix_known(posterior: FloatArray, known: IntArray | None) -> None:
    if known is None:
        return
    rows = np.flatnonzero(known >= 0)
    posterior[rows] = 0.0
    posterior[rows, known[rows]] = 1.0
