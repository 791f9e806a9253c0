"""Split plans: what is known of a job's assets, and what a strategy makes of it."""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Avg, Case, CharField, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Collate, Greatest, Least, Left, Length, Reverse, StrIndex

from labeling.core.annotations import Refusal
from labeling.core.splitting import AssetFacts, Planned, Strategy, Tally, Whole, natural_key, read_split
from labeling.errors import InvalidInput
from labeling.models import Asset, LabelingJob, PreLabel, SnapshotAsset

# Of the looks of an image: more regions than others is more to do, but not in proportion; an assumption.
LEAST_UNITS, MOST_UNITS = 0.5, 2.0
ROWS_AT_ONCE = 2_000

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


def _nothing() -> None:
    pass


def planned_tasks(
    job: LabelingJob,
    strategy: Strategy,
    *,
    pace: Pace,
    only: Collection[UUID] | None = None,
    beat: Callable[[], None] = _nothing,
) -> Generator[Planned]:
    """Yield the tasks of the job's plan, in order, until it is closed; of some assets alone where `only` names them.

    `beat` is called every few thousand assets, before the first task too: some plans look at all assets first.
    """
    whole = _whole(job, strategy, pace=pace, only=only, beat=beat)
    with closing(_facts(job, strategy, pace=pace, only=only, beat=beat)) as facts:
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


def _whole(
    job: LabelingJob,
    strategy: Strategy,
    *,
    pace: Pace,
    only: Collection[UUID] | None = None,
    beat: Callable[[], None] = _nothing,
) -> Whole:
    ontology = job.ontology.rules
    n_assets = job.snapshot.n_assets if only is None else _members(job, only).count()
    if not strategy.by_effort:
        return Whole(ontology, n_assets)
    with closing(_facts(job, strategy, pace=pace, only=only, beat=beat)) as facts:
        effort_s = sum(asset.effort_s for asset in facts)
    return Whole(ontology, n_assets, effort_s)


def _members(job: LabelingJob, only: Collection[UUID] | None) -> QuerySet[SnapshotAsset]:
    members = SnapshotAsset.objects.filter(snapshot=job.snapshot_id)
    return members if only is None else members.filter(asset__in=only)


def _facts(
    job: LabelingJob,
    strategy: Strategy,
    *,
    pace: Pace,
    only: Collection[UUID] | None = None,
    beat: Callable[[], None] = _nothing,
) -> Generator[AssetFacts]:
    """Yield what the strategy asks of each asset, in its order, until it is closed."""
    members = _members(job, only)
    if strategy.by_sequence:
        yield from _in_sequences(members)
        return
    details = _details(job, strategy)
    for page in _pages(members):
        beat()
        if details is None:
            yield from map(AssetFacts, page)
            continue
        # By their ids, whatever is known of the tables: a join may be planned as a scan of all assets for each page.
        found = {row[0]: row[1:] for row in details.filter(pk__in=page)}
        for asset_id in page:
            width, height, units, shown = found[asset_id]
            yield AssetFacts(
                asset_id,
                width,
                height,
                pace.per_asset_s + pace.per_unit_s * units,
                prelabel_id=shown and UUID(str(shown)),
            )


def _pages(members: QuerySet[SnapshotAsset]) -> Iterator[list[UUID]]:
    """Yield the assets page by page, in order: no cursor stays open that somebody would have to close."""
    rows = members.order_by("ordinal").values_list("ordinal", "asset_id")
    page = list(rows[:ROWS_AT_ONCE])
    while page:
        yield [asset_id for _, asset_id in page]
        page = list(rows.filter(ordinal__gt=page[-1][0])[:ROWS_AT_ONCE])


def _details(job: LabelingJob, strategy: Strategy) -> QuerySet[Any, Any] | None:
    """Return the query of assets' sizes, units and pre-labels, as far as the strategy asks; None where it does not."""
    if not (strategy.by_size or strategy.by_effort or strategy.shows_prelabels):
        return None
    nothing = Value(None, output_field=CharField())
    annotated = Asset.objects.annotate(
        units=_units(job) if strategy.by_effort else Value(0.0, output_field=FloatField()),
        shown=Subquery(_prelabels(job).values("pk")[:1]) if strategy.shows_prelabels else nothing,
    )
    return annotated.values_list("pk", "width", "height", "units", "shown")


def _in_sequences(members: QuerySet[SnapshotAsset]) -> Iterator[AssetFacts]:
    """Yield the assets sequence by sequence, one of them in memory at a time."""
    rows = members.annotate(of=_sequence()).order_by(Collate("of", "C"))
    columns = rows.values_list("of", "asset__frame", "asset__external_id", "ordinal", "asset_id")
    for sequence, group in groupby(columns.iterator(chunk_size=ROWS_AT_ONCE), key=itemgetter(0)):
        frames = sorted(group, key=lambda row: (row[1] is None, row[1] or 0, natural_key(row[2]), row[3]))
        yield from (AssetFacts(row[4], sequence=sequence) for row in frames)


def _prelabels(job: LabelingJob) -> QuerySet[PreLabel]:
    """Return the pre-labels of an asset in the job's own ontology: the job's before the project's, the latest first."""
    offered = PreLabel.objects.offered_in(job).filter(ontology=job.ontology_id, asset=OuterRef("pk"))
    return offered.order_by(F("job").desc(nulls_last=True), "-created_at", "-pk")


def _units(job: LabelingJob) -> Coalesce:
    """Return the objects expected in an asset: as a pre-label says, or as its looks compare with those of the rest."""
    of_images = SnapshotAsset.objects.filter(snapshot=job.snapshot_id)
    mean = of_images.aggregate(mean=Avg("asset__features__n_regions"))["mean"] or 1.0
    regions = Cast(F("features__n_regions"), FloatField()) / Value(float(mean) or 1.0)
    compared = Least(Greatest(regions, Value(LEAST_UNITS)), Value(MOST_UNITS)) * Value(job.units_per_asset)
    looks = Case(When(features__isnull=False, then=compared), output_field=FloatField())
    counted = Cast(Subquery(_prelabels(job).values("n_annotations")[:1]), FloatField())
    return Coalesce(counted, looks, Value(job.units_per_asset), output_field=FloatField())


def _sequence() -> Case:
    """Return what an asset is a frame of: as stated, or else its folder."""
    name = F("asset__external_id")
    after_folder = StrIndex(Reverse(name), Value("/"))
    folder = Left(name, Length(name) - after_folder + 1)
    return Case(
        When(~Q(asset__sequence=""), then=F("asset__sequence")),
        When(asset__external_id__contains="/", then=folder),
        default=Value(""),
        output_field=CharField(),
    )
