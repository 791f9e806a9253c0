"""What the answers of one task show, with skills as they stand."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from labeling.core.geometry.boxes import Boxes, iou_matrix
from quality.core.boxes.answers import BoxAnswer, DrawnBoxes, ImageSize, lay_flat
from quality.core.boxes.clustering import MIN_SIMILARITY, cluster_shapes
from quality.core.boxes.existence import p_exist
from quality.core.boxes.skills import BoxSkills
from quality.core.classes.online import DEFAULT_CORRELATION, TaskBelief, task_belief
from quality.core.labels import FloatArray, IntArray
from quality.core.stopping import Decision, StoppingRule
from quality.core.stopping import decide as decide_by_confidence


@dataclass(frozen=True)
class BoxMethod:
    """Set how boxes are matched and when a place is sure.

    Parameters
    ----------
    min_similarity : mean IoU from which boxes of different workers are one object.
    max_location_error : largest expected loss of IoU at which an object's place is not in doubt; see `BoxObject`.
    lone_agreement : agreement assumed of a single box, which nobody can contradict.
    correlation : share by which two workers are taken to err together in naming; see `task_belief`.
    """

    min_similarity: float = MIN_SIMILARITY
    max_location_error: float = 0.25
    lone_agreement: float = 0.7
    correlation: float = DEFAULT_CORRELATION


DEFAULT_METHOD = BoxMethod()


@dataclass(frozen=True)
class Member:
    """Name a worker's box that belongs to an object."""

    worker_id: Hashable
    position: int


@dataclass(frozen=True)
class BoxObject:
    """State what is believed of one thing that somebody drew.

    Parameters
    ----------
    box : (4,) fused coordinates, pixels.
    p_exist : chance that it is an object.
    naming : belief over the classes.
    agreement : mean IoU between members; the assumed one of a lone box.
    members : the boxes behind it.
    confidence : belief that the verdict on it is right: for an accepted one that it exists, is named right and is
        well placed; else that it does not exist.
    """

    box: Boxes
    p_exist: float
    naming: TaskBelief
    agreement: float
    members: tuple[Member, ...]
    confidence: float

    @property
    def accepted(self) -> bool:
        """Return whether it is likelier an object than not."""
        return self.p_exist >= 0.5

    @property
    def label(self) -> str | None:
        """Return the likeliest class, None for a tie."""
        return self.naming.label


@dataclass(frozen=True)
class BoxBelief:
    """State what is believed of one task.

    Parameters
    ----------
    objects : the accepted ones.
    doubted : things drawn that are likelier no objects.
    p_complete : chance that no object was missed by all.
    n_answers : answers of different workers, empty ones included.
    """

    objects: tuple[BoxObject, ...]
    doubted: tuple[BoxObject, ...]
    p_complete: float
    n_answers: int

    @property
    def confidence(self) -> float:
        """Return the belief in the most doubtful part of the conclusion; 0 without answers.

        The weakest part and not the product: a task with many objects would otherwise never be done.
        """
        if not self.n_answers:
            return 0.0
        return min([self.p_complete, *(thing.confidence for thing in (*self.objects, *self.doubted))])


@dataclass(frozen=True)
class Grouping:
    """Hold a task's boxes and which of them show the same thing; skills play no part in it.

    Parameters
    ----------
    drawn : the boxes.
    groups : arrays of box numbers.
    agreement : (n_groups,) mean IoU between the boxes of a group, NaN for a lone one.
    """

    drawn: DrawnBoxes
    groups: tuple[IntArray, ...]
    agreement: FloatArray

    def sightings(self) -> FloatArray:
        """Return (n_groups, n_workers) 1.0 where the worker drew a member."""
        seen = np.zeros((len(self.groups), len(self.drawn.worker_ids)))
        for row, group in enumerate(self.groups):
            seen[row, self.drawn.worker[group]] = 1.0
        return seen

    def votes(self, group: IntArray) -> list[tuple[Hashable, str]]:
        """Return (worker_id, label) of a group's boxes."""
        drawn = self.drawn
        return [(drawn.worker_ids[drawn.worker[box]], drawn.labels[box]) for box in group]


def group_boxes(
    answers: Iterable[BoxAnswer], *, image: ImageSize | None = None, min_similarity: float = MIN_SIMILARITY
) -> Grouping:
    """Match the boxes of a task's answers by place alone, whatever they are called."""
    drawn = lay_flat(answers, image=image)
    iou = iou_matrix(drawn.boxes, drawn.boxes)
    groups = tuple(cluster_shapes(iou, drawn.worker, min_similarity=min_similarity))
    return Grouping(drawn=drawn, groups=groups, agreement=_agreement(iou, groups))


def _agreement(iou: FloatArray, groups: tuple[IntArray, ...]) -> FloatArray:
    """Return (n_groups,) the mean IoU over the pairs of each group, NaN for a lone box."""
    sizes = np.array([len(group) for group in groups], dtype=np.float64)
    member = np.zeros((len(groups), len(iou)))
    for row, group in enumerate(groups):
        member[row, group] = 1.0
    # Every box of positive area has an IoU of 1 with itself, which is no agreement.
    pairs = ((member @ iou) * member).sum(axis=1) - sizes
    agreement = np.full(len(groups), np.nan)
    np.divide(pairs, sizes * (sizes - 1), out=agreement, where=sizes > 1)
    return agreement


def fuse(boxes: Boxes) -> Boxes:
    """Return (4,) the median of each coordinate; of two boxes that is the mean.

    From three on it ignores one gross error; x1 < x2 survives it because it holds in every box.
    """
    n_boxes = len(boxes)
    ordered = np.sort(boxes, axis=0)
    # Half the sum of the middle two is the median, and of one or two boxes the mean.
    fused: Boxes = (ordered[(n_boxes - 1) // 2] + ordered[n_boxes // 2]) / 2.0
    return fused


def believe(grouping: Grouping, skills: BoxSkills, *, method: BoxMethod = DEFAULT_METHOD) -> BoxBelief:
    """Conclude a task from its grouped boxes."""
    drawn = grouping.drawn
    detections = [skills.of(worker_id) for worker_id in drawn.worker_ids]
    chances = p_exist(grouping.sightings(), detections, skills.crowd)
    things = [_thing(grouping, row, float(chance), skills=skills, method=method) for row, chance in enumerate(chances)]
    missed_by_all = float(np.prod([detection.miss(skills.crowd) for detection in detections]))
    # Objects come as a Poisson number; those that every worker misses are a thinned Poisson number.
    p_complete = float(np.exp(-skills.crowd.objects_per_task * missed_by_all))
    return BoxBelief(
        objects=tuple(thing for thing in things if thing.accepted),
        doubted=tuple(thing for thing in things if not thing.accepted),
        p_complete=p_complete,
        n_answers=len(drawn.worker_ids),
    )


def box_belief(
    answers: Iterable[BoxAnswer],
    skills: BoxSkills,
    *,
    image: ImageSize | None = None,
    method: BoxMethod = DEFAULT_METHOD,
) -> BoxBelief:
    """Conclude one task from its answers so far.

    Parameters
    ----------
    answers : of a repeated worker the first counts; empty answers count.
    skills : a worker not in them is taken for an average one.
    image : boxes are cut to it; without it they are taken as they are. Boxes without size are left out.

    Raises
    ------
    ValueError
        A label is not among the classes of the skills.
    """
    grouping = group_boxes(answers, image=image, min_similarity=method.min_similarity)
    return believe(grouping, skills, method=method)


def decide(belief: BoxBelief, rule: StoppingRule) -> Decision:
    """Say whether the task is retired, disputed, or wants one more answer."""
    return decide_by_confidence(belief.confidence, n_answers=belief.n_answers, rule=rule)


def _thing(grouping: Grouping, row: int, chance: float, *, skills: BoxSkills, method: BoxMethod) -> BoxObject:
    """Return what is believed of one group."""
    drawn, group = grouping.drawn, grouping.groups[row]
    workers, positions = drawn.worker[group].tolist(), drawn.position[group].tolist()
    naming = task_belief(grouping.votes(group), skills.naming, correlation=method.correlation)
    agreement = float(grouping.agreement[row]) if len(group) > 1 else method.lone_agreement
    # Fusing n boxes averages their errors, so that the expected loss of IoU falls with the root of n.
    error = (1.0 - agreement) / math.sqrt(len(group))
    placed = 1.0 if error <= method.max_location_error else method.max_location_error / error
    return BoxObject(
        box=fuse(drawn.boxes[group]),
        p_exist=chance,
        naming=naming,
        agreement=agreement,
        members=tuple(
            Member(worker_id=drawn.worker_ids[worker], position=position)
            for worker, position in zip(workers, positions, strict=True)
        ),
        confidence=chance * naming.confidence * placed if chance >= 0.5 else 1.0 - chance,
    )
