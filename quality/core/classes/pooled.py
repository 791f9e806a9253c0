"""The belief of two models that err in opposite ways."""

from __future__ import annotations

from dataclasses import dataclass

from quality.core.classes.beliefs import TaskBeliefs, known_classes, vote_shares, with_gold
from quality.core.classes.dawid_skene import DEFAULT_PRIORS, ConfusionPriors, dawid_skene
from quality.core.classes.dependence import Dependence, find_dependence
from quality.core.classes.mixed_membership import mixed_membership
from quality.core.classes.one_coin import CoinPriors, one_coin
from quality.core.labels import FloatArray, IntArray, LabelMatrix

LEARNED_CLASSES = CoinPriors(class_strength=1.0)
# The more tasks, the longer the last of them takes to come to rest.
MAX_SWEEPS = 500
# Share of all agreement beyond the votes' that makes a pair near-copies; two experts among laymen stay below.
COPY, COPY_SHRINKAGE = 0.9, 2.0


@dataclass(frozen=True)
class DependentBeliefs(TaskBeliefs):
    """State what is believed of every task, and who was found to depend on whom."""

    dependence: Dependence


def dependent_dawid_skene(
    labels: LabelMatrix, *, gold: IntArray | None = None, priors: ConfusionPriors = DEFAULT_PRIORS
) -> DependentBeliefs:
    """Estimate by Dawid-Skene, with the labels of workers who copy or err alike counted for less.

    Parameters
    ----------
    gold : (n_tasks,) known classes, -1 where unknown.

    Notes
    -----
    Two workers of one habit look, to Dawid-Skene, like two witnesses who confirm each other, and the more they label
    the more the truth becomes what they say. Whether a pair depends is therefore judged against a model that has one
    number for each worker and so cannot learn the pair's habit.
    """
    dependence = _dependence(labels, gold)
    found = dawid_skene(labels, gold=gold, weight=_weight(dependence, labels), priors=priors, max_iter=MAX_SWEEPS)
    return DependentBeliefs(
        posterior=found.posterior, n_iter=found.n_iter, converged=found.converged, dependence=dependence
    )


def pooled_belief(labels: LabelMatrix, *, gold: IntArray | None = None) -> DependentBeliefs:
    """Average the beliefs of Dawid-Skene among dependent workers and of mixed membership.

    Parameters
    ----------
    gold : (n_tasks,) known classes, -1 where unknown.

    Notes
    -----
    Dawid-Skene takes a task's labels for independent given one truth and is too sure; mixed membership takes them
    for views of an ambiguous task and is too timid where the task is plain. Where they agree the average is sure,
    where they differ it says so: over the recorded crowds it is as accurate as the better of them, and half as far
    from calibrated as Dawid-Skene.

    Source: the linear opinion pool, Stone 1961, doi:10.1214/aoms/1177704873.
    """
    witnesses = dependent_dawid_skene(labels, gold=gold)
    views = mixed_membership(labels, gold=gold, weight=_weight(witnesses.dependence, labels))
    return DependentBeliefs(
        posterior=(witnesses.posterior + views.posterior) / 2.0,
        n_iter=witnesses.n_iter + views.n_iter,
        converged=witnesses.converged and views.converged,
        dependence=witnesses.dependence,
    )


def _dependence(labels: LabelMatrix, gold: IntArray | None) -> Dependence:
    """Judge all pairs against the coin's truth, from which near-copies have been kept from making themselves it."""
    shares = with_gold(vote_shares(labels), known_classes(labels, gold))
    copies = find_dependence(labels, shares, shrinkage=COPY_SHRINKAGE).at_least(COPY)
    plain = one_coin(labels, gold=gold, weight=_weight(copies, labels), priors=LEARNED_CLASSES)
    return find_dependence(labels, plain.posterior)


def _weight(dependence: Dependence, labels: LabelMatrix) -> FloatArray | None:
    return dependence.label_weights(labels) if len(dependence.first) else None
