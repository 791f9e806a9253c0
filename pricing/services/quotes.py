"""Quotes for jobs."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from labeling.models import LabelingJob, ReviewedBy
from pricing.core.effort import EFFORT_RATES, Work
from pricing.core.quote import (
    ASSUMED_ACCURACY,
    FEE_TIERS,
    GOLD_SHARE,
    RESERVE_SHARE,
    WAGE_PER_HOUR,
    Price,
    QuoteInput,
    price,
)
from pricing.models import Quote
from pricing.services.plans import Plan, effort_stated, plan_of
from quality.services import n_gold, require_answers

VALID_FOR = timedelta(days=7)


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
            review_effort_s=plan.review.p50_s,
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
    return effort_stated(plan) | {
        "n_tasks": n_tasks,
        "n_gold": n_gold,
        "gold_share": str(GOLD_SHARE) if n_gold else "0",
        "split_strategy": job.split_strategy,
        "split": job.split,
        "n_aided": plan.n_aided,
        "wage_per_hour": str(WAGE_PER_HOUR),
        "seconds_per_asset": str(plan.effort.per_asset_s),
        "seconds_per_unit": str(plan.effort.per_unit_s),
        "units_per_asset": str(plan.effort.scene.units),
        "expected_answers_per_task": str(priced.expected_answers),
        "max_answers_per_task": job.max_overlap,
        "accuracy_of_one_answer": str(ASSUMED_ACCURACY),
        "review_share": str(job.review_share),
        "reviewed_by": job.reviewed_by,
        "review_share_of_effort": str(plan.review.value(Work.REVIEW)),
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
