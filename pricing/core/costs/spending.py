"""From answers to money: what drawn jobs spend under the terms of a quote."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from pricing.core.costs.answers import Collected
from pricing.core.costs.crowds import Crowds
from quality.core.allocation.routing import gold_chance
from quality.core.labels import FloatArray
from quality.core.stopping import StoppingRule

CENT = 10_000
MILLION = 1_000_000
# The accuracy on gold by which the rate of gold falls: between 70 and 95 % it falls about as fast.
ACCURACY_ON_GOLD = 0.85


@dataclass(frozen=True)
class Terms:
    """What a job pays, and at most; money in micro-units, amounts that are never exceeded under `_cap` and `_reserve`.

    Parameters
    ----------
    n_tasks : whose labels are bought; `n_aided` of them show a pre-label.
    n_gold : tasks of known answer beside them.
    n_reviews : reviews and adjudications that are asked for at most, and paid.
    set_up_micros : what is charged whatever happens; no fee is taken on it.
    unit_micros : the least amount of the currency, to which fees are rounded.
    """

    rule: StoppingRule
    n_tasks: int
    pay_micros: int
    labour_cap_micros: int
    late_reserve_micros: int
    fee_ppm: int
    cap_micros: int
    n_aided: int = 0
    aided_pay_micros: int = 0
    n_gold: int = 0
    gold_reserve_micros: int = 0
    n_reviews: int = 0
    review_pay_micros: int = 0
    review_reserve_micros: int = 0
    set_up_micros: int = 0
    unit_micros: int = CENT

    @property
    def floor_micros(self) -> int:
        """Return what the job comes to when every task takes its fewest answers and nothing else is paid."""
        once = self.pay_micros * (self.n_tasks - self.n_aided) + self.aided_pay_micros * self.n_aided
        return int(self.with_fee(np.array([once * self.rule.min_overlap], dtype=np.float64))[0])

    def with_fee(self, paid: FloatArray) -> FloatArray:
        """Return what is charged: what was paid, the fee on it, rounded, and what is charged anyhow."""
        fee = np.floor(paid * self.fee_ppm / MILLION / self.unit_micros + 0.5) * self.unit_micros
        charged: FloatArray = np.minimum(paid + fee + self.set_up_micros, self.cap_micros)
        return charged

    def whole(self, micros: float) -> int:
        """Return an amount up to the next that can be invoiced, at most the cap."""
        return min(ceil(round(micros) / self.unit_micros) * self.unit_micros, self.cap_micros)


def spend(terms: Terms, crowds: Crowds, found: Collected, *, rng: np.random.Generator) -> FloatArray:
    """Return (n,) what each drawn job is charged in micro-units, settled by the platform's rules.

    Tasks of one job are alike but for chance, so a job of many is the sampled tasks' mean and a normal remainder.
    """
    answers = total_answers(found, terms, rng=rng)
    pay = _usual_pay(terms)
    labour = np.minimum(answers * pay, terms.labour_cap_micros)
    late = np.minimum(rng.poisson(crowds.late * answers) * pay, _whole(terms.late_reserve_micros, terms.pay_micros))
    paid = labour + late + _gold(terms, crowds, answers) + _reviews(terms, found)
    return terms.with_fee(paid)


def total_answers(found: Collected, terms: Terms, *, rng: np.random.Generator) -> FloatArray:
    """Return (n,) the counted answers of each whole job."""
    n_sampled = found.n_answers.shape[1]
    if n_sampled == terms.n_tasks:
        exact: FloatArray = found.n_answers.sum(axis=1).astype(np.float64)
        return exact
    mean = found.n_answers.mean(axis=1)
    variance = found.n_answers.var(axis=1, ddof=1)
    # The means of few tasks lie further apart than the jobs do: drawn together by as much as is chance.
    between = max(float(mean.var()) - float(variance.mean()) / n_sampled, 0.0)
    steadied = mean.mean() + (mean - mean.mean()) * np.sqrt(between / max(float(mean.var()), 1e-12))
    total = terms.n_tasks * steadied + np.sqrt(terms.n_tasks * variance) * rng.standard_normal(len(mean))
    rule = terms.rule
    bounded: FloatArray = np.clip(np.rint(total), terms.n_tasks * rule.min_overlap, terms.n_tasks * rule.max_overlap)
    return bounded


def _usual_pay(terms: Terms) -> float:
    if not terms.n_tasks:
        return float(terms.pay_micros)
    aided = terms.n_aided / terms.n_tasks
    return terms.pay_micros * (1.0 - aided) + terms.aided_pay_micros * aided


def _gold(terms: Terms, crowds: Crowds, answers: FloatArray) -> FloatArray:
    """Return what answers to gold are paid: drawn by the claim, seldomer the more a worker has given."""
    if not terms.n_gold:
        return np.zeros(len(answers))
    shown = np.arange(terms.n_gold, dtype=np.float64)
    chance = np.array([gold_chance(ACCURACY_ON_GOLD * n, (1.0 - ACCURACY_ON_GOLD) * n) for n in shown])
    # A worker has met so much gold after so many answers beside it.
    before = np.concatenate([[0.0], np.cumsum((1.0 - chance) / chance)])
    each = crowds.activity * (answers * np.minimum(1.0, crowds.activity.shape[1] / crowds.n_workers))[:, None]
    met = np.interp(each, before, np.arange(terms.n_gold + 1.0)).sum(axis=1)
    met *= np.maximum(1.0, crowds.n_workers / crowds.activity.shape[1])
    paid: FloatArray = np.minimum(np.rint(met) * terms.pay_micros, _whole(terms.gold_reserve_micros, terms.pay_micros))
    return paid


def _reviews(terms: Terms, found: Collected) -> FloatArray:
    """Return what checks are paid: adjudications of what ended in doubt first, of the rest a sample."""
    if not terms.n_reviews:
        return np.zeros(len(found.unsure))
    doubted = np.minimum(np.rint(found.unsure.mean(axis=1) * terms.n_tasks), terms.n_reviews)
    looked_at = np.minimum(terms.n_reviews - doubted, terms.n_tasks - doubted)
    paid = doubted * terms.pay_micros + looked_at * terms.review_pay_micros
    within: FloatArray = np.minimum(paid, terms.review_reserve_micros)
    return within


def _whole(reserve_micros: int, pay_micros: int) -> int:
    """Return what a reserve holds in whole answers."""
    return reserve_micros // pay_micros * pay_micros if pay_micros else 0
