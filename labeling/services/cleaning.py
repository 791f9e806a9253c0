"""Cleaning: copies are looked for, thresholds set, and what to do about a flaw is the requester's choice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import F, Q
from numpy.typing import NDArray

from labeling.core.cleaning import RULES, SHORTER_SIDE, SIDE_RATIO, FlawKind, Rule, thresholds
from labeling.core.imaging.hashes import nearest_before
from labeling.errors import NotMergeable
from labeling.models import AssetFeatures, AssetFlaw, Dataset, FlawDecision
from labeling.signals import cleaning_changed

COMPARED_AT_ONCE = 5_000
# Of a picture without contrast the hash says nothing.
_LEAST_CONTRAST = 0.01
# A row of PostgreSQL's binary COPY: the number of columns, then each with its length before it.
_HEADER_BYTES = 19
_HASH_ROW = np.dtype([("", ">i2"), ("", ">i4"), ("id", "S16"), ("", ">i4"), ("dhash", ">i8")])
_COLUMNS = {
    SHORTER_SIDE: "least(a.width, a.height)",
    SIDE_RATIO: "greatest(a.width, a.height)::float / least(a.width, a.height)",
}
_MERGEABLE = (FlawKind.EXACT_DUPLICATE, FlawKind.NEAR_DUPLICATE)


def compare_all(dataset_id: UUID) -> None:
    """Look for near duplicates of all images that were not compared yet; may be interrupted and run again."""
    while compare_images(dataset_id):
        pass


@transaction.atomic
def compare_images(dataset_id: UUID) -> int:
    """Look for near duplicates of some images not compared yet, among those before them; return how many were some."""
    dataset = Dataset.objects.get(pk=dataset_id)
    fresh = AssetFeatures.objects.filter(dataset=dataset, is_compared=False).order_by("asset")
    columns = ("asset_id", "dhash", "dhash_mirrored", "contrast", "asset__duplicate_of")
    rows = list(fresh.select_for_update(no_key=True, of=("self",)).values_list(*columns)[:COMPARED_AT_ONCE])
    # Exact copies are told already.
    told = [row for row in rows if row[3] >= _LEAST_CONTRAST and row[4] is None]
    if told:
        known_ids, known = _known_hashes(dataset_id)
        places = np.searchsorted(known_ids, np.array([row[0].bytes for row in told], dtype="S16"))
        limit = thresholds(dataset.cleaning).near_duplicate
        for kind, column in ((FlawKind.NEAR_DUPLICATE, 1), (FlawKind.MIRRORED_DUPLICATE, 2)):
            hashes = np.array([row[column] for row in told], dtype=np.int64)
            distance, which = nearest_before(hashes, known, places)
            flaws = [
                _copy(dataset_id, told[i][0], kind, other=known_ids[which[i]], distance=int(distance[i]))
                for i in np.flatnonzero(distance <= limit)
            ]
            AssetFlaw.objects.bulk_create(flaws, ignore_conflicts=True)
    AssetFeatures.objects.filter(asset__in=[row[0] for row in rows]).update(is_compared=True)
    return len(rows)


def _copy(dataset_id: UUID, asset_id: UUID, kind: FlawKind, *, other: bytes, distance: int) -> AssetFlaw:
    earlier = UUID(bytes=other.ljust(16, b"\x00"))  # numpy takes zeros at the end for padding
    return AssetFlaw(dataset_id=dataset_id, asset_id=asset_id, kind=kind, score=distance, other_id=earlier)


def _known_hashes(dataset_id: UUID) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
    """Return the ids, sorted, and hashes of the dataset's images that are no exact copies: a million in a second."""
    data = bytearray()
    with (
        connection.cursor() as cursor,
        cursor.copy(
            """COPY (SELECT f.asset_id, f.dhash FROM labeling_assetfeatures f JOIN labeling_asset a ON a.id = f.asset_id
                     WHERE f.dataset_id = %s AND a.tombstoned_at IS NULL AND a.duplicate_of_id IS NULL
                     AND f.contrast >= %s ORDER BY f.asset_id) TO STDOUT (FORMAT binary)""",
            [dataset_id, _LEAST_CONTRAST],
        ) as rows,
    ):
        for piece in rows:
            data += piece
    n_rows = (len(data) - _HEADER_BYTES) // _HASH_ROW.itemsize
    table = np.frombuffer(bytes(data), dtype=_HASH_ROW, count=n_rows, offset=_HEADER_BYTES)
    return table["id"].copy(), table["dhash"].astype(np.int64)


@transaction.atomic
def set_thresholds(dataset_id: UUID, changes: Mapping[str, Any]) -> Dataset:
    """Change from where on images are flagged, and flag anew; what was decided stays."""
    dataset = Dataset.objects.select_for_update(no_key=True).get(pk=dataset_id)
    before = thresholds(dataset.cleaning)
    dataset.cleaning = {**dataset.cleaning, **changes}
    dataset.save(update_fields=["cleaning"])
    limits = thresholds(dataset.cleaning)
    undecided = AssetFlaw.objects.filter(dataset=dataset, decision=FlawDecision.OPEN)
    for rule in RULES:
        if getattr(limits, rule.kind) != getattr(before, rule.kind):
            undecided.filter(kind=rule.kind).delete()
            _flag(dataset_id, rule, getattr(limits, rule.kind))
    if limits.near_duplicate != before.near_duplicate:
        near = (FlawKind.NEAR_DUPLICATE, FlawKind.MIRRORED_DUPLICATE)
        undecided.filter(kind__in=near, score__gt=limits.near_duplicate).delete()
        AssetFeatures.objects.filter(dataset=dataset).update(is_compared=False)
        cleaning_changed.send(
            sender=None, organization_id=dataset.organization_id, data={"dataset": str(dataset_id)}, deltas={}
        )
    return dataset


def _flag(dataset_id: UUID, rule: Rule, limit: float) -> None:
    number = _COLUMNS.get(rule.measure, f"f.{rule.measure}")  # names are those of our own rules
    beyond = "<" if rule.is_least else ">"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO labeling_assetflaw (dataset_id, asset_id, kind, score, decision)
                SELECT f.dataset_id, f.asset_id, %s, {number}, %s
                FROM labeling_assetfeatures f JOIN labeling_asset a ON a.id = f.asset_id
                WHERE f.dataset_id = %s AND a.tombstoned_at IS NULL AND {number} {beyond} %s
                ON CONFLICT (asset_id, kind) DO NOTHING""",  # noqa: S608
            [rule.kind.value, FlawDecision.OPEN, dataset_id, limit],
        )


@transaction.atomic
def decide_flaws(
    dataset_id: UUID,
    *,
    decision: FlawDecision,
    user_id: UUID,
    now: datetime,
    kind: FlawKind | None = None,
    flaw_ids: Sequence[int] = (),
) -> int:
    """Decide what is done about flaws, those named or all of a kind, in snapshots to come; return how many they are.

    Raises
    ------
    NotMergeable
        One cannot get the labels of another: it is no copy, or mirrored, or of another size.
    """
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset_id)
    named = Q(kind=kind) if kind is not None else Q(pk__in=flaw_ids)
    flaws = AssetFlaw.objects.filter(named, dataset=dataset_id)
    if decision == FlawDecision.MERGED:
        same_size = Q(asset__width=F("other__width"), asset__height=F("other__height"))
        unfit = flaws.exclude(Q(kind__in=_MERGEABLE) & (same_size | Q(asset__kind="point_cloud"))).first()
        if unfit is not None:
            raise NotMergeable(
                "Only a copy of the same size, and not mirrored, can get the labels of another.", flaw=unfit.pk
            )
    n_decided = flaws.update(decision=decision, decided_by=user_id, decided_at=now)
    _apply(dataset_id, kind=kind, flaw_ids=flaw_ids, now=now)
    return n_decided


def _apply(dataset_id: UUID, *, kind: FlawKind | None, flaw_ids: Sequence[int], now: datetime) -> None:
    """Bring the assets in line with all that is decided about them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_asset a SET
                   excluded_at = CASE WHEN EXISTS (
                       SELECT 1 FROM labeling_assetflaw f WHERE f.asset_id = a.id AND f.decision = 'excluded'
                   ) THEN coalesce(a.excluded_at, %s) END,
                   duplicate_of_id = (
                       SELECT coalesce(o.duplicate_of_id, o.id) FROM labeling_assetflaw f
                       JOIN labeling_asset o ON o.id = f.other_id
                       WHERE f.asset_id = a.id AND f.decision = 'merged' ORDER BY f.score LIMIT 1
                   )
               WHERE a.id IN (SELECT asset_id FROM labeling_assetflaw
                              WHERE dataset_id = %s AND (kind = %s OR id = ANY(%s)))""",
            [now, dataset_id, kind.value if kind else "", list(flaw_ids)],
        )
        # A copy of a copy is one of the first; each round halves the way, and a copy always came after what it copies.
        while cursor.rowcount:
            cursor.execute(
                """UPDATE labeling_asset a SET duplicate_of_id = first.duplicate_of_id FROM labeling_asset first
                   WHERE a.dataset_id = %s AND a.duplicate_of_id = first.id AND first.duplicate_of_id IS NOT NULL""",
                [dataset_id],
            )
