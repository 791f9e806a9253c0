"""How near one segmented image comes to a known one.

Pixels that are void in the known image are left out, as its void says that nobody can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labeling.core.conflicts import ConflictKind
from labeling.core.geometry.masks import Mask
from quality.core.gold.scoring import RELATED_FROM, Conflict, GoldScore, Matching
from quality.core.labels import FloatArray, IntArray
from quality.core.shapes.partitions import Overlaps, Partition

# Of disjoint segments no two overlap a third by more than this, so that pairs from here on are made one to one.
ONE_TO_ONE_FROM = 0.5


@dataclass(frozen=True)
class Segments:
    """Hold the segments of an image: disjoint masks and their classes."""

    masks: Sequence[Mask]
    labels: Sequence[str | None]

    @cached_property
    def partition(self) -> Partition:
        """Return the image cut into them."""
        return Partition.of(self.masks, n_pixels=self.masks[0].n_pixels if self.masks else 1)

    def only(self, name: str) -> Segments:
        """Return the segments of one class."""
        kept = [place for place, label in enumerate(self.labels) if label == name]
        return Segments([self.masks[place] for place in kept], [name] * len(kept))


@dataclass(frozen=True)
class SegmentMatching:
    """Hold which segments are which, and how well those that were found fit.

    Parameters
    ----------
    matching : pairs of the same class, and what differs.
    iou : (n_pairs,) of the pairs.
    class_of_pair : the class of each pair.
    unmatched : the classes of all other segments of both images that count.
    """

    matching: Matching
    iou: tuple[float, ...]
    class_of_pair: tuple[str | None, ...]
    unmatched: tuple[str | None, ...]

    def mean_iou(self, earned: Sequence[float], conflicts: Sequence[Conflict]) -> GoldScore:
        """Return the mean, over the classes that either image has, of their intersection over union."""
        n_classes = len(set(self.class_of_pair) | set(self.unmatched))
        total = sum(iou * credit for iou, credit in zip(self.iou, earned, strict=True))
        return self._scored(total / n_classes if n_classes else 1.0, conflicts)

    def panoptic_quality(self, earned: Sequence[float], conflicts: Sequence[Conflict]) -> GoldScore:
        """Return the mean panoptic quality over the classes that either image has.

        Source: Kirillov et al. 2019, doi:10.1109/CVPR.2019.00963; here of one image.
        """
        names = set(self.class_of_pair) | set(self.unmatched)
        quality = []
        for name in names:
            mine = [place for place, label in enumerate(self.class_of_pair) if label == name]
            total = sum(self.iou[place] * earned[place] for place in mine)
            quality.append(total / (len(mine) + self.unmatched.count(name) / 2.0))
        return self._scored(sum(quality) / len(quality) if quality else 1.0, conflicts)

    def _scored(self, score: float, conflicts: Sequence[Conflict]) -> GoldScore:
        return GoldScore(min(score, 1.0), (*self.matching.conflicts, *conflicts))


def match_classes_of_pixels(
    given: Segments, known: Segments, *, void: frozenset[str], min_similarity: float
) -> SegmentMatching:
    """Match the segments of two semantic images by class; pairs below `min_similarity` conflict, yet count."""
    seen = _Compared.of(given, known, void)
    place = {known.labels[column]: column for column in seen.known}
    pairs, ious, conflicts, unmatched = [], [], [], list[str | None]()
    for row in seen.given:
        column = place.pop(given.labels[row], None)
        if column is None:
            conflicts.append(Conflict(ConflictKind.EXTRA_ANNOTATION, row, None))
            unmatched.append(given.labels[row])
            continue
        iou = seen.iou_of(row, column)
        pairs.append((row, column))
        ious.append(iou)
        if iou < min_similarity:
            conflicts.append(Conflict(ConflictKind.LOW_OVERLAP, row, column, round(iou, 6)))
    conflicts += [Conflict(ConflictKind.MISSING_ANNOTATION, None, column) for column in sorted(place.values())]
    unmatched += place.keys()
    matching = Matching(tuple(pairs), tuple(conflicts), len(given.labels), len(known.labels))
    return SegmentMatching(matching, tuple(ious), tuple(given.labels[row] for row, _ in pairs), tuple(unmatched))


def match_segments(given: Segments, known: Segments, *, void: frozenset[str], min_similarity: float) -> SegmentMatching:
    """Match the segments of two panoptic images that overlap by more than half, or by `min_similarity` if that is more.

    Of what is left, those that at least meet (0.1) conflict as of low overlap, the most alike first.
    """
    seen = _Compared.of(given, known, void)
    free_given, free_known = dict.fromkeys(seen.given), dict.fromkeys(seen.known)
    pairs, ious, conflicts = [], [], []
    for row, column, iou in seen.most_alike_first():
        if row not in free_given or column not in free_known or iou < RELATED_FROM:
            continue
        del free_given[row], free_known[column]
        same = given.labels[row] == known.labels[column]
        found = iou > ONE_TO_ONE_FROM and iou >= min_similarity
        if found and same:
            pairs.append((row, column))
            ious.append(iou)
        else:
            kind = ConflictKind.MISMATCHING_LABEL if found else ConflictKind.LOW_OVERLAP
            conflicts.append(Conflict(kind, row, column, round(iou, 6)))
    conflicts += [Conflict(ConflictKind.EXTRA_ANNOTATION, row, None) for row in free_given]
    conflicts += [Conflict(ConflictKind.MISSING_ANNOTATION, None, column) for column in free_known]
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    unmatched = [given.labels[row] for row in seen.given if row not in rows]
    unmatched += [known.labels[column] for column in seen.known if column not in columns]
    matching = Matching(tuple(pairs), tuple(conflicts), len(given.labels), len(known.labels))
    return SegmentMatching(matching, tuple(ious), tuple(given.labels[row] for row, _ in pairs), tuple(unmatched))


@dataclass(frozen=True)
class _Compared:
    """Hold how the segments of two images overlap, where the known one is not void.

    Parameters
    ----------
    given, known : the segments that count: not void, and of the given ones those mostly outside the known void.
    rows, columns, iou : (n_overlaps,) pairs of them that share pixels.
    """

    given: list[int]
    known: list[int]
    rows: IntArray
    columns: IntArray
    iou: FloatArray

    @classmethod
    def of(cls, given: Segments, known: Segments, void: frozenset[str]) -> _Compared:
        one, other = given.partition, known.partition
        overlaps = Overlaps.of(one, other)
        is_void = np.array([label in void for label in known.labels], dtype=bool)
        in_void = is_void[overlaps.second]
        lost = np.bincount(overlaps.first[in_void], weights=overlaps.shared[in_void], minlength=one.n_segments)
        whole = one.areas
        areas = whole - lost
        nothing = np.array([label in void for label in given.labels], dtype=bool)
        counts = ~nothing & (2 * areas >= whole) & (areas > 0)
        kept = counts[overlaps.first] & ~in_void
        found = Overlaps(overlaps.first[kept], overlaps.second[kept], overlaps.shared[kept])
        return cls(
            given=np.flatnonzero(counts).tolist(),
            known=np.flatnonzero(~is_void).tolist(),
            rows=found.first,
            columns=found.second,
            iou=found.iou(areas, other.areas),
        )

    def iou_of(self, row: int, column: int) -> float:
        """Return the intersection over union of two segments."""
        here = (self.rows == row) & (self.columns == column)
        return float(self.iou[here].sum())

    def most_alike_first(self) -> list[tuple[int, int, float]]:
        """Return the pairs that share pixels, with their intersection over union."""
        order = np.lexsort((self.columns, self.rows, -self.iou))
        return list(zip(self.rows[order].tolist(), self.columns[order].tolist(), self.iou[order].tolist(), strict=True))
