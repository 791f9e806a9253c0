"""What is known of a job's assets, as far as a split strategy asks: one by one and in order, or counted."""

from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby, starmap
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Collate, Left, Length, Reverse, StrIndex

from labeling.core.splitting import (
    Alike,
    AssetFacts,
    Pace,
    Strategy,
    Weighing,
    Whole,
    mean_regions,
    natural_key,
)
from labeling.models import Asset, LabelingJob, PreLabel, SnapshotAsset

ROWS_AT_ONCE = 2_000
MEMBERS_AT_ONCE = 250_000

# Objects in the pre-label, regions of the image, and how many assets look so.
Looks = tuple[int | None, int | None, int]


def nothing() -> None:
    """Tell nobody that work goes on."""


@dataclass(frozen=True)
class JobAssets:
    """The assets of a job as a strategy looks at them; of some alone where `only` names them.

    Attributes
    ----------
    beat : called every few thousand assets that are read one by one, before the first too.
    """

    job: LabelingJob
    strategy: Strategy
    pace: Pace
    only: Collection[UUID] | None = None
    beat: Callable[[], None] = nothing

    @cached_property
    def whole(self) -> Whole:
        """Return what is known of them together."""
        ontology = self.job.ontology.rules
        n_assets = self.job.snapshot.n_assets if self.only is None else self._members.count()
        if not self.strategy.by_effort:
            return Whole(ontology, n_assets)
        looks = self._all_looks if self.only is None else _counted(_with_looks(self.job, self._members))
        efforts = [(self._weighing.effort_us(n_objects, n_regions), n) for n_objects, n_regions, n in looks]
        total = sum(effort_us * n for effort_us, n in efforts)
        return Whole(ontology, n_assets, total, max((effort_us for effort_us, _ in efforts), default=0))

    def alike(self) -> Iterator[Alike]:
        """Yield them counted by what the strategy asks about: by the database, which hands over the counts alone."""
        members = self._members
        if self.strategy.by_sequence:
            lengths = members.annotate(of=_sequence()).values("of").annotate(n=Count("pk"))
            yield from map(Alike, list(lengths.values_list("n", flat=True)))
        elif self.strategy.by_size:
            # Bounded, if every asset should have a size of its own; and read at once: no cursor stays open.
            for first in range(0, self.job.snapshot.n_assets + 1, MEMBERS_AT_ONCE):
                some = members.filter(ordinal__gte=first, ordinal__lt=first + MEMBERS_AT_ONCE)
                sizes = some.values("asset__width", "asset__height").annotate(n=Count("pk"))
                yield from starmap(Alike, list(sizes.values_list("n", "asset__width", "asset__height")))
        elif self.strategy.shows_prelabels:
            yield Alike(members.filter(Exists(_prelabels_of(self.job, "asset_id"))).count(), is_prelabelled=True)

    def in_order(self) -> Generator[AssetFacts]:
        """Yield what the strategy asks of each, in its order, until it is closed."""
        if self.strategy.by_sequence:
            yield from _in_sequences(self._members)
            return
        details = self._details()
        for page in _pages(self._members):
            self.beat()
            if details is None:
                yield from map(AssetFacts, page)
                continue
            # By their ids, whatever is known of the tables: a join may be planned as a scan of all for each page.
            found = {row[0]: row[1:] for row in details.filter(pk__in=page)}
            for asset_id in page:
                width, height, n_objects, n_regions, shown = found[asset_id]
                effort_us = self._weighing.effort_us(n_objects, n_regions) if self.strategy.by_effort else 0
                yield AssetFacts(asset_id, width, height, effort_us, prelabel_id=shown)

    def efforts_us(self) -> Generator[int]:
        """Yield the effort of each, in order, until it is closed; in one statement and not page by page."""
        rows = _with_looks(self.job, self._members).order_by("ordinal").values_list("n_objects", "n_regions")
        effort_us = cache(self._weighing.effort_us)
        yield from starmap(effort_us, rows.iterator(chunk_size=5 * ROWS_AT_ONCE))

    @property
    def _members(self) -> QuerySet[SnapshotAsset]:
        members = _members(self.job)
        return members if self.only is None else members.filter(asset__in=self.only)

    @cached_property
    def _all_looks(self) -> list[Looks]:
        return _counted(_with_looks(self.job, _members(self.job)))

    @cached_property
    def _weighing(self) -> Weighing:
        # An image is compared with all of the snapshot, whichever are split.
        mean = mean_regions((n_regions, n) for _, n_regions, n in self._all_looks)
        return Weighing(self.pace, self.job.units_per_asset, mean)

    def _details(self) -> QuerySet[Any, Any] | None:
        """Return the query of sizes, looks and pre-labels, as far as the strategy asks; None where it does not."""
        if not (self.strategy.by_size or self.strategy.by_effort or self.strategy.shows_prelabels):
            return None
        unknown = Value(None, output_field=IntegerField())
        nobody = Value(None, output_field=UUIDField())
        prelabels = _prelabels_of(self.job, "pk")
        annotated = Asset.objects.annotate(
            n_objects=Subquery(prelabels.values("n_annotations")[:1]) if self.strategy.by_effort else unknown,
            n_regions=F("features__n_regions") if self.strategy.by_effort else unknown,
            shown=Subquery(prelabels.values("pk")[:1]) if self.strategy.shows_prelabels else nobody,
        )
        return annotated.values_list("pk", "width", "height", "n_objects", "n_regions", "shown")


def _members(job: LabelingJob) -> QuerySet[SnapshotAsset]:
    return SnapshotAsset.objects.filter(snapshot=job.snapshot_id)


def _pages(members: QuerySet[SnapshotAsset]) -> Iterator[list[UUID]]:
    """Yield the assets page by page, in order: no cursor stays open that somebody would have to close."""
    rows = members.order_by("ordinal").values_list("ordinal", "asset_id")
    page = list(rows[:ROWS_AT_ONCE])
    while page:
        yield [asset_id for _, asset_id in page]
        page = list(rows.filter(ordinal__gt=page[-1][0])[:ROWS_AT_ONCE])


def _in_sequences(members: QuerySet[SnapshotAsset]) -> Iterator[AssetFacts]:
    """Yield the assets sequence by sequence, one of them in memory at a time."""
    rows = members.annotate(of=_sequence()).order_by(Collate("of", "C"))
    columns = rows.values_list("of", "asset__frame", "asset__external_id", "ordinal", "asset_id")
    for sequence, group in groupby(columns.iterator(chunk_size=ROWS_AT_ONCE), key=itemgetter(0)):
        frames = sorted(group, key=lambda row: (row[1] is None, row[1] or 0, natural_key(row[2]), row[3]))
        yield from (AssetFacts(row[4], sequence=sequence) for row in frames)


def _prelabels_of(job: LabelingJob, asset: str) -> QuerySet[PreLabel]:
    """Return the pre-labels of an asset in the job's own ontology: the job's before the project's, the latest first."""
    offered = _offered(job).filter(asset=OuterRef(asset))
    return offered.order_by(F("job").desc(nulls_last=True), "-created_at", "-pk")


def _offered(job: LabelingJob) -> QuerySet[PreLabel]:
    return PreLabel.objects.offered_in(job).filter(ontology=job.ontology_id)


def _with_looks(job: LabelingJob, members: QuerySet[SnapshotAsset]) -> QuerySet[Any, Any]:
    """Annotate what effort follows from: the objects in the pre-label of each, and the regions of its image."""
    n_objects = Subquery(_prelabels_of(job, "asset_id").values("n_annotations")[:1])
    # So that where there are none, none is looked for a hundred thousand times.
    unknown = Value(None, output_field=IntegerField())
    return members.annotate(
        n_objects=n_objects if _offered(job).exists() else unknown, n_regions=F("asset__features__n_regions")
    )


def _counted(members: QuerySet[Any, Any]) -> list[Looks]:
    looks = members.values("n_objects", "n_regions").annotate(n=Count("pk"))
    return list(looks.values_list("n_objects", "n_regions", "n"))


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
