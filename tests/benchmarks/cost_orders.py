"""Orders in a world that the quoter knows nothing of, worked off by the platform's own rules, answer by answer.

Workers have abilities and images an easiness that multiplies them (GLAD: Whitehill et al. 2009), errors follow each
worker's own and the job's common confusion of classes, some workers guess and some say the same always, some images
mislead nearly everybody, classes are skewed, and few workers do most of the work (a power law). Belief, stopping,
refits, last looks and gold are the platform's code (`quality.core`), run as the services run it: every task its fewest
answers first, then where an answer gains most, ten leases a claim. Reviews and late answers are drawn by chances of
their own. Left out: better workers being waited for, skips, and reserves that several jobs share (there are none).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

import numpy as np
from scipy.special import expit

from marketplace.operations.core.money import MICROS, half_up_cent
from pricing.core.quote import Price, QuoteInput, price
from quality.core.allocation.routing import gold_chance
from quality.core.classes.beliefs import Beliefs
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.online import stops
from quality.core.classes.skills import ClassSkills
from quality.core.classes.two_views import STOPPING_PRIORS, two_view_belief, two_view_posterior
from quality.core.gain import gain_per_answer, information_of_tasks
from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.stopping import StoppingRule
from tests.pricing.rates import RATES

REFIT_GROWTH, REFIT_AT_LEAST, MAX_LOOKS = 0.15, 25, 3
CLAIM = 10
MAX_IDLE = 400


@dataclass(frozen=True)
class World:
    """What jobs of one platform have in common: where abilities lie, and how far jobs lie apart."""

    ability: float
    between: float
    easiness: float

    @classmethod
    def of(cls, rng: np.random.Generator) -> World:
        return cls(ability=rng.normal(1.9, 0.4), between=rng.uniform(0.3, 0.6), easiness=rng.uniform(0.4, 0.9))


@dataclass(frozen=True)
class Bought:
    """What a requester asks for, and its price."""

    n_tasks: int
    n_gold: int
    n_classes: int
    rule: StoppingRule
    review_share: float
    priced: Price
    n_reviews: int


def bought(rng: np.random.Generator, *, most_tasks: int) -> Bought:
    """Draw an order; one in ten has a fixed overlap."""
    n_tasks = round(np.exp(rng.uniform(np.log(40), np.log(most_tasks))))
    least = int(rng.choice([1, 2, 3], p=[0.3, 0.45, 0.25]))
    most = least + (0 if rng.random() < 0.1 else int(rng.integers(2, 8)))
    rule = StoppingRule(
        target_confidence=float(rng.choice([0.8, 0.9, 0.95, 0.98])),
        min_overlap=least,
        max_overlap=most,
        least_gain=float(rng.choice([0.0, 0.001])),
    )
    review_share = float(rng.choice([0.0, 0.1, 0.25], p=[0.6, 0.2, 0.2]))
    n_gold = ceil(n_tasks * 0.05) if rng.random() < 0.4 else 0
    asked = QuoteInput(
        n_assets=n_tasks,
        n_gold=n_gold,
        effort_s=Decimal("5.1"),
        units_per_asset=Decimal(1),
        min_overlap=least,
        max_overlap=most,
        target_confidence=Decimal(str(rule.target_confidence)),
        review_effort_s=Decimal("1.6014"),
        review_share=Decimal(str(review_share)),
    )
    return Bought(
        n_tasks=n_tasks,
        n_gold=n_gold,
        n_classes=int(rng.choice([2, 3, 4, 6, 10])),
        rule=rule,
        review_share=review_share,
        priced=price(asked, RATES),
        n_reviews=ceil(review_share * n_tasks),
    )


@dataclass(frozen=True)
class Ended:
    """What became of an order: the charge in micro-units, counted answers, and how good the answers looked."""

    charged_micros: int
    n_answers: int
    seen_accuracy: float
    right_share: float


class Nature:
    """The truth of one job: images, and people who say something about them."""

    def __init__(self, world: World, order: Bought, rng: np.random.Generator) -> None:
        self.rng, k = rng, order.n_classes
        n = order.n_tasks + order.n_gold
        n_workers = int(np.clip(np.exp(rng.normal(np.log(6 + 0.6 * n**0.5), 0.4)), order.rule.max_overlap + 2, 150))
        centre = rng.normal(world.ability, world.between)
        self.ability = rng.normal(centre, rng.uniform(0.2, 0.7), size=n_workers)
        self.kind = rng.choice(3, size=n_workers, p=_mixture(rng))
        self.habit = rng.integers(k, size=n_workers)
        self.easiness = np.exp(rng.normal(0.0, world.easiness, size=n))
        frequency = (1.0 + np.arange(k)) ** -rng.uniform(0.0, 1.5)
        self.truth = rng.choice(k, size=n, p=frequency / frequency.sum())
        self.misleads = rng.random(n) < rng.beta(1.0, 25.0)
        common = _off_diagonal(rng.gamma(0.5, size=(k, k)) + 1e-3)
        own = _off_diagonal(rng.gamma(0.5, size=(n_workers, k, k)) + 1e-3)
        self.mistakes = np.cumsum(0.7 * common[None] + 0.3 * own, axis=2)
        self.lure = np.array([common[t].argmax() for t in self.truth])
        activity = rng.pareto(1.2, size=n_workers) + 0.05
        self.activity = activity / activity.sum()
        self.late = rng.beta(1.5, 90.0)
        self.n_classes = k

    def say(self, worker: int, tasks: IntArray) -> IntArray:
        """Return what a worker says of tasks."""
        rng, truth = self.rng, self.truth[tasks]
        right = rng.random(len(tasks)) < expit(self.ability[worker] * self.easiness[tasks])
        slip = (rng.random(len(tasks))[:, None] > self.mistakes[worker, truth][:, :-1]).sum(axis=1)
        said = np.where(right, truth, slip)
        said = np.where(self.misleads[tasks] & (rng.random(len(tasks)) < 0.75), self.lure[tasks], said)
        if self.kind[worker] == 1:
            said = rng.integers(self.n_classes, size=len(tasks))
        elif self.kind[worker] == 2:
            said = np.full(len(tasks), self.habit[worker])
        return said.astype(np.int64)


def _mixture(rng: np.random.Generator) -> FloatArray:
    guess, constant = rng.beta(1.0, 12.0), rng.beta(1.0, 30.0)
    total = max(1.0, guess + constant)
    return np.array([1.0 - (guess + constant) / total, guess / total, constant / total])


def _off_diagonal(weight: FloatArray) -> FloatArray:
    """Return chances of each wrong class, given the true one; none of the right one."""
    k = weight.shape[-1]
    off = weight * (1.0 - np.eye(k))
    chances: FloatArray = off / off.sum(axis=-1, keepdims=True)
    return chances


class Job:
    """A job at work."""

    def __init__(self, world: World, order: Bought, rng: np.random.Generator) -> None:
        self.nature, self.order, self.rng = Nature(world, order, rng), order, rng
        n, self.n_workers = order.n_tasks, len(self.nature.ability)
        self.answered = np.zeros((self.n_workers, n + order.n_gold), dtype=bool)
        self.rows: list[IntArray] = []
        self.of_task = np.full((n, order.rule.max_overlap, 2), -1, dtype=np.int64)
        self.n_answers = np.zeros(n, dtype=np.int64)
        self.done, self.gain = np.zeros(n, dtype=bool), np.zeros(n)
        self.confident = np.zeros(n, dtype=bool)
        self.posterior = np.full((n, order.n_classes), 1.0 / order.n_classes)
        self.n_seen = self.n_fitted = self.n_gold_answers = self.n_late = 0
        self.beliefs: Beliefs | None = None
        self.gold_right, self.gold_wrong = np.zeros(self.n_workers), np.zeros(self.n_workers)
        self.late_left = order.priced.budgets["late_reserve"] // order.priced.pay_micros
        self.gold_left = order.priced.budgets["gold"] // order.priced.pay_micros

    def run(self) -> Ended:
        """Work until nothing wants an answer, look once more, and settle."""
        for _ in range(MAX_LOOKS + 1):
            self._work()
            self._fit()
            reopened = self.confident & ~self.done
            self.confident &= self.done
            if not reopened.any():
                break
        return self._settled()

    def _work(self) -> None:
        idle = 0
        while not self.done.all() and idle < MAX_IDLE:
            worker = int(self.rng.choice(self.n_workers, p=self.nature.activity))
            tasks = self._claim(worker)
            idle = 0 if len(tasks) else idle + 1
            if len(tasks):
                self._answer(worker, tasks)

    def _claim(self, worker: int) -> IntArray:
        free = np.flatnonzero(~self.done & ~self.answered[worker, : self.order.n_tasks])
        first = self.n_answers[free] < self.order.rule.min_overlap
        ahead = np.lexsort((-self.gain[free], ~first))
        chosen: IntArray = free[ahead[:CLAIM]]
        return chosen

    def _answer(self, worker: int, tasks: IntArray) -> None:
        tasks = tasks[self._draw_gold(worker, len(tasks)) :]
        if not len(tasks):
            return
        said = self.nature.say(worker, tasks)
        self.answered[worker, tasks] = True
        self.of_task[tasks, self.n_answers[tasks]] = np.stack([np.full(len(tasks), worker), said], axis=1)
        self.n_answers[tasks] += 1
        self.n_seen += len(tasks)
        late = min(int(self.rng.binomial(len(tasks), self.nature.late)), self.late_left)
        self.late_left, self.n_late = self.late_left - late, self.n_late + late
        if self.n_seen >= self.n_fitted * (1 + REFIT_GROWTH) + REFIT_AT_LEAST:
            self._fit()
        else:
            self._believe(tasks)

    def _draw_gold(self, worker: int, n: int) -> int:
        """Return how many of the tasks handed out are gold, answered and scored at once."""
        chance = gold_chance(self.gold_right[worker], self.gold_wrong[worker])
        unseen = np.flatnonzero(~self.answered[worker, self.order.n_tasks :]) + self.order.n_tasks
        shown = min(int(self.rng.binomial(n, chance)), len(unseen), self.gold_left)
        gold = self.rng.permutation(unseen)[:shown]
        if len(gold):
            said = self.nature.say(worker, gold)
            self.answered[worker, gold] = True
            self.rows.append(np.stack([gold, np.full(len(gold), worker), said], axis=1))
            right = int((said == self.nature.truth[gold]).sum())
            self.gold_right[worker] += right
            self.gold_wrong[worker] += len(gold) - right
            self.n_gold_answers, self.gold_left = self.n_gold_answers + shown, self.gold_left - shown
        return shown

    def _matrix(self, tasks: IntArray, *, with_gold: bool) -> LabelMatrix:
        place, slot = np.nonzero(self.of_task[tasks, :, 0] >= 0)
        worker, label = self.of_task[tasks[place], slot].T
        n = len(tasks)
        if with_gold and self.rows:
            gold, by, said = np.concatenate(self.rows).T
            place, worker, label = (np.concatenate(pair) for pair in ((place, gold), (worker, by), (label, said)))
            n += self.order.n_gold
        sizes = {"n_tasks": n, "n_workers": self.n_workers, "n_classes": self.order.n_classes}
        return LabelMatrix(task=place.astype(np.int64), worker=worker, label=label, **sizes)

    def _fit(self) -> None:
        self.n_fitted = self.n_seen
        every = np.arange(self.order.n_tasks)
        labels = self._matrix(every, with_gold=True)
        gold = np.full(labels.n_tasks, -1, dtype=np.int64)
        gold[self.order.n_tasks :] = self.nature.truth[self.order.n_tasks : labels.n_tasks]
        self.beliefs = dawid_skene(labels, gold=gold, priors=STOPPING_PRIORS)
        self._believe(np.flatnonzero(self.n_answers > 0))

    def _believe(self, tasks: IntArray) -> None:
        if self.beliefs is None:
            cold = ClassSkills.cold([str(number) for number in range(self.order.n_classes)])
            given = [self.of_task[task, : self.n_answers[task]] for task in tasks]
            votes = [[(worker, str(label)) for worker, label in pairs.tolist()] for pairs in given]
            self.posterior[tasks] = [two_view_belief(each, cold).posterior for each in votes]
            confusion = cold.crowd.confusion
        else:
            self.posterior[tasks] = two_view_posterior(self._matrix(tasks, with_gold=False), self.beliefs)
            confusion = self.beliefs.crowd_confusion
        rule, posterior, n_answers = self.order.rule, self.posterior[tasks], self.n_answers[tasks]
        left = rule.max_overlap - n_answers
        stopped = stops(posterior, n_answers, rule, confusion=confusion, n_left=left)
        sure = posterior.max(axis=1)
        self.confident[tasks] = (sure >= rule.target_confidence) & (n_answers >= rule.min_overlap)
        self.done[tasks] = stopped | (left <= 0)
        self.gain[tasks] = gain_per_answer(sure, information_of_tasks(posterior, confusion), n_left=left)

    def _settled(self) -> Ended:
        order, priced = self.order, self.order.priced
        n_answers = int(self.n_answers.sum())
        paid = (n_answers + self.n_gold_answers + self.n_late) * priced.pay_micros + self._reviews()
        fee = half_up_cent(Decimal(paid * priced.fee_ppm) / MICROS / MICROS)
        assert self.beliefs is not None, "a job ends with a fit"
        tally = self.beliefs.tally
        own = tally.mass[np.arange(len(tally.label)), tally.label]
        right = self.posterior.argmax(axis=1) == self.nature.truth[: order.n_tasks]
        return Ended(
            charged_micros=paid + min(fee, priced.cap_micros - paid),
            n_answers=n_answers,
            seen_accuracy=float(own.sum() / tally.mass.sum()),
            right_share=float(right.mean()),
        )

    def _reviews(self) -> int:
        """Return what checks are paid: every task in doubt is adjudicated, of the sure ones a sample is looked at."""
        order, rng = self.order, self.rng
        doubted = int((self.done & (self.posterior.max(axis=1) < order.rule.target_confidence)).sum())
        n_left, paid = order.n_reviews, 0
        for pay, n_asked in (
            (order.priced.pay_micros, doubted),
            (order.priced.review_pay_micros, max(0, floor(order.n_reviews) - doubted)),
        ):
            n = min(n_asked, n_left)
            # One in seven leaves the label in doubt, and another person is asked.
            n = min(n + int(rng.binomial(n, 0.15)), n_left)
            n_left, paid = n_left - n, paid + n * pay
        return min(paid, order.priced.budgets["review"])
