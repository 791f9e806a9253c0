"""Split plans: what is known of a job's assets, and what a strategy makes of it."""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Avg, Case, CharField, F, FloatField, Func, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Collate, Greatest, Least

from labeling.core.annotations import Refusal
from labeling.core.splitting import AssetFacts, Planned, Strategy, Tally, Whole, read_split
from labeling.errors import InvalidInput
from labeling.models import LabelingJob, PreLabel, SnapshotAsset

# Of the looks of an image: more regions than others is more to do, but not in proportion; an assumption.
LEAST_UNITS, MOST_UNITS = 0.5, 2.0
ROWS_AT_ONCE = 2_000
# Digits of a number in a name that is put in its natural order.
N_DIGITS = 20

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pace:
    """Seconds that one answer takes: for an asset, whatever is in it, and for each unit (an object)."""

    per_asset_s: float
    per_unit_s: float


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
    job: LabelingJob, strategy: Strategy, *, pace: Pace, only: Collection[UUID] | None = None
) -> Generator[Planned]:
    """Yield the tasks of the job's plan, in order, until it is closed; of some assets alone where `only` names them."""
    whole = _whole(job, strategy, pace=pace, only=only)
    with closing(_facts(job, strategy, pace=pace, only=only)) as facts:
        yield from strategy.plan(facts, whole)


def _tally(job: LabelingJob, strategy: Strategy, *, pace: Pace) -> Tally:
    with closing(_facts(job, strategy, pace=pace)) as facts:
        return strategy.tally(facts, _whole(job, strategy, pace=pace))


_NO_PACE = Pace(0.0, 0.0)


def _refusing(read: Callable[[], Result]) -> Result:
    try:
        return read()
    except Refusal as refusal:
        raise InvalidInput(refusal.detail, field=f"split.{refusal.field}".rstrip(".")) from refusal


def _whole(job: LabelingJob, strategy: Strategy, *, pace: Pace, only: Collection[UUID] | None = None) -> Whole:
    ontology = job.ontology.rules
    n_assets = job.snapshot.n_assets if only is None else _members(job, only).count()
    if not strategy.by_effort:
        return Whole(ontology, n_assets)
    with closing(_facts(job, strategy, pace=pace, only=only)) as facts:
        effort_s = sum(asset.effort_s for asset in facts)
    return Whole(ontology, n_assets, effort_s)


def _members(job: LabelingJob, only: Collection[UUID] | None) -> QuerySet[SnapshotAsset]:
    members = SnapshotAsset.objects.filter(snapshot=job.snapshot_id)
    return members if only is None else members.filter(asset__in=only)


def _facts(
    job: LabelingJob, strategy: Strategy, *, pace: Pace, only: Collection[UUID] | None = None
) -> Generator[AssetFacts]:
    """Yield what the strategy asks of each asset, in its order, a few thousand rows in memory at a time."""
    nothing = Value(None, output_field=CharField())
    rows = _members(job, only).annotate(
        in_sequence=_sequence() if strategy.by_sequence else Value("", output_field=CharField()),
        shown=Subquery(_prelabels(job).values("pk")[:1]) if strategy.shows_prelabels else nothing,
        units=_units(job) if strategy.by_effort else Value(0.0, output_field=FloatField()),
    )
    rows = rows.values_list("ordinal", "asset_id", "asset__width", "asset__height", "units", "in_sequence", "shown")
    ordered = _by_sequence(rows) if strategy.by_sequence else _by_ordinal(rows)
    for _, asset_id, width, height, units, sequence, shown in ordered:
        yield AssetFacts(asset_id, width, height, pace.per_asset_s + pace.per_unit_s * units, sequence, _uuid(shown))


def _by_ordinal(rows: QuerySet[Any, Any]) -> Iterator[Any]:
    """Yield the rows page by page: no cursor stays open that somebody would have to close."""
    in_order = rows.order_by("ordinal")
    page = list(in_order[:ROWS_AT_ONCE])
    while page:
        yield from page
        page = list(in_order.filter(ordinal__gt=page[-1][0])[:ROWS_AT_ONCE])


def _by_sequence(rows: QuerySet[Any, Any]) -> Iterator[Any]:
    """Yield the rows of one query, as their order is of no index; whoever reads them closes the generator."""
    frame = F("asset__frame").asc(nulls_last=True)
    in_order = rows.order_by(_natural(F("in_sequence")), frame, _natural(F("asset__external_id")), "ordinal")
    yield from in_order.iterator(chunk_size=ROWS_AT_ONCE)


def _uuid(value: Any) -> UUID | None:
    return value if value is None or isinstance(value, UUID) else UUID(str(value))


def _prelabels(job: LabelingJob) -> QuerySet[PreLabel]:
    """Return the pre-labels of an asset in the job's own ontology: the job's before the project's, the latest first."""
    offered = PreLabel.objects.offered_in(job).filter(ontology=job.ontology_id, asset=OuterRef("asset_id"))
    return offered.order_by(F("job").desc(nulls_last=True), "-created_at", "-pk")


def _units(job: LabelingJob) -> Coalesce:
    """Return the objects expected in an asset: as a pre-label says, or as its looks compare with those of the rest."""
    of_images = SnapshotAsset.objects.filter(snapshot=job.snapshot_id)
    mean = of_images.aggregate(mean=Avg("asset__features__n_regions"))["mean"] or 1.0
    regions = Cast(F("asset__features__n_regions"), FloatField()) / Value(float(mean) or 1.0)
    compared = Least(Greatest(regions, Value(LEAST_UNITS)), Value(MOST_UNITS)) * Value(job.units_per_asset)
    looks = Case(When(asset__features__isnull=False, then=compared), output_field=FloatField())
    counted = Cast(Subquery(_prelabels(job).values("n_annotations")[:1]), FloatField())
    return Coalesce(counted, looks, Value(job.units_per_asset), output_field=FloatField())


def _sequence() -> Case:
    """Return what an asset is a frame of: as stated, or else its folder."""
    folder = Func(
        F("asset__external_id"), Value("[^/]*$"), Value(""), function="regexp_replace", output_field=CharField()
    )
    return Case(When(asset__sequence="", then=folder), default=F("asset__sequence"), output_field=CharField())


def _natural(text: Any) -> Collate:
    """Return a text by which `img2` comes before `img10`: every number in it is of one length, zeros in front."""

    def replaced(value: Any, pattern: str, by: str) -> Func:
        return Func(value, Value(pattern), Value(by), Value("g"), function="regexp_replace", output_field=CharField())

    padded = replaced(text, r"(\d+)", "0" * N_DIGITS + r"\1")
    return Collate(replaced(padded, rf"\d*(\d{{{N_DIGITS}}})", r"\1"), "C")
