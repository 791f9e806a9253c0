"""How a job is split, and how much work that is."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from labeling.core.splitting import Strategy
from labeling.models import JobState, LabelingJob
from labeling.services import Pace, Pay, preview_split, read_strategy, resplit_draft, resplit_job
from pricing.core.cards.pay import PayTerms
from pricing.core.effort import EffortEstimate, Factor, Work
from pricing.models import Quote
from pricing.services.effort import JobEffort, effort_as_quoted, effort_of


def pace_of(job: LabelingJob) -> Pace:
    """Return the seconds that an answer takes, as splitting weighs assets with; of a quoted job, as it was quoted."""
    return effort_as_quoted(job).pace


@dataclass(frozen=True)
class Plan:
    """How a job is split, and the seconds of work that its tasks are with the fewest and the most answers.

    Attributes
    ----------
    n_aided : tasks that show a pre-label.
    effort : what the seconds of a task rest on.
    min_overlap, max_overlap : answers to a task.
    """

    strategy: str
    n_assets: int
    n_tasks: int
    n_batches: int
    n_aided: int
    units_per_task: Decimal
    effort: JobEffort
    min_overlap: int
    max_overlap: int

    @cached_property
    def answer(self) -> EffortEstimate:
        """Return what an answer to a task takes."""
        return self.effort.answer(units=self.units_per_task)

    @cached_property
    def aided_answer(self) -> EffortEstimate:
        """Return what it takes where a pre-label is shown."""
        return self.effort.answer(units=self.units_per_task, work=Work.AIDED)

    @cached_property
    def review(self) -> EffortEstimate:
        """Return what checking an answer takes."""
        return self.effort.answer(units=self.units_per_task, work=Work.REVIEW)

    @property
    def at_median(self) -> "Plan":
        """Return the plan as if its images were of median complexity."""
        return replace(self, effort=self.effort.at_median)

    @property
    def effort_s_min(self) -> Decimal:
        """Return the seconds of all tasks with the fewest answers."""
        return self._once_s * self.min_overlap

    @property
    def effort_s_max(self) -> Decimal:
        """Return them with the most answers."""
        return self._once_s * self.max_overlap

    @property
    def _once_s(self) -> Decimal:
        return self.answer.p50_s * (self.n_tasks - self.n_aided) + self.aided_answer.p50_s * self.n_aided

    @property
    def effort_s_per_answer(self) -> Decimal:
        """Return the seconds that pay is reckoned by."""
        return self.answer.p50_s

    @property
    def effort_s_per_aided_answer(self) -> Decimal:
        """Return them where a pre-label is shown."""
        return self.aided_answer.p50_s


def plan_of(job: LabelingJob, strategy: Strategy | None = None, *, effort: JobEffort | None = None) -> Plan:
    """Return the plan of a job as it stands, or with another strategy, by what is known of its effort today."""
    effort = effort or effort_of(job)
    preview = preview_split(job, pace=effort.pace, strategy=strategy)
    # What is in an asset is divided among its parts; what margins show twice is looked at, and not counted.
    units = effort.scene.units * preview.n_assets / preview.n_tasks
    return Plan(
        strategy=preview.strategy,
        n_assets=preview.n_assets,
        n_tasks=preview.n_tasks,
        n_batches=preview.n_batches,
        n_aided=preview.n_aided,
        units_per_task=units,
        effort=effort,
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap,
    )


def effort_stated(plan: Plan) -> dict[str, Any]:
    """Return what a quote says of its seconds: factor by factor, how sure they are, and all they rest on."""
    return {
        "effort": [factor_stated(factor) for factor in plan.answer.factors],
        "effort_log_sd": round(plan.answer.log_sd, 4),
        "answer_log_sd": round(plan.answer.answer_log_sd, 4),
        "effort_basis": plan.effort.stated,
    }


def factor_stated(factor: Factor) -> dict[str, str]:
    """Return a factor as JSON has it."""
    return {name: str(value) for name, value in vars(factor).items()}


def is_as_quoted(job: LabelingJob, quote: Quote) -> bool:
    """Return whether the job is still split as it was quoted, and shows as many pre-labels."""
    assumed = quote.assumptions
    if assumed.get("split", job.split) != job.split:
        return False
    # All else that a plan rests on is immutable, and counting takes long.
    return not job.strategy.shows_prelabels or plan_of(job, effort=effort_as_quoted(job)).n_aided == assumed["n_aided"]


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
    # The wage was agreed on: it follows the quote, not what was learnt since.
    plan = plan_of(job, strategy, effort=effort_as_quoted(job))
    quote = Quote.objects.in_force(job)
    assert quote is not None  # noqa: S101 -- a job is published on a quote
    terms, times = pay_terms_of(quote), _longer_than_assumed(quote)
    pay, aided = terms.pay_for(times * plan.effort_s_per_answer), terms.pay_for(plan.effort_s_per_aided_answer)
    resplit_job(job.pk, strategy, pace=plan.effort.pace, pay=Pay(pay.micros, aided.micros))


def _longer_than_assumed(quote: Quote) -> Decimal:
    """Return how many times as long as was assumed an answer took in the pilot that the quote rests on, at least 1."""
    first = quote.assumptions.get("first_quote")
    if first is None:
        return Decimal(1)
    assumed_s = Quote.objects.values_list("effort_s", flat=True).get(pk=first)
    return max(Decimal(1), Decimal(str(round(quote.effort_s / assumed_s, 4))))


def pay_terms_of(quote: Quote) -> PayTerms:
    """Return the terms on which answers are paid by a quote."""
    assumed = quote.assumptions
    wage = Decimal(assumed["wage_per_hour"])
    # Some quotes say only how many times as much a field's people earn.
    expert_wage = assumed.get("expert_wage_per_hour") or wage * Decimal(assumed.get("expertise_pay_times", "1"))
    return PayTerms(
        wage_per_hour=wage,
        # Quotes from before there were cards.
        step=Decimal(assumed.get("pay_step", "0.001")),
        expert_wage=Decimal(expert_wage),
        rush=Decimal(assumed.get("rush", "0")),
    )
