"""One panoptic image from several: every pixel in exactly one segment."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.core.geometry.masks import Mask, MaskGeometry
from quality.core.labels import IntArray
from quality.core.shapes.answers import ShapeAnswer, lay_flat
from quality.core.shapes.beliefs import DEFAULT_METHOD, Member, ShapeMethod, believe
from quality.core.shapes.grouping import Grouping, group_tasks
from quality.core.shapes.skills import ShapeSkills

# The number of pixels that belong to nothing, as in COCO's panoptic format.
VOID = 0


@dataclass(frozen=True)
class PanopticAnswer:
    """Hold one worker's panoptic image.

    Parameters
    ----------
    segments : (height, width) segment numbers; 0 for pixels that belong to nothing.
    labels : the class of each segment number but 0.

    Raises
    ------
    ValueError
        A segment has no class, or the image is not two-dimensional.
    """

    worker_id: Hashable
    segments: IntArray
    labels: Mapping[int, str]

    def __post_init__(self) -> None:
        if self.segments.ndim != 2:
            raise ValueError("a panoptic image has a height and a width")
        unnamed = set(np.unique(self.segments).tolist()) - {VOID} - set(self.labels)
        if unnamed:
            raise ValueError(f"segments without a class: {sorted(unnamed)[:5]}")


@dataclass(frozen=True)
class PanopticSegment:
    """State what is believed of one segment; the label is None where classes tie."""

    label: str | None
    confidence: float


@dataclass(frozen=True)
class PanopticBelief:
    """State one panoptic image.

    Parameters
    ----------
    segments : (height, width) segment numbers from 1 on, each pixel once; 0 for what most call nothing.
    of_segment : by segment number.
    disputed : (height, width) whether no segment has more than half of a pixel's votes.
    """

    segments: IntArray
    of_segment: Mapping[int, PanopticSegment]
    disputed: NDArray[np.bool_]


def panoptic_belief(
    answers: Sequence[PanopticAnswer],
    skills: ShapeSkills,
    *,
    stuff: frozenset[str] = frozenset(),
    method: ShapeMethod = DEFAULT_METHOD,
) -> PanopticBelief:
    """Conclude one panoptic image.

    Parameters
    ----------
    answers : n >= 1, of images of one size; of a repeated worker the first counts.
    stuff : classes without instances, such as sky: all their pixels are one segment.

    Notes
    -----
    Segments of things are matched across workers by overlap, those of stuff by class. Each pixel then goes to the
    matched segment that most workers put it in, among those likelier real than not; where all of a pixel's segments
    are doubted, among these. So the outcome is a partition whatever the answers are. Equal votes go to the segment
    that is likelier real, then to the larger one.

    Raises
    ------
    ValueError
        There is no answer, sizes differ, or a class is not among those of the skills.
    """
    first = list({answer.worker_id: answer for answer in reversed(answers)}.values())[::-1]
    if not first or len({answer.segments.shape for answer in first}) != 1:
        raise ValueError("answers of one size are needed")
    height, width = first[0].segments.shape
    geometry = MaskGeometry(height=height, width=width)
    things = lay_flat(geometry, [_masks(answer, stuff, of_stuff=False) for answer in first])
    (grouping,) = group_tasks(geometry, [things], min_similarity=method.min_similarity)
    of_stuff = _by_class(first, stuff)
    beliefs = [
        *_segments(geometry, grouping, skills, method),
        *_segments(geometry, of_stuff, skills, method),
    ]
    votes = np.concatenate([_votes(grouping, height * width), _votes(of_stuff, height * width)])
    return _partition(votes, beliefs, n_workers=len(first), shape=(height, width))


def _masks(answer: PanopticAnswer, stuff: frozenset[str], *, of_stuff: bool) -> ShapeAnswer:
    """Return the segments of things, or all pixels of each class of stuff, as masks."""
    present = set(np.unique(answer.segments).tolist()) - {VOID}
    numbers = sorted(number for number in present if (answer.labels[number] in stuff) == of_stuff)
    if not of_stuff:
        masks = [Mask.from_pixels(answer.segments == number) for number in numbers]
        return ShapeAnswer(answer.worker_id, masks, tuple(answer.labels[number] for number in numbers))
    names = sorted({answer.labels[number] for number in numbers})
    masks = [
        Mask.from_pixels(np.isin(answer.segments, [number for number in numbers if answer.labels[number] == name]))
        for name in names
    ]
    return ShapeAnswer(answer.worker_id, masks, tuple(names))


def _by_class(answers: Sequence[PanopticAnswer], stuff: frozenset[str]) -> Grouping:
    """Return the stuff of all workers grouped by class, which is all that identity means for it."""
    height, width = answers[0].segments.shape
    geometry = MaskGeometry(height=height, width=width)
    drawn = lay_flat(geometry, [_masks(answer, stuff, of_stuff=True) for answer in answers])
    names = np.array(drawn.labels, dtype=object)
    groups = tuple(np.flatnonzero(names == name).astype(np.int64) for name in sorted(set(drawn.labels)))
    agreement = np.array([_mean_similarity(geometry, drawn.shapes[group]) for group in groups])
    return Grouping(drawn=drawn, groups=groups, agreement=agreement)


def _mean_similarity(geometry: MaskGeometry, shapes: NDArray[np.object_]) -> float:
    one, other = np.triu_indices(len(shapes), 1)
    return float(geometry.similarity(shapes[one], shapes[other]).mean()) if len(one) else float("nan")


@dataclass(frozen=True)
class _Segment:
    p_exist: float
    segment: PanopticSegment


def _segments(geometry: MaskGeometry, grouping: Grouping, skills: ShapeSkills, method: ShapeMethod) -> list[_Segment]:
    """Return what is believed of each group, in their order."""
    belief = believe(geometry, grouping, skills, method=method)
    by_member = {thing.members: thing for thing in (*belief.objects, *belief.doubted)}
    drawn = grouping.drawn
    found = []
    for group in grouping.groups:
        members = tuple(Member(drawn.worker_ids[drawn.worker[shape]], int(drawn.position[shape])) for shape in group)
        thing = by_member[members]
        found.append(_Segment(thing.p_exist, PanopticSegment(thing.label, thing.belief_in_object)))
    return found


def _votes(grouping: Grouping, n_pixels: int) -> IntArray:
    """Return (n_groups, n_pixels) how many workers put a pixel in each group."""
    votes = np.zeros((len(grouping.groups), n_pixels), dtype=np.int64)
    for row, group in enumerate(grouping.groups):
        for mask in grouping.drawn.shapes[group]:
            votes[row] += mask.to_pixels().ravel()
    return votes


def _partition(votes: IntArray, found: list[_Segment], *, n_workers: int, shape: tuple[int, int]) -> PanopticBelief:
    """Give each pixel to one segment and number the segments that have any."""
    n_void = n_workers - votes.sum(axis=0)
    accepted = np.array([each.p_exist >= 0.5 for each in found], dtype=bool)
    chance = np.array([each.p_exist for each in found])
    # Ranks break ties by what is known of the segments, never by their order.
    rank = np.lexsort((votes.sum(axis=1), chance)).argsort() if len(found) else np.zeros(0, dtype=np.int64)
    score = votes * (len(found) + 1) + np.where(votes > 0, rank[:, None] + 1, 0)
    # Any vote for an accepted segment comes before all votes for doubted ones.
    score = np.where(accepted[:, None] & (votes > 0), score + (n_workers + 1) * (len(found) + 2), score)
    winner = score.argmax(axis=0) if len(found) else np.zeros(votes.shape[1], dtype=np.int64)
    nothing = 2 * n_void > n_workers
    numbers = np.where(nothing | (score.max(axis=0, initial=0) == 0), VOID, winner + 1)
    most = np.maximum(votes.max(axis=0, initial=0), n_void)
    used = np.unique(numbers[numbers != VOID])
    segments = np.where(numbers == VOID, VOID, np.searchsorted(used, numbers) + 1)
    return PanopticBelief(
        segments=segments.reshape(shape).astype(np.int64),
        of_segment={place + 1: found[number - 1].segment for place, number in enumerate(used.tolist())},
        disputed=(2 * most <= n_workers).reshape(shape),
    )
