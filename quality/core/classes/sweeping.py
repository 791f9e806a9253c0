"""One E-step over all tasks, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quality.core.classes.layout import BLOCK_TASKS
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray

# Exponentials of more than this neither vanish nor lose digits.
LOWEST_TAME = -600.0


@dataclass(frozen=True)
class Weighed:
    """Hold some tasks' evidence, weighed.

    Parameters
    ----------
    rows : consecutive tasks.
    joint : (n, n_classes) likelihood of a task's labels and each class, up to a factor of its own for each task.
    scale : (n, 1) what makes a task's row sum to 1.
    log_likelihood : of these tasks' labels (nats).
    """

    rows: slice
    joint: FloatArray
    scale: FloatArray
    log_likelihood: float


def weigh_evidence(
    links: LabelLinks,
    log_likelihood: FloatArray,
    log_prior: FloatArray,
    *,
    into: FloatArray,
    known: IntArray | None = None,
    task_weight: FloatArray | None = None,
) -> float:
    """Compute all posteriors from the log-likelihoods of the (worker, label) pairs.

    Parameters
    ----------
    log_likelihood : (n_pairs, n_classes) of each pair's label under each truth.
    log_prior : (n_classes,) or (n_tasks, n_classes) of the classes.
    into : (n_tasks, n_classes) receives the posteriors: the one argument that is written to, because another array of
        this size would take half of all memory.
    known : (n_tasks,) classes of gold tasks, -1 elsewhere.
    task_weight : (n_tasks,) what each task's evidence counts.

    Returns
    -------
    The log-likelihood of all labels under the given skills and class prior (nats); gold tasks count as any other.
    """
    total = 0.0
    for weighed in _weigh(links, log_likelihood, log_prior, task_weight):
        posterior = into[weighed.rows]
        np.multiply(weighed.joint, weighed.scale, out=posterior)
        _fix_known(posterior, known, weighed.rows)
        total += weighed.log_likelihood
    return total


def weigh_again(
    links: LabelLinks,
    log_likelihood: FloatArray,
    log_prior: FloatArray,
    *,
    into: FloatArray,
    known: IntArray | None = None,
) -> float:
    """Do as `weigh_evidence` does, and tell how far that moves the posteriors.

    Parameters
    ----------
    into : (n_tasks, n_classes) holds the last posteriors and receives the new ones.

    Returns
    -------
    The largest change of a posterior of a task that has labels (probability).
    """
    moved = 0.0
    all_answered = bool(links.answered.all())
    for weighed in _weigh(links, log_likelihood, log_prior, None):
        posterior = weighed.joint
        posterior *= weighed.scale
        _fix_known(posterior, known, weighed.rows)
        last = into[weighed.rows]
        np.subtract(posterior, last, out=last)
        change = last if all_answered else last[links.answered[weighed.rows]]
        moved = max(moved, float(change.max(initial=0.0)), -float(change.min(initial=0.0)))
        last[...] = posterior
    return moved


def _weigh(
    links: LabelLinks, log_likelihood: FloatArray, log_prior: FloatArray, task_weight: FloatArray | None
) -> Iterator[Weighed]:
    """Weigh the evidence of few tasks at a time; each time's numbers are gone when the next are asked for."""
    n_classes = log_prior.shape[-1]
    if n_classes == 0:
        return
    ones = np.ones(n_classes)
    # A row repeated is added three times as fast as one that is broadcast.
    priors = np.tile(log_prior, (BLOCK_TASKS, 1)) if log_prior.ndim == 1 else None
    is_tame = _lowest_score(links, log_likelihood, log_prior) > LOWEST_TAME
    for block in links.layout.evidence:
        of_block = block.links @ log_likelihood
        for start in range(0, len(of_block), BLOCK_TASKS):
            scores = of_block[start : start + BLOCK_TASKS]
            rows = slice(block.rows.start + start, block.rows.start + start + len(scores))
            if task_weight is not None:
                scores *= task_weight[rows, None]
            scores += log_prior[rows] if priors is None else priors[: len(scores)]
            log_total = 0.0
            if not is_tame:
                # The largest is taken off before leaving the logs, or hundreds of labels on a task would underflow to
                # 0/0.
                largest = row_maxima(scores)
                scores -= largest[:, None]
                log_total = float(largest.sum())
            np.exp(scores, out=scores)
            sums = scores @ ones
            log_total += float(np.log(sums).sum())
            yield Weighed(rows=rows, joint=scores, scale=(1.0 / sums)[:, None], log_likelihood=log_total)


def _lowest_score(links: LabelLinks, log_likelihood: FloatArray, log_prior: FloatArray) -> float:
    """Return a bound below the logarithm of any task's joint likelihood."""
    return links.most_labels * float(log_likelihood.min(initial=0.0)) + float(log_prior.min(initial=0.0))


def row_maxima(scores: FloatArray) -> FloatArray:
    """Return the rows' maxima; column by column is twice as fast as a reduction over few classes."""
    largest: FloatArray = scores[:, 0].copy()
    for column in range(1, scores.shape[1]):
        np.maximum(largest, scores[:, column], out=largest)
    return largest


def _fix_known(posterior: FloatArray, known: IntArray | None, rows: slice) -> None:
    """Make the gold among these tasks certain."""
    if known is None:
        return
    classes = known[rows]
    gold = np.flatnonzero(classes >= 0)
    posterior[gold] = 0.0
    posterior[gold, classes[gold]] = 1.0
