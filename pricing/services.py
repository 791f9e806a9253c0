"""Quotes for jobs."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from labeling.core.splitting import Strategy
from labeling.models import JobState, LabelingJob, ReviewedBy
from labeling.services import Pace, Pay, preview_split, read_strategy, resplit_draft, resplit_job
from marketplace.operations.core.money import MICROS
from pricing.core.effort import EFFORT_RATES, effort_s, review_effort_s
from pricing.core.quote import (
    ASSUMED_ACCURACY,
    FEE_TIERS,
    GOLD_SHARE,
    RESERVE_SHARE,
    WAGE_PER_HOUR,
    Price,
    QuoteInput,
    pay_for,
    price,
)
from pricing.models import Quote
from quality.services import n_gold, require_answers

VALID_FOR = timedelta(days=7)


def pace_of(job: LabelingJob) -> Pace:
    """Return the seconds that an answer takes, as splitting weighs assets with."""
    rate = EFFORT_RATES[job.annotation_type]
    return Pace(per_asset_s=float(rate.per_asset_s), per_unit_s=float(rate.per_unit_s))


@dataclass(frozen=True)
class Plan:
    """How a job is split, and the seconds of work that its tasks are with the fewest and the most answers.

    Attributes
    ----------
    n_aided : tasks that show a pre-label, which is checked in `effort_s_per_aided_answer`.
    """

    strategy: str
    n_assets: int
    n_tasks: int
    n_batches: int
    n_aided: int
    units_per_task: Decimal
    effort_s_per_answer: Decimal
    effort_s_per_aided_answer: Decimal
    effort_s_min: Decimal
    effort_s_max: Decimal


def plan_of(job: LabelingJob, strategy: Strategy | None = None) -> Plan:
    """Return the plan of a job as it stands, or with another strategy."""
    preview = preview_split(job, pace=pace_of(job), strategy=strategy)
    # What is in an asset is divided among its parts; what margins show twice is looked at, and not counted.
    units = Decimal(str(job.units_per_asset)) * preview.n_assets / preview.n_tasks
    seconds = effort_s(job.annotation_type, units_per_asset=units)
    aided = review_effort_s(job.annotation_type, units_per_asset=units)
    once = seconds * (preview.n_tasks - preview.n_aided) + aided * preview.n_aided
    return Plan(
        strategy=preview.strategy,
        n_assets=preview.n_assets,
        n_tasks=preview.n_tasks,
        n_batches=preview.n_batches,
        n_aided=preview.n_aided,
        units_per_task=units,
        effort_s_per_answer=seconds,
        effort_s_per_aided_answer=aided,
        effort_s_min=once * job.min_overlap,
        effort_s_max=once * job.max_overlap,
    )


def is_as_quoted(job: LabelingJob, quote: Quote) -> bool:
    """Return whether the job is still split as it was quoted, and shows as many pre-labels."""
    assumed = quote.assumptions
    if assumed.get("split", job.split) != job.split:
        return False
    # All else that a plan rests on is immutable, and counting takes long.
    return not job.strategy.shows_prelabels or plan_of(job).n_aided == assumed["n_aided"]


def resplit(job: LabelingJob, given: Any) -> None:
    """Split a job otherwise; of a published one, what nobody has begun with, at the same wage and within its budget.

    Raises
    ------
    InvalidInput
        Naming a member of `split`.
    WrongState, SplitRefused
        Nothing was changed.
    """
    strategy = read_strategy(job, given)
    if job.state == JobState.DRAFT:
        resplit_draft(job.pk, strategy)
        return
    plan = plan_of(job, strategy)
    pay, aided = pay_for(plan.effort_s_per_answer), pay_for(plan.effort_s_per_aided_answer)
    resplit_job(job.pk, strategy, pace=pace_of(job), pay=Pay(int(pay * MICROS), int(aided * MICROS)))


def quote_job(job: LabelingJob, *, now: datetime) -> Quote:
    """Price a job as it stands and keep the quote."""
    if job.teaches:
        return _quote_of_course(job, now=now)
    n_known = n_gold(job.pk)
    plan = plan_of(job)
    n_tasks = plan.n_tasks - n_known
    priced = price(
        QuoteInput(
            n_assets=n_tasks,
            n_gold=n_known,
            effort_s=plan.effort_s_per_answer,
            # Of those some may be gold: as if all of it were.
            n_aided=max(0, plan.n_aided - n_known),
            aided_effort_s=plan.effort_s_per_aided_answer,
            units_per_asset=_units_in_price(job, plan),
            min_overlap=job.min_overlap,
            max_overlap=job.max_overlap,
            target_confidence=Decimal(str(job.target_confidence)),
            review_effort_s=review_effort_s(job.annotation_type, units_per_asset=plan.units_per_task),
            review_share=Decimal(str(job.review_share)),
            reviews_paid=job.reviewed_by != ReviewedBy.REQUESTER,
        )
    )
    return _keep(
        job,
        plan,
        priced,
        labour_cap_micros=priced.line("labour").cap_micros,
        gold_reserve_micros=priced.line("gold").cap_micros,
        assumptions=_assumptions(job, plan, priced, n_tasks=n_tasks, n_gold=n_known),
        now=now,
    )


def _quote_of_course(job: LabelingJob, *, now: datetime) -> Quote:
    """Price a training or an exam: every learner answers everything, and is paid for it from the reserve for gold."""
    require_answers(job)
    plan = plan_of(job)
    n_lessons = plan.n_tasks
    priced = price(
        QuoteInput(
            n_assets=n_lessons * job.n_learners,
            n_gold=0,
            effort_s=plan.effort_s_per_answer,
            units_per_asset=_units_in_price(job, plan),
            min_overlap=1,
            max_overlap=1,
            target_confidence=Decimal(str(job.target_confidence)),
        )
    )
    assumptions = _assumptions(job, plan, priced, n_tasks=n_lessons, n_gold=n_lessons)
    return _keep(
        job,
        plan,
        priced,
        labour_cap_micros=0,
        gold_reserve_micros=priced.line("labour").cap_micros,
        assumptions=assumptions | {"n_learners": job.n_learners},
        now=now,
    )


def _keep(
    job: LabelingJob,
    plan: Plan,
    priced: Price,
    *,
    labour_cap_micros: int,
    gold_reserve_micros: int,
    assumptions: dict[str, Any],
    now: datetime,
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
        late_reserve_micros=priced.line("late_reserve").cap_micros,
        gold_reserve_micros=gold_reserve_micros,
        review_pay_micros=priced.review_pay_micros,
        review_reserve_micros=priced.line("review").cap_micros,
        fee_cap_micros=priced.line("fee").cap_micros,
        fee_ppm=priced.fee_ppm,
        lines=[asdict(line) for line in priced.lines],
        assumptions=assumptions,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    quote.sha256 = _seal(quote)
    quote.save(force_insert=True)
    return quote


def _units_in_price(job: LabelingJob, plan: Plan) -> Decimal:
    """Return the units that the fee's volume counts: objects only where more of them are more work."""
    return plan.units_per_task if EFFORT_RATES[job.annotation_type].per_unit_s > 0 else Decimal(1)


def _assumptions(job: LabelingJob, plan: Plan, priced: Price, *, n_tasks: int, n_gold: int) -> dict[str, Any]:
    rate = EFFORT_RATES[job.annotation_type]
    return {
        "n_tasks": n_tasks,
        "n_gold": n_gold,
        "gold_share": str(GOLD_SHARE) if n_gold else "0",
        "split_strategy": job.split_strategy,
        "split": job.split,
        "n_aided": plan.n_aided,
        "wage_per_hour": str(WAGE_PER_HOUR),
        "seconds_per_asset": str(rate.per_asset_s),
        "seconds_per_unit": str(rate.per_unit_s),
        "units_per_asset": str(job.units_per_asset),
        "expected_answers_per_task": str(priced.expected_answers),
        "max_answers_per_task": job.max_overlap,
        "accuracy_of_one_answer": str(ASSUMED_ACCURACY),
        "review_share": str(job.review_share),
        "reviewed_by": job.reviewed_by,
        "review_share_of_effort": str(rate.review_share),
        "late_reserve_share": str(RESERVE_SHARE),
        "fee_tiers": [[bound, str(share)] for bound, share in FEE_TIERS],
    }


def _seal(quote: Quote) -> str:
    """Return the hash that the quote can be ordered and checked by."""
    sealed = {
        field.attname: getattr(quote, field.attname)
        for field in Quote._meta.concrete_fields
        if field.attname != "sha256"
    }
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, default=str).encode()).hexdigest()
