"""What a drafted job would cost, and when it would be done, at other qualities and by other deadlines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import ceil

from labeling.models import AnnotationTypeName, LabelingJob
from marketplace.operations.core.currencies import minor_unit_micros
from pricing.core.cards.effort import EffortRates
from pricing.core.costs.forecasting import CostForecast, Experience, Forecaster
from pricing.core.costs.frontier import Offer, on_frontier
from pricing.core.costs.spending import Terms
from pricing.core.drivers import Drivers
from pricing.core.quote import Price, QuoteInput
from pricing.core.turnaround.forecasting import Finish
from pricing.errors import InvalidValue
from pricing.services.cards import own_card
from pricing.services.costs import asking_of, experience_of, seed_of
from pricing.services.finish import Outlook, outlook_of
from pricing.services.plans import Plan, plan_of
from pricing.services.quotes import payable_price, rates_at, subject_of
from quality.core.stopping import StoppingRule
from quality.services import n_gold

AS_DRAFTED = "as_drafted"
VOTED_ON = (AnnotationTypeName.IMAGE_CLASSIFICATION, AnnotationTypeName.MULTI_LABEL_CLASSIFICATION)
# The answers a vote with a margin takes at most: twice the margin and one decide between two classes.
MOST_PER_MARGIN = 2


@dataclass(frozen=True)
class Level:
    """A quality: how many answers a task gets, until how sure, and which share of labels others look at."""

    name: str
    min_overlap: int
    max_overlap: int
    target_confidence: float
    review_share: float
    reviewed_by: str
    least_gain: float = 0.0

    @property
    def rule(self) -> StoppingRule:
        """Return when a task has answers enough."""
        return StoppingRule(self.target_confidence, self.min_overlap, self.max_overlap, least_gain=self.least_gain)


@dataclass(frozen=True)
class Cell:
    """A quality by a deadline.

    Attributes
    ----------
    deadline : None: whenever it is done.
    rush : share of the pay on top that the deadline demands.
    meets_deadline : whether P85 of the finish lies before it; what rush speeds up is not in the forecast.
    on_frontier : no other cell is nowhere worse and somewhere better in P50 of the cost, right labels and finish.
    """

    level: Level
    deadline: datetime | None
    rush: Decimal
    cost: CostForecast
    expected_micros: int
    cap_micros: int
    finish: Finish
    meets_deadline: bool
    on_frontier: bool


@dataclass(frozen=True)
class Grid:
    """All cells, level by level, and what they rest on."""

    n_tasks: int
    currency: str
    card: str
    experience: Experience
    cells: tuple[Cell, ...]


def what_if(
    job: LabelingJob,
    *,
    now: datetime,
    levels: Sequence[Level] | None = None,
    deadlines: Sequence[datetime | None] = (None,),
    drivers: Drivers | None = None,
    used_units: int = 0,
    wage_micros: int | None = None,
) -> Grid:
    """Price a job at every level by every deadline; nothing is kept.

    The plan is made once and every level simulated once, whatever the number of deadlines. The cells of the job as it
    stands are what `quote_job` would say, of the same units used and wage.

    Raises
    ------
    InvalidValue
        Of a training or an exam, which has one price; of a deadline that is over; where a cell comes to more than
        can be paid in.
    NoSuchCard
        There is no rate card in the job's currency.
    """
    if job.teaches:
        raise InvalidValue("A training or an exam has one price: quote it.", field="job")
    if any(deadline is not None and deadline <= now for deadline in deadlines):
        raise InvalidValue("A deadline is over.", field="deadlines")
    card, asked = own_card(now, currency=job.currency), drivers or Drivers()
    plan, n_known, experience = plan_of(job), n_gold(job.pk), experience_of(job)
    subject = replace(
        subject_of(job, plan, n_gold=n_known),
        expertise=asked.expertise,
        integration=asked.integration,
        used_units=used_units,
    )
    rates = rates_at(card, wage_micros)
    pricing = _Pricing(job, plan, subject, rates, experience, outlook_of(job, now=now))
    chosen = levels if levels is not None else [drafted_level(job), *levels_of(rates, job)]
    cells = [cell for level in chosen for cell in pricing.row(level, deadlines, now=now, asked=asked)]
    best = on_frontier([Offer(each.cost.p50_micros, each.cost.right_share, _due_s(each, now)) for each in cells])
    return Grid(
        n_tasks=subject.n_assets,
        currency=job.currency,
        card=card.id,
        experience=experience,
        cells=tuple(replace(cell, on_frontier=is_best) for cell, is_best in zip(cells, best, strict=True)),
    )


def drafted_level(job: LabelingJob) -> Level:
    """Return the quality that the job asks for as it stands."""
    return Level(
        name=AS_DRAFTED,
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap,
        target_confidence=job.target_confidence,
        review_share=job.review_share,
        reviewed_by=job.reviewed_by,
        least_gain=job.least_gain,
    )


def levels_of(rates: EffortRates, job: LabelingJob) -> list[Level]:
    """Return the card's quality levels for a job: votes until a class leads by a margin, or so many answers."""
    by_vote = job.annotation_type in VOTED_ON
    odds = float(rates.assumed_accuracy / (1 - rates.assumed_accuracy))
    found = []
    for name, level in rates.quality_levels.items():
        margin = level.margin if by_vote else 0
        lead = odds**margin
        found.append(
            Level(
                name=name,
                min_overlap=margin or level.replicas,
                max_overlap=MOST_PER_MARGIN * margin + 1 if margin else level.replicas,
                # A little below what the lead comes to, so that it is reached by it.
                target_confidence=round(lead / (1 + lead), 3) - 0.002 if margin else job.target_confidence,
                review_share=float(level.review_share),
                reviewed_by=level.reviewed_by,
                least_gain=job.least_gain,
            )
        )
    return found


@dataclass(frozen=True)
class _Pricing:
    """What all cells of a grid share."""

    job: LabelingJob
    plan: Plan
    subject: QuoteInput
    rates: EffortRates
    experience: Experience
    outlook: Outlook

    def row(self, level: Level, deadlines: Sequence[datetime | None], *, now: datetime, asked: Drivers) -> list[Cell]:
        """Return the cells of one level."""
        subject = replace(
            self.subject,
            min_overlap=level.min_overlap,
            max_overlap=level.max_overlap,
            target_confidence=Decimal(str(level.target_confidence)),
            review_share=Decimal(str(level.review_share)),
            reviewed_by=level.reviewed_by,
        )
        seed = seed_of(self.job)
        priced = payable_price(subject, self.rates, currency=self.job.currency)
        plain = terms_at(priced, subject, level.rule, currency=self.job.currency)
        asking = asking_of(self.job, float(self.plan.units_per_task))
        forecaster = Forecaster.of(plain, asking, experience=self.experience, seed=seed)
        finish = self.outlook.finish(
            plain,
            forecaster.price(plain),
            effort_s=float(self.plan.effort_s_per_answer),
            review_s=float(subject.review_effort_s),
            seed=seed,
        )
        cells = []
        for deadline in deadlines:
            left_s = None if deadline is None else (deadline - now).total_seconds()
            rush = max(asked.rush_by(self.rates), self._demanded(left_s, finish))
            priced = payable_price(replace(subject, rush=rush), self.rates, currency=self.job.currency)
            cells.append(
                Cell(
                    level=level,
                    deadline=deadline,
                    rush=rush,
                    cost=forecaster.price(terms_at(priced, subject, level.rule, currency=self.job.currency)),
                    expected_micros=priced.expected_micros,
                    cap_micros=priced.cap_micros,
                    finish=finish,
                    meets_deadline=left_s is None or finish.p85_s <= left_s,
                    on_frontier=False,
                )
            )
        return cells

    def _demanded(self, left_s: float | None, finish: Finish) -> Decimal:
        if left_s is None or finish.p85_s <= 0:
            return Decimal(0)
        return self.rates.rush_for(Decimal(left_s / finish.p85_s))


def terms_at(priced: Price, subject: QuoteInput, rule: StoppingRule, *, currency: str) -> Terms:
    """Return what a price pays, and at most."""
    return Terms(
        rule=rule,
        n_tasks=subject.n_assets,
        pay_micros=priced.pay_micros,
        labour_cap_micros=priced.budgets["labour"],
        late_reserve_micros=priced.budgets["late_reserve"],
        fee_ppm=priced.fee_ppm,
        cap_micros=priced.cap_micros,
        n_aided=min(subject.n_aided, subject.n_assets),
        aided_pay_micros=priced.aided_pay_micros,
        n_gold=subject.n_gold,
        gold_reserve_micros=priced.budgets["gold"],
        n_reviews=ceil(subject.review_share * subject.n_assets) if priced.budgets["review"] else 0,
        review_pay_micros=priced.review_pay_micros,
        review_reserve_micros=priced.budgets["review"],
        set_up_micros=priced.set_up_micros,
        unit_micros=minor_unit_micros(currency),
    )


def _due_s(cell: Cell, now: datetime) -> float:
    """Return by when a cell is to be done: by its deadline, without one (or where that is sooner) by P85."""
    if cell.deadline is None:
        return cell.finish.p85_s
    return min(cell.finish.p85_s, (cell.deadline - now).total_seconds())
