"""How a job is split, and how much work that is."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from labeling.core.splitting import Strategy
from labeling.models import JobState, LabelingJob
from labeling.services import Pace, Pay, preview_split, read_strategy, resplit_draft, resplit_job
from pricing.core.cards.pay import PayTerms
from pricing.core.effort import EFFORT_RATES, effort_s, review_effort_s
from pricing.models import Quote


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
    # The quote it was published on: another may have been made since.
    terms = pay_terms_of(job.quotes.filter(pay_micros=job.pay_micros).latest("created_at"))
    pay, aided = terms.pay_for(plan.effort_s_per_answer), terms.pay_for(plan.effort_s_per_aided_answer)
    resplit_job(job.pk, strategy, pace=pace_of(job), pay=Pay(pay.micros, aided.micros))


def pay_terms_of(quote: Quote) -> PayTerms:
    """Return the terms on which answers are paid by a quote."""
    assumed = quote.assumptions
    return PayTerms(
        wage_per_hour=Decimal(assumed["wage_per_hour"]),
        # Quotes from before there were cards.
        step=Decimal(assumed.get("pay_step", "0.001")),
        expertise_times=Decimal(assumed.get("expertise_pay_times", "1")),
        rush=Decimal(assumed.get("rush", "0")),
    )
