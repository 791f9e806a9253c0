"""What the answers of one task show, with skills as they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple, TypeVar

import numpy as np

from labeling.core.geometry.base import Frame, Geometry
from quality.core.classes.online import DEFAULT_CORRELATION, TaskBelief, group_posteriors
from quality.core.labels import FloatArray, class_numbers
from quality.core.shapes.answers import ShapeAnswer, lay_flat
from quality.core.shapes.clustering import MIN_SIMILARITY
from quality.core.shapes.existence import expect, rates_of
from quality.core.shapes.fusion.registry import fuse_groups
from quality.core.shapes.grouping import Flattened, Grouping, group_tasks
from quality.core.shapes.skills import ShapeSkills
from quality.core.stopping import Decision, StoppingRule
from quality.core.stopping import decide as decide_by_confidence

Item = TypeVar("Item")


@dataclass(frozen=True)
class ShapeMethod:
    """Set how shapes are matched and when a place is sure.

    Parameters
    ----------
    min_similarity : mean similarity from which shapes of different workers are one object.
    max_location_error : largest expected loss of similarity at which an object's place is not in doubt.
    lone_agreement : agreement assumed of a single shape, which nobody can contradict.
    correlation : share by which two workers are taken to err together in naming; see `group_posteriors`.
    """

    min_similarity: float = MIN_SIMILARITY
    max_location_error: float = 0.25
    lone_agreement: float = 0.7
    correlation: float = DEFAULT_CORRELATION


DEFAULT_METHOD = ShapeMethod()
ACCEPTED_FROM = 0.5
# Existence is disputed while its chance is further than this from both 0 and 1.
DOUBT = 0.1


class Dispute(StrEnum):
    """Say what a task's workers do not agree on."""

    EXISTENCE = "existence"
    CLASS = "class"
    PLACE = "place"


class Member(NamedTuple):
    """Name a worker's shape that belongs to an object."""

    worker_id: Hashable
    position: int


@dataclass(frozen=True)
class AttributeBelief:
    """State the value that most gave an attribute.

    Parameters
    ----------
    value : None where values tie.
    share : votes for the commonest value among those who gave any.
    """

    value: str | None
    share: float


@dataclass(frozen=True, slots=True)
class ShapeObject:
    """State what is believed of one thing that somebody drew.

    Parameters
    ----------
    shape : fused, as the geometry holds it.
    p_exist : chance that it is an object.
    naming : belief over the classes.
    agreement : mean similarity between members; the assumed one of a lone shape.
    p_place : belief that its place is right.
    members : the shapes behind it.
    confidence : belief that the verdict on it is right: for an accepted one that it exists, is named right and is
        well placed; else that it does not exist.
    attributes : what most say of each attribute that anybody gave.
    """

    shape: Any
    p_exist: float
    naming: TaskBelief
    agreement: float
    p_place: float
    members: tuple[Member, ...]
    confidence: float
    attributes: Mapping[str, AttributeBelief] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Return whether it is likelier an object than not."""
        return self.p_exist >= ACCEPTED_FROM

    @property
    def label(self) -> str | None:
        """Return the likeliest class, None for a tie."""
        return self.naming.label

    @property
    def disputes(self) -> tuple[Dispute, ...]:
        """Return on what the workers are divided."""
        divided = {
            Dispute.EXISTENCE: DOUBT < self.p_exist < 1.0 - DOUBT,
            Dispute.CLASS: self.label is None,
            Dispute.PLACE: self.p_place < 1.0,
        }
        return tuple(dispute for dispute, is_so in divided.items() if is_so)

    @property
    def belief_in_object(self) -> float:
        """Return the belief that it exists, is named right and is well placed, accepted or not."""
        return self.p_exist * self.naming.confidence * self.p_place


@dataclass(frozen=True)
class ShapeBelief:
    """State what is believed of one task.

    Parameters
    ----------
    objects : the accepted ones.
    doubted : things drawn that are likelier no objects.
    p_complete : chance that no object was missed by all.
    n_answers : answers of different workers, empty ones included.
    """

    objects: tuple[ShapeObject, ...]
    doubted: tuple[ShapeObject, ...]
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

    @property
    def disputes(self) -> frozenset[Dispute]:
        """Return on what the workers are divided, over all that anybody drew."""
        return frozenset(dispute for thing in (*self.objects, *self.doubted) for dispute in thing.disputes)


def shape_belief(
    geometry: Geometry,
    answers: Iterable[ShapeAnswer],
    skills: ShapeSkills,
    *,
    frame: Frame | None = None,
    method: ShapeMethod = DEFAULT_METHOD,
) -> ShapeBelief:
    """Conclude one task from its answers so far.

    Parameters
    ----------
    answers : of a repeated worker the first counts; empty answers count.
    skills : a worker not in them is taken for an average one.
    frame : shapes are cut to it; without it they are taken as they are. Unusable shapes are left out.

    Raises
    ------
    ValueError
        A label is not among the classes of the skills.
    """
    drawn = lay_flat(geometry, answers, frame=frame)
    (grouping,) = group_tasks(geometry, [drawn], min_similarity=method.min_similarity)
    return believe(geometry, grouping, skills, method=method)


def believe(
    geometry: Geometry, grouping: Grouping, skills: ShapeSkills, *, method: ShapeMethod = DEFAULT_METHOD
) -> ShapeBelief:
    """Conclude a task from its grouped shapes."""
    return believe_all(geometry, Flattened.of([grouping]), skills, method=method)[0]


def believe_all(
    geometry: Geometry, flat: Flattened, skills: ShapeSkills, *, method: ShapeMethod = DEFAULT_METHOD
) -> list[ShapeBelief]:
    """Conclude tasks from their grouped shapes, all at once: begun one by one, small tasks would take twice as long."""
    rates = rates_of([skills.of(worker_id) for worker_id in flat.worker_ids], skills.crowd)
    expected = expect(flat.sightings(), skills.crowd, *rates)
    things = _things(geometry, flat, expected.chance, skills=skills, method=method)
    # Objects come as a Poisson number; those that every worker misses are a thinned Poisson number.
    complete = np.exp(-expected.objects).tolist()
    ends = np.cumsum(flat.n_groups).tolist()
    return [
        ShapeBelief(
            objects=tuple([thing for thing in things[begin:end] if thing.p_exist >= ACCEPTED_FROM]),
            doubted=tuple([thing for thing in things[begin:end] if thing.p_exist < ACCEPTED_FROM]),
            p_complete=p_complete,
            n_answers=n_answers,
        )
        for p_complete, n_answers, begin, end in zip(complete, flat.n_answers.tolist(), [0, *ends], ends, strict=False)
    ]


def decide(belief: ShapeBelief, rule: StoppingRule) -> Decision:
    """Say whether the task is retired, disputed, or wants one more answer."""
    return decide_by_confidence(belief.confidence, n_answers=belief.n_answers, rule=rule)


def _things(
    geometry: Geometry, flat: Flattened, chance: FloatArray, *, skills: ShapeSkills, method: ShapeMethod
) -> list[ShapeObject]:
    """Return what is believed of each group."""
    namings, named_right = _namings(flat, skills, method)
    agreement = np.where(flat.sizes > 1, flat.agreement, method.lone_agreement)
    # Fusing n shapes averages their errors, so that the expected loss of similarity falls with the root of n.
    error = (1.0 - agreement) / np.sqrt(flat.sizes)
    placed = np.ones(len(error))
    np.divide(method.max_location_error, error, out=placed, where=error > method.max_location_error)
    confidence = np.where(chance >= ACCEPTED_FROM, chance * named_right * placed, 1.0 - chance)
    worker_ids = [flat.worker_ids[worker] for worker in flat.worker.tolist()]
    members = _in_groups(list(map(Member, worker_ids, flat.position.tolist())), flat)
    given = _in_groups(flat.attributes, flat) if any(flat.attributes) else repeat(())
    # By place: with names, this many objects would take half as long again.
    return list(
        map(
            ShapeObject,
            fuse_groups(geometry.name, flat.shapes, flat.members, flat.sizes),
            chance.tolist(),
            namings,
            agreement.tolist(),
            placed.tolist(),
            members,
            confidence.tolist(),
            map(_attributes, given),
        )
    )


def _in_groups(of_shapes: Sequence[Item], flat: Flattened) -> list[tuple[Item, ...]]:
    """Return what belongs to each shape, by group."""
    ordered = [of_shapes[shape] for shape in flat.members.tolist()]
    ends = np.cumsum(flat.sizes).tolist()
    return [tuple(ordered[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]


def _namings(flat: Flattened, skills: ShapeSkills, method: ShapeMethod) -> tuple[list[TaskBelief], FloatArray]:
    """Return the belief over the classes of each group, and (n_groups,) the belief in the likeliest class."""
    classes, sizes = skills.naming.crowd.classes, flat.sizes.tolist()
    label = class_numbers(flat.labels, classes)
    if len(classes) == 1:
        # Nothing to weigh, and most jobs of shapes have one class.
        return [_only(classes, size) for size in sizes], np.ones(len(sizes))
    posterior = group_posteriors(
        flat.worker[flat.members],
        label[flat.members],
        flat.group,
        n_groups=len(sizes),
        worker_ids=flat.worker_ids,
        skills=skills.naming,
        correlation=method.correlation,
    )
    return list(map(TaskBelief, repeat(classes), posterior, sizes)), posterior.max(axis=1, initial=0.0)


@lru_cache(maxsize=1024)
def _only(classes: tuple[str, ...], n_answers: int) -> TaskBelief:
    """Return the belief in the only class there is; one object for all, since they are never changed."""
    return TaskBelief(classes=classes, posterior=np.ones(1), n_answers=n_answers)


def _attributes(given: Iterable[Mapping[str, str]]) -> dict[str, AttributeBelief]:
    """Return the commonest value of every attribute."""
    votes: dict[str, Counter[str]] = {}
    for attributes in filter(None, given):
        for name, value in attributes.items():
            votes.setdefault(name, Counter())[value] += 1
    return {name: _most_voted(votes[name]) for name in sorted(votes)}


def _most_voted(votes: Counter[str]) -> AttributeBelief:
    most = max(votes.values())
    leading = [value for value, number in votes.items() if number == most]
    return AttributeBelief(value=leading[0] if len(leading) == 1 else None, share=most / votes.total())
