"""Answers that do not depend on the task."""

from __future__ import annotations

import numpy as np
from scipy import special

from quality.core.labels import FloatArray, LabelMatrix
from quality.core.signals.dispersion import robust_correlation, upper_tail
from quality.core.signals.findings import Screening, Signal, screening
from quality.core.signals.others import Expectation, crowd_expectation, entries, votes_per_task

MIN_ANSWERS = 10
SPAMMER_PRIOR = 0.05
# Pseudo-labels a spammer's own mix of classes starts with, spread like the crowd's.
SPAMMER_STRENGTH = 2.0


def random_answers(
    labels: LabelMatrix, *, level: float = 0.05, min_answers: int = MIN_ANSWERS, prior: float = SPAMMER_PRIOR
) -> Screening:
    """Find workers whose answers agree with the others' too seldom and are better explained without the task.

    Parameters
    ----------
    level : tolerated share of false alarms among the findings.
    min_answers : workers with fewer (on tasks where the others had a plurality) are not tested.
    prior : share of spammers assumed in the posterior given as evidence; the p-value does not use it.

    Notes
    -----
    Agreement with the plurality of the others is compared with the crowd's where the others said the same as
    unitedly, by the lower tail of a beta-binomial with the spread of the crowd's bulk. A finding also needs a
    likelihood ratio above 1 for a spammer (any fixed mix of classes, drawn blindly; Dirichlet-multinomial) against the
    crowd's typical worker (the share of each class where the others said the same). Someone who is merely weaker than
    most, or answers the opposite with care, agrees seldom too: this is evidence, not a verdict.

    Source: Raykar & Yu 2012, Eliminating spammers and ranking annotators, JMLR 13:491 (the notion of a spammer).
    """
    votes = votes_per_task(labels)
    expectation = crowd_expectation(labels, votes)
    used = votes.plurality >= 0
    worker = labels.worker[used]
    n = np.bincount(worker, minlength=labels.n_workers)
    agreed = np.bincount(worker, weights=(labels.label == votes.plurality)[used], minlength=labels.n_workers)
    cell_agreement = entries(expectation.chance, expectation.cell[used], votes.plurality[used])
    expected = np.bincount(worker, weights=cell_agreement, minlength=labels.n_workers)
    tested = np.flatnonzero(n >= min_answers)
    n_tested, share = n[tested], expected[tested] / np.maximum(n[tested], 1)
    missed = (n_tested - agreed[tested]).astype(np.float64)
    correlation = robust_correlation(missed, n_tested, 1.0 - share)
    p_values = upper_tail(missed, n_tested, 1.0 - share, correlation=correlation)
    log_ratio = _log_spammer_ratio(labels, expectation)[tested]
    return screening(
        Signal.RANDOM,
        workers=tested[:, None],
        n_answers=n_tested,
        p_values=np.where(log_ratio > 0, p_values, 1.0),
        evidence={
            "agreement": agreed[tested] / np.maximum(n_tested, 1),
            "agreement_expected": share,
            "log_likelihood_ratio": log_ratio,
            "posterior_spammer": special.expit(log_ratio + np.log(prior / (1 - prior))),
            "crowd_correlation": np.full(len(tested), correlation),
        },
        level=level,
    )


def _log_spammer_ratio(labels: LabelMatrix, expectation: Expectation) -> FloatArray:
    """Return (n_workers,) log chance of the worker's labels as a spammer's over as a typical worker's."""
    chance = entries(expectation.chance, expectation.cell, labels.label)
    typical = np.bincount(labels.worker, weights=np.log(chance), minlength=labels.n_workers)
    crowd = np.bincount(labels.label, minlength=labels.n_classes) / max(labels.n_labels, 1)
    pairs, counts = np.unique(labels.worker * max(labels.n_classes, 1) + labels.label, return_counts=True)
    worker, label = pairs // max(labels.n_classes, 1), pairs % max(labels.n_classes, 1)
    start = SPAMMER_STRENGTH * crowd[label]
    per_pair = special.gammaln(counts + start) - special.gammaln(start)
    n = np.bincount(labels.worker, minlength=labels.n_workers)
    drawn = np.bincount(worker, weights=per_pair, minlength=labels.n_workers)
    blind = drawn - special.gammaln(n + SPAMMER_STRENGTH) + special.gammaln(SPAMMER_STRENGTH)
    return np.asarray(blind - typical, dtype=np.float64)
