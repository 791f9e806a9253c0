"""Segmented images of several workers: which of their segments show the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from labeling.core.geometry.base import as_objects
from labeling.core.geometry.masks import Mask
from quality.core.labels import IntArray
from quality.core.shapes.answers import DrawnShapes
from quality.core.shapes.clustering import MIN_SIMILARITY, Pairs, cluster_pairs, members_of
from quality.core.shapes.grouping import Grouping, mean_agreement
from quality.core.shapes.partitions import NOTHING, Overlaps, Partition


@dataclass(frozen=True)
class SegmentedAnswer:
    """Hold one worker's segments of an image.

    Parameters
    ----------
    masks : disjoint; pixels in none, and those of segments of void, belong to nothing.
    labels : the class of each.

    Raises
    ------
    ValueError
        There are not as many labels as masks.
    """

    worker_id: Hashable
    masks: tuple[Mask, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.masks) != len(self.labels):
            raise ValueError("each segment needs one label")


@dataclass(frozen=True)
class SegmentedTask:
    """Hold a task's answers as partitions of one image, and which segments show the same.

    Parameters
    ----------
    partitions : of each worker of `grouping.drawn`, numbered by the place in the worker's answer.
    grouping : segments that are not void; of stuff, all of a class are one group.
    stuff, void : classes without instances, and classes that are nothing.
    """

    partitions: tuple[Partition, ...]
    grouping: Grouping
    stuff: frozenset[str]
    void: frozenset[str]
    height: int
    width: int

    @cached_property
    def group_of(self) -> IntArray:
        """Return (n_shapes,) the group of each shape."""
        group = np.zeros(len(self.grouping.drawn.worker), dtype=np.int64)
        for number, members in enumerate(self.grouping.groups):
            group[members] = number
        return group

    def in_groups(self) -> list[Partition]:
        """Return each worker's partition into groups."""
        drawn, n_groups = self.grouping.drawn, len(self.grouping.groups)
        found = []
        for worker, partition in enumerate(self.partitions):
            mine = drawn.worker == worker
            number = np.full(partition.n_segments, NOTHING, dtype=np.int64)
            number[drawn.position[mine]] = self.group_of[mine]
            found.append(partition.renumbered(number, n_segments=n_groups))
        return found

    def label(self, group: int, named: str | None) -> str | None:
        """Return what a group is called: stuff by its own name, a thing as its naming has it, but never stuff."""
        own = self.grouping.drawn.labels[int(self.grouping.groups[group][0])]
        if own in self.stuff:
            return own
        return None if named in self.stuff | self.void else named

    def light(self) -> Grouping:
        """Return the grouping without its masks, which is all that skills are learned from."""
        return replace(self.grouping, drawn=replace(self.grouping.drawn, shapes=as_objects([])))


def segmented_task(
    answers: Sequence[SegmentedAnswer],
    *,
    stuff: frozenset[str] = frozenset(),
    void: frozenset[str] = frozenset(),
    min_similarity: float = MIN_SIMILARITY,
) -> SegmentedTask:
    """Match the segments of a task's workers: those of things by overlap, those of stuff by class.

    Parameters
    ----------
    answers : of a repeated worker the first counts. Masks of another image size than most are left out.
    stuff : classes without instances.
    void : classes whose pixels belong to nothing.
    """
    first: dict[Hashable, SegmentedAnswer] = {}
    for answer in answers:
        first.setdefault(answer.worker_id, answer)
    given = list(first.values())
    height, width = _usual_size(given)
    n_pixels = max(height * width, 1)
    fitting = [_of_size(answer, height, width) for answer in given]
    partitions = tuple(Partition.of(answer.masks, n_pixels=n_pixels) for answer in fitting)
    drawn = _laid_flat(fitting, void)
    pairs = _pairs(drawn, partitions)
    group = _groups(drawn, pairs, stuff, min_similarity)
    grouping = Grouping(drawn=drawn, groups=tuple(members_of(group)), agreement=mean_agreement(group, pairs))
    return SegmentedTask(partitions, grouping, stuff=stuff, void=void, height=height, width=width)


def _usual_size(answers: Sequence[SegmentedAnswer]) -> tuple[int, int]:
    """Return the height and width that most answers have."""
    sizes = Counter((mask.height, mask.width) for answer in answers for mask in answer.masks[:1])
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else (0, 0)


def _of_size(answer: SegmentedAnswer, height: int, width: int) -> SegmentedAnswer:
    fits = [(mask.height, mask.width) == (height, width) for mask in answer.masks]
    if all(fits):
        return answer
    # Places in the answer stay what they are.
    nothing = Mask(height, width, np.zeros(0, dtype=np.int64))
    masks = tuple(mask if fit else nothing for mask, fit in zip(answer.masks, fits, strict=True))
    return SegmentedAnswer(answer.worker_id, masks, answer.labels)


def _laid_flat(answers: Sequence[SegmentedAnswer], void: frozenset[str]) -> DrawnShapes:
    """Join the segments that are something, in an order that depends on where they are alone."""
    rows = [
        (worker, position, label, mask)
        for worker, answer in enumerate(answers)
        for position, (label, mask) in enumerate(zip(answer.labels, answer.masks, strict=True))
        if label not in void and len(mask.edges)
    ]
    rows.sort(key=lambda row: (row[3].edges[0], row[3].area, row[3].edges.tobytes()))
    return DrawnShapes(
        worker_ids=tuple(answer.worker_id for answer in answers),
        shapes=as_objects([row[3] for row in rows]),
        worker=np.array([row[0] for row in rows], dtype=np.int64),
        position=np.array([row[1] for row in rows], dtype=np.int64),
        labels=tuple(row[2] for row in rows),
        attributes=({},) * len(rows),
    )


def _pairs(drawn: DrawnShapes, partitions: Sequence[Partition]) -> Pairs:
    """Return how alike the segments of different workers are, from one look at each pair of workers."""
    shape_of = []
    for worker, partition in enumerate(partitions):
        number = np.full(partition.n_segments, NOTHING, dtype=np.int64)
        mine = np.flatnonzero(drawn.worker == worker)
        number[drawn.position[mine]] = mine
        shape_of.append(number)
    areas = [partition.areas for partition in partitions]
    one, other, similarity = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for first, second in combinations(range(len(partitions)), 2):
        overlaps = Overlaps.of(partitions[first], partitions[second])
        iou = overlaps.iou(areas[first], areas[second])
        ends = shape_of[first][overlaps.first], shape_of[second][overlaps.second]
        known = (ends[0] != NOTHING) & (ends[1] != NOTHING)
        one.append(np.minimum(*ends)[known])
        other.append(np.maximum(*ends)[known])
        similarity.append(np.minimum(iou[known], 1.0))
    return Pairs(np.concatenate(one), np.concatenate(other), np.concatenate(similarity))


def _groups(drawn: DrawnShapes, pairs: Pairs, stuff: frozenset[str], min_similarity: float) -> IntArray:
    """Return (n_shapes,) group numbers from 0, without gaps."""
    is_stuff = np.array([label in stuff for label in drawn.labels], dtype=bool)
    of_things = ~is_stuff[pairs.one] & ~is_stuff[pairs.other]
    between = Pairs(pairs.one[of_things], pairs.other[of_things], pairs.similarity[of_things])
    group = cluster_pairs(drawn.worker, between, min_similarity=min_similarity)
    names = {name: len(drawn.labels) + place for place, name in enumerate(sorted(stuff))}
    group[is_stuff] = [names[label] for label in drawn.labels if label in stuff]
    return np.unique(group, return_inverse=True)[1].reshape(-1).astype(np.int64)
