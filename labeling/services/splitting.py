"""Split plans: what a strategy makes of the assets of a job, counted or made."""

from collections.abc import Callable, Collection, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from labeling.core.annotations import Refusal
from labeling.core.splitting import Pace, Planned, Strategy, Tally, read_split
from labeling.errors import InvalidInput
from labeling.models import LabelingJob
from labeling.services.asset_facts import JobAssets, nothing

Result = TypeVar("Result")


@dataclass(frozen=True)
class SplitPreview:
    """What a split plan makes."""

    strategy: str
    n_assets: int
    n_tasks: int
    n_batches: int
    n_aided: int


def read_strategy(job: LabelingJob, given: Any) -> Strategy:
    """Return the strategy that a requester states for a job, saved or not, if it can be split so.

    Raises
    ------
    InvalidInput
        Naming a member of `split`.
    """

    def read() -> Strategy:
        strategy = read_split(given)
        strategy.check(job.annotation_type, job.ontology.rules)
        if job.teaches and (strategy.makes_parts or strategy.shows_prelabels):
            raise Refusal("strategy", "Learners answer whole assets, from nothing.")
        if strategy.makes_parts:
            _tally(job, strategy, pace=_NO_PACE)
        return strategy

    return _refusing(read)


def preview_split(job: LabelingJob, *, pace: Pace, strategy: Strategy | None = None) -> SplitPreview:
    """Return what the job's split plan, or another, makes of all its assets, without making it."""
    strategy = strategy or job.strategy
    tally = _refusing(partial(_tally, job, strategy, pace=pace))
    return SplitPreview(
        strategy=strategy.name,
        n_assets=job.snapshot.n_assets,
        n_tasks=tally.n_tasks,
        n_batches=tally.n_batches,
        n_aided=tally.n_aided,
    )


def planned_tasks(
    job: LabelingJob,
    strategy: Strategy,
    *,
    pace: Pace,
    only: Collection[UUID] | None = None,
    beat: Callable[[], None] = nothing,
) -> Generator[Planned]:
    """Yield the tasks of the job's plan, in order, until it is closed; of some assets alone where `only` names them.

    `beat` is called every few thousand assets, before the first task too: some plans look at all assets first.
    """
    assets = JobAssets(job, strategy, pace, only, beat)
    beat()
    whole = assets.whole()
    with closing(assets.in_order()) as facts:
        yield from strategy.plan(facts, whole)


def _tally(job: LabelingJob, strategy: Strategy, *, pace: Pace) -> Tally:
    assets = JobAssets(job, strategy, pace)
    return strategy.tally(assets.whole(), assets.alike())


_NO_PACE = Pace(0.0, 0.0)


def _refusing(read: Callable[[], Result]) -> Result:
    try:
        return read()
    except Refusal as refusal:
        raise InvalidInput(refusal.detail, field=f"split.{refusal.field}".rstrip(".")) from refusal
