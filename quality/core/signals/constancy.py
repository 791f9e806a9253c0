"""Answers that are nearly always the same though the tasks are not."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from quality.core.labels import FloatArray, LabelMatrix
from quality.core.signals.dispersion import robust_correlation, upper_tail
from quality.core.signals.findings import Screening, Signal, screening
from quality.core.signals.others import crowd_expectation, entries, votes_per_task

MIN_ANSWERS = 10


def constant_answers(labels: LabelMatrix, *, level: float = 0.05, min_answers: int = MIN_ANSWERS) -> Screening:
    """Find workers who give one class far more often than the tasks they saw imply.

    Parameters
    ----------
    level : tolerated share of false alarms among the findings.
    min_answers : workers with fewer are not tested.

    Notes
    -----
    What a task implies is the crowd's habit where the other workers said the same. Each class a worker used is tested
    by the upper tail of a beta-binomial whose spread is that of the crowd's bulk (honest leanings differ); the smallest
    p-value times the number of classes is the worker's.
    """
    n_answers = np.bincount(labels.worker, minlength=labels.n_workers)
    tested = np.flatnonzero(n_answers >= min_answers)
    expectation = crowd_expectation(labels, votes_per_task(labels))
    shape = (labels.n_workers, expectation.chance.shape[0])
    seen = sparse.coo_array((np.ones(labels.n_labels), (labels.worker, expectation.cell)), shape=shape).tocsr()
    implied = (seen @ expectation.chance).tocsr()
    shape = (labels.n_workers, labels.n_classes)
    given = sparse.coo_array((np.ones(labels.n_labels), (labels.worker, labels.label)), shape=shape).tocsr()
    # A label given is always possible in its own cell, so every used pair has an expectation.
    pairs = given.tocoo()
    worker, label = (numbers.astype(np.int64) for numbers in pairs.coords)
    counts = pairs.data
    expected = entries(implied, worker, label)
    n = n_answers[worker]
    share = expected / n
    enough = n >= min_answers
    correlation = robust_correlation(counts[enough], n[enough], share[enough])
    p_pair = np.where(enough, upper_tail(counts, n, share, correlation=correlation), 1.0)
    order = np.lexsort((p_pair, worker))
    best = order[np.flatnonzero(np.append(True, np.diff(worker[order]) != 0))] if len(order) else order
    best = best[np.isin(worker[best], tested)]
    return screening(
        Signal.CONSTANT,
        workers=worker[best, None],
        n_answers=n[best],
        p_values=np.minimum(1.0, p_pair[best] * labels.n_classes),
        evidence={
            "label": label[best].astype(np.float64),
            "share_given": counts[best] / n[best],
            "share_implied": share[best],
            "entropy_bits": _entropies(given)[worker[best]],
            "crowd_correlation": np.full(len(best), correlation),
        },
        level=level,
    )


def _entropies(given: sparse.csr_array) -> FloatArray:
    """Return (n_workers,) the entropy of each worker's answers in bits."""
    totals = np.asarray(given.sum(axis=1)).ravel()
    share = given.data / np.repeat(totals, np.diff(given.indptr))
    rows = np.repeat(np.arange(len(totals)), np.diff(given.indptr))
    entropy: FloatArray = np.bincount(rows, weights=-share * np.log2(share), minlength=len(totals)).astype(np.float64)
    return entropy
