"""What is known of a job's assets, as far as a split strategy asks: one by one and in order, or counted."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby, starmap
from operator import itemgetter
from typing import Any
from uuid import UUID

import numpy as np
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


def nothing() -> None:
    """Tell nobody that work goes on."""


@dataclass(frozen=True)
class Looks:
    """What effort follows from, of assets in order: few of many are of a kind of their own.

    Attributes
    ----------
    kinds : the objects in the pre-label and the regions of the image, each pair once.
    kind_of : which of them each asset is of.
    """

    kinds: list[tuple[int | None, int | None]]
    kind_of: Sequence[int]

    @property
    def mean_regions(self) -> float:
        """Return the mean over all that have an image."""
        n_of = np.bincount(self.kind_of, minlength=len(self.kinds)).tolist()
        return mean_regions((n_regions, n) for (_, n_regions), n in zip(self.kinds, n_of, strict=True))


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

    def whole(self) -> Whole:
        """Return what is known of them together."""
        ontology = self.job.ontology.rules
        n_assets = self.job.snapshot.n_assets if self.only is None else self._members.count()
        return Whole(ontology, n_assets, self._efforts_us() if self.strategy.by_effort else ())

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
                width, height, shown = found[asset_id]
                yield AssetFacts(asset_id, width, height, prelabel_id=shown)

    @property
    def _members(self) -> QuerySet[SnapshotAsset]:
        members = _members(self.job)
        return members if self.only is None else members.filter(asset__in=self.only)

    def _efforts_us(self) -> list[int]:
        """Return the effort of each, in order."""
        of_all = _looks_of(self.job, _members(self.job))
        # An image is compared with all of the snapshot, whichever are split.
        weighing = Weighing(self.pace, self.job.units_per_asset, of_all.mean_regions)
        looks = of_all if self.only is None else _looks_of(self.job, self._members)
        known = [weighing.effort_us(*each) for each in looks.kinds]
        return [known[kind] for kind in looks.kind_of]

    def _details(self) -> QuerySet[Any, Any] | None:
        """Return the query of sizes and pre-labels, as far as the strategy asks; None where it does not."""
        if not (self.strategy.by_size or self.strategy.shows_prelabels):
            return None
        shown = Subquery(_prelabels_of(self.job, "pk").values("pk")[:1])
        nobody = Value(None, output_field=UUIDField())
        annotated = Asset.objects.annotate(shown=shown if self.strategy.shows_prelabels else nobody)
        return annotated.values_list("pk", "width", "height", "shown")


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


def _looks_of(job: LabelingJob, members: QuerySet[SnapshotAsset]) -> Looks:
    n_objects = Subquery(_prelabels_of(job, "asset_id").values("n_annotations")[:1])
    # So that where there are none, none is looked for a hundred thousand times.
    unknown = Value(None, output_field=IntegerField())
    annotated = members.annotate(
        n_objects=n_objects if _offered(job).exists() else unknown, n_regions=F("asset__features__n_regions")
    )
    rows = annotated.order_by("ordinal").values_list("n_objects", "n_regions")
    places: defaultdict[tuple[int | None, int | None], int] = defaultdict(count().__next__)
    kind_of = array("L")
    for first in range(0, job.snapshot.n_assets + 1, MEMBERS_AT_ONCE):
        page = rows.filter(ordinal__gte=first, ordinal__lt=first + MEMBERS_AT_ONCE)
        kind_of.extend([places[looks] for looks in page])
    return Looks(list(places), kind_of)


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
