"""One segmented image from several: every pixel in one segment, or, where most say so, in none.

Panoptic images have things and stuff; a semantic image is one whose classes are all stuff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeling.core.geometry.masks import Mask, MaskGeometry
from quality.core.labels import FloatArray, IntArray
from quality.core.shapes.beliefs import DEFAULT_METHOD, Member, ShapeMethod, ShapeObject, believe
from quality.core.shapes.grouping import Grouping
from quality.core.shapes.partitions import NOTHING, Partition, cut_together
from quality.core.shapes.segmented import SegmentedTask
from quality.core.shapes.skills import ShapeSkills


@dataclass(frozen=True)
class SegmentedObject:
    """State what is believed of one segment, and where it is.

    Parameters
    ----------
    label : None where classes tie; of stuff what all its members are called.
    mask : empty where all its pixels went to others.
    """

    thing: ShapeObject
    label: str | None
    mask: Mask


@dataclass(frozen=True)
class SegmentedBelief:
    """State what is believed of one image.

    Parameters
    ----------
    segments : those that have pixels; their masks are disjoint, and together all pixels that are not void.
    outvoted : what was drawn and has no pixel left.
    disputed_share : of the pixels, those on which no segment, nor void, has more than half of the votes.
    p_complete : chance that no segment was missed by all.
    n_answers : answers of different workers, empty ones included.
    """

    segments: tuple[SegmentedObject, ...]
    outvoted: tuple[SegmentedObject, ...]
    disputed_share: float
    p_complete: float
    n_answers: int

    @property
    def confidence(self) -> float:
        """Return the belief in the most doubtful part of the conclusion; 0 without answers.

        Of disputed pixels half are taken to be wrong.
        """
        if not self.n_answers:
            return 0.0
        things = [each.thing.confidence for each in (*self.segments, *self.outvoted)]
        return min([1.0 - self.disputed_share / 2.0, self.p_complete, *things])


def segmented_belief(
    task: SegmentedTask, skills: ShapeSkills, *, method: ShapeMethod = DEFAULT_METHOD
) -> SegmentedBelief:
    """Conclude one image.

    Notes
    -----
    Each pixel goes to the segment that most workers put it in, among those likelier real than not; where all of a
    pixel's segments are doubted, among these. It is void where more call it nothing than any such segment. So the
    outcome is a partition whatever the answers are. Equal votes go to the segment that is likelier real, then to the
    larger one.

    Raises
    ------
    ValueError
        A class is not among those of the skills.
    """
    geometry = MaskGeometry(height=task.height, width=task.width)
    belief = believe(geometry, task.grouping, skills, method=method)
    things = _in_order(task.grouping, (*belief.objects, *belief.doubted))
    winners, disputed_share = _counted(task, things)
    masks = winners.masks(height=task.height, width=task.width)
    found = [
        SegmentedObject(thing, task.label(group, thing.label), mask)
        for group, (thing, mask) in enumerate(zip(things, masks, strict=True))
    ]
    return SegmentedBelief(
        segments=tuple(each for each in found if len(each.mask.edges)),
        outvoted=tuple(each for each in found if not len(each.mask.edges)),
        disputed_share=disputed_share,
        p_complete=belief.p_complete,
        n_answers=belief.n_answers,
    )


def _in_order(grouping: Grouping, things: Sequence[ShapeObject]) -> list[ShapeObject]:
    """Return what is believed of each group, in their order."""
    drawn = grouping.drawn
    by_member = {thing.members: thing for thing in things}
    return [
        by_member[tuple(Member(drawn.worker_ids[drawn.worker[row]], int(drawn.position[row])) for row in group)]
        for group in grouping.groups
    ]


def _counted(task: SegmentedTask, things: Sequence[ShapeObject]) -> tuple[Partition, float]:
    """Give each pixel to one group, or to none, and return the partition with the share of disputed pixels."""
    workers = task.in_groups()
    n_groups, n_pixels = len(things), max(task.height * task.width, 1)
    if not workers or not n_groups:
        nobody = np.zeros(1, dtype=np.int64)
        return Partition(nobody, np.full(1, NOTHING), n_pixels=n_pixels, n_segments=n_groups), 0.0
    area = np.sum([partition.areas for partition in workers], axis=0)
    bonus = _bonus(things, area, n_workers=len(workers))
    starts, numbers, n_disputed = [], [], 0
    for start, lengths, groups in cut_together(workers):
        best, most = _most_voted(groups, bonus, n_groups=n_groups)
        starts.append(start)
        numbers.append(best)
        n_disputed += int(lengths[2 * most <= len(workers)].sum())
    partition = Partition(np.concatenate(starts), np.concatenate(numbers), n_pixels=n_pixels, n_segments=n_groups)
    return partition, n_disputed / n_pixels


def _bonus(things: Sequence[ShapeObject], area: FloatArray, *, n_workers: int) -> IntArray:
    """Return (n_groups + 1,) what a group's votes are raised by, in units of 1 / (n_groups + 1); void comes last.

    Within a vote, what is likelier real comes first, then what is larger; void comes after all. Any vote for an
    accepted segment, or for void, comes before all votes for doubted ones.
    """
    chance = np.array([thing.p_exist for thing in things])
    rank = np.lexsort((area, chance)).argsort() + 1
    above_all = (n_workers + 1) * (len(things) + 1)
    accepted = np.array([thing.accepted for thing in things])
    return np.append(np.where(accepted, rank + above_all, rank), above_all)


def _most_voted(groups: IntArray, bonus: IntArray, *, n_groups: int) -> tuple[IntArray, IntArray]:
    """Return (n_stretches,) the group each stretch goes to, and the most votes that any, or void, has there."""
    in_order = np.sort(np.where(groups == NOTHING, n_groups, groups), axis=1)
    n_votes = np.ones(len(in_order), dtype=np.int64)
    most, best, best_score = n_votes.copy(), in_order[:, 0].copy(), (n_groups + 1) + bonus[in_order[:, 0]]
    for column in range(1, in_order.shape[1]):
        number = in_order[:, column]
        n_votes = np.where(number == in_order[:, column - 1], n_votes + 1, 1)
        score = n_votes * (n_groups + 1) + bonus[number]
        better = score > best_score
        best[better], best_score[better] = number[better], score[better]
        np.maximum(most, n_votes, out=most)
    return np.where(best == n_groups, NOTHING, best), most
