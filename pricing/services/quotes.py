"""Quotes for jobs."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from labeling.models import LabelingJob
from marketplace.operations.core.money import MICROS
from pricing.core.cards import RateCard
from pricing.core.cards.effort import EffortRates
from pricing.core.cards.lines import shown
from pricing.core.drivers import Drivers
from pricing.core.effort import EFFORT_RATES, Work
from pricing.core.job_walk import Walked, job_walk
from pricing.core.quote import Price, QuoteInput, price
from pricing.errors import InvalidValue
from pricing.models import Quote
from pricing.services.cards import own_card, require_field
from pricing.services.costs import forecast_cost
from pricing.services.plans import Plan, effort_stated, plan_of
from quality.services import n_gold, require_answers

VALID_FOR = timedelta(days=7)
# A million million, as much as the API has digits for.
MOST_MICROS = MICROS**3


# What is priced of a plan.
Inputs = Callable[[Plan], QuoteInput]


@dataclass(frozen=True)
class Terms:
    """By what a job is priced beside what it says itself: the card, what was asked for, the volume so far."""

    card: RateCard
    drivers: Drivers
    used_units: int
    now: datetime
    wage_micros: int | None = None

    @property
    def rates(self) -> EffortRates:
        """Return the card's rates at the wage stated."""
        return rates_at(self.card, self.wage_micros)

    def asked(self, subject: QuoteInput) -> QuoteInput:
        """Return a job with all that was asked for."""
        return replace(
            subject,
            expertise=self.drivers.expertise,
            rush=self.drivers.rush_by(self.card.rates),
            integration=self.drivers.integration,
            used_units=self.used_units,
        )

    def on(self, subject: QuoteInput) -> Price:
        """Return the price of a job."""
        return payable_price(self.asked(subject), self.rates, currency=self.card.currency)

    def drivers_of(self, job: LabelingJob, plan: Plan, priced: Price, inputs: Inputs) -> list[dict[str, str]]:
        """Return what each cost driver adds to the expected total of a job that was priced on these terms."""
        rates = self.rates
        walked = Walked(
            subject=self.asked(inputs(plan)),
            at_median=self.asked(inputs(plan.at_median)),
            annotation_type=job.annotation_type,
            kappa=plan.effort.scene.kappa,
            turnaround=self.drivers.turnaround,
        )
        return [driver.as_document() for driver in job_walk(walked, priced, rates, currency=self.card.currency)]


def payable_price(subject: QuoteInput, rates: EffortRates, *, currency: str) -> Price:
    """Return a price that can be paid in; `InvalidValue` of any other."""
    priced = price(subject, rates, currency=currency)
    if priced.cap_micros > MOST_MICROS:
        raise InvalidValue("This comes to more than can be paid in.", field="job")
    return priced


def rates_at(card: RateCard, wage_micros: int | None) -> EffortRates:
    """Return a card's rates with the wage of an hour that a requester states; None: the card's own."""
    if wage_micros is None:
        return card.rates
    return replace(card.rates, wage_per_hour=Decimal(wage_micros) / MICROS)


def quote_job(
    job: LabelingJob,
    *,
    now: datetime,
    drivers: Drivers | None = None,
    used_units: int = 0,
    wage_micros: int | None = None,
) -> Quote:
    """Price a job as it stands and keep the quote.

    Parameters
    ----------
    used_units : units of the organization that the fee's tiers have counted already this month.
    wage_micros : what an hour of work is to pay; None: the card's wage.

    Raises
    ------
    CardError
        Naming what was asked for and the card does not offer, or the job's currency if it has no card.
    """
    terms = Terms(own_card(now, currency=job.currency), drivers or Drivers(), used_units, now, wage_micros)
    if job.teaches:
        return _quote_of_course(job, terms)
    n_known = n_gold(job.pk)
    plan = plan_of(job)
    n_tasks = plan.n_tasks - n_known
    inputs = partial(subject_of, job, n_gold=n_known)
    priced = terms.on(inputs(plan))
    return _keep(
        job,
        plan,
        priced,
        terms,
        labour_cap_micros=priced.budgets["labour"],
        gold_reserve_micros=priced.budgets["gold"],
        assumptions=_assumptions(job, plan, priced, terms, n_tasks=n_tasks, n_gold=n_known)
        | {"drivers": terms.drivers_of(job, plan, priced, inputs)},
    )


def subject_of(job: LabelingJob, plan: Plan, *, n_gold: int) -> QuoteInput:
    """Return what is priced of a job, so many of whose tasks are gold."""
    return QuoteInput(
        n_assets=plan.n_tasks - n_gold,
        n_gold=n_gold,
        effort_s=plan.effort_s_per_answer,
        look_s=plan.effort.per_asset_s,
        # Of those some may be gold: as if all of it were.
        n_aided=max(0, plan.n_aided - n_gold),
        aided_effort_s=plan.effort_s_per_aided_answer,
        units_per_asset=_units_in_price(job, plan),
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap,
        target_confidence=Decimal(str(job.target_confidence)),
        review_effort_s=plan.review.p50_s,
        review_share=Decimal(str(job.review_share)),
        reviewed_by=job.reviewed_by,
    )


def _quote_of_course(job: LabelingJob, terms: Terms) -> Quote:
    """Price a training or an exam: every learner answers everything, and is paid for it from the reserve for gold."""
    require_answers(job)
    require_field(job.attests, [terms.card], field="attests")
    plan = plan_of(job)
    n_lessons, inputs = plan.n_tasks, partial(_lessons_of, job)
    priced = terms.on(inputs(plan))
    assumptions = _assumptions(job, plan, priced, terms, n_tasks=n_lessons, n_gold=n_lessons)
    drivers = terms.drivers_of(job, plan, priced, inputs)
    return _keep(
        job,
        plan,
        priced,
        terms,
        labour_cap_micros=0,
        gold_reserve_micros=priced.budgets["labour"],
        assumptions=assumptions | {"n_learners": job.n_learners, "drivers": drivers},
    )


def _lessons_of(job: LabelingJob, plan: Plan) -> QuoteInput:
    """Return what is priced of a course."""
    return QuoteInput(
        n_assets=plan.n_tasks * job.n_learners,
        n_gold=0,
        effort_s=plan.effort_s_per_answer,
        look_s=plan.effort.per_asset_s,
        units_per_asset=_units_in_price(job, plan),
        min_overlap=1,
        max_overlap=1,
        target_confidence=Decimal(str(job.target_confidence)),
    )


def _keep(
    job: LabelingJob,
    plan: Plan,
    priced: Price,
    terms: Terms,
    *,
    labour_cap_micros: int,
    gold_reserve_micros: int,
    assumptions: dict[str, Any],
) -> Quote:
    quote = Quote(
        job=job,
        currency=job.currency,
        pay_micros=priced.pay_micros,
        aided_pay_micros=priced.aided_pay_micros,
        effort_s=float(plan.effort_s_per_answer),
        expected_micros=priced.expected_micros,
        cap_micros=priced.cap_micros,
        labour_cap_micros=labour_cap_micros,
        late_reserve_micros=priced.budgets["late_reserve"],
        gold_reserve_micros=gold_reserve_micros,
        review_pay_micros=priced.review_pay_micros,
        review_reserve_micros=priced.budgets["review"],
        fee_cap_micros=priced.line("fee").cap_micros,
        fee_ppm=priced.fee_ppm,
        fee_units=priced.fee_units,
        set_up_micros=priced.set_up_micros,
        card=terms.card.id,
        card_version=terms.card.version,
        card_sha256=terms.card.sha256,
        lines=[asdict(line) for line in priced.lines],
        assumptions=assumptions,
        created_at=terms.now,
        expires_at=terms.now + VALID_FOR,
    )
    forecast_cost(quote, job)
    quote.sha256 = seal(quote)
    quote.save(force_insert=True)
    return quote


def _units_in_price(job: LabelingJob, plan: Plan) -> Decimal:
    """Return the units that the fee's volume counts: objects only where more of them are more work."""
    return plan.units_per_task if EFFORT_RATES[job.annotation_type].per_unit_s > 0 else Decimal(1)


def _assumptions(
    job: LabelingJob, plan: Plan, priced: Price, terms: Terms, *, n_tasks: int, n_gold: int
) -> dict[str, Any]:
    rates, asked = terms.card.rates, terms.drivers
    return effort_stated(plan) | {
        "n_tasks": n_tasks,
        "n_gold": n_gold,
        "gold_share": shown(rates.gold_share) if n_gold else "0",
        "split_strategy": job.split_strategy,
        "split": job.split,
        "n_aided": plan.n_aided,
        "wage_per_hour": str(priced.terms.wage_per_hour),
        "pay_step": str(priced.terms.step),
        "seconds_per_asset": str(plan.effort.per_asset_s),
        "seconds_per_unit": str(plan.effort.per_unit_s),
        "units_per_asset": str(plan.effort.scene.units),
        "units_per_task": str(plan.units_per_task),
        "expected_answers_per_task": str(priced.expected_answers),
        "max_answers_per_task": job.max_overlap,
        "accuracy_of_one_answer": str(rates.assumed_accuracy),
        "review_share": str(job.review_share),
        "reviewed_by": job.reviewed_by,
        "review_share_of_effort": str(plan.review.value(Work.REVIEW)),
        "review_pay_times": str(rates.reviewers[job.reviewed_by]),
        "late_reserve_share": str(rates.reserve_share),
        "fee_tiers": [[bound, str(share)] for bound, share in rates.fee.steps],
        "used_units": terms.used_units,
        "rush": str(priced.terms.rush),
        "turnaround": asked.turnaround,
        "expertise": asked.expertise,
        "expertise_pay_times": str(priced.terms.expertise_times),
        "expert_wage_per_hour": str(priced.terms.expert_wage),
        "integration": dict(asked.integration),
    }


def seal(quote: Quote) -> str:
    """Return the hash that the quote can be ordered and checked by."""
    sealed = {
        field.attname: getattr(quote, field.attname)
        for field in Quote._meta.concrete_fields
        if field.attname != "sha256"
    }
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, default=str).encode()).hexdigest()
