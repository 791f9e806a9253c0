"""How each annotation type's votes weigh: log-likelihood ratios under the skills that a run found.

A weight is positive where the vote speaks for what was concluded, in nats: 2.3 is a factor of ten. Each is that of the
vote alone; aggregation discounts votes that err together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill
from quality.core.shapes.skills import ShapeSkills
from quality.core.terms import Terms
from quality.services.aggregation import AGGREGATORS, TaskAnswers
from quality.services.aggregation.class_sets import first_answers, rates_of
from quality.services.aggregation.objects import Found, ObjectAggregator

Json = dict[str, Any]


@dataclass(frozen=True)
class Skills:
    """The skills found for a job: its terms, the crowd's part and the workers' parts, as JSON."""

    terms: Terms
    crowd: Json
    workers: Mapping[UUID, Json]


@dataclass(frozen=True)
class Vote:
    """How one answer weighs.

    Attributes
    ----------
    log_likelihood_ratio : nats for `towards` and against `against`; None where there is nothing to set it against.
    accuracy : expected share right of this worker.
    measured : whether the worker has a skill of their own, or is taken for an average one.
    """

    log_likelihood_ratio: float | None
    towards: str | None
    against: str | None
    accuracy: float | None
    measured: bool

    def to_json(self) -> Json:
        """Return plain types."""
        return dict(vars(self))


@dataclass(frozen=True)
class ObjectVotes:
    """Who drew an object and who did not, with the weight of either for its existence; no votes = not repeatable.

    Attributes
    ----------
    id : of the object, where the label has ids.
    shape : the shape by its member; nothing of classes.
    """

    id: str | None
    label: str | None
    shape: Json
    p_exist: float
    accepted: bool
    drawn_by: Mapping[UUID, float] | None
    left_out_by: Mapping[UUID, float] | None
    positions: Mapping[UUID, int]

    def to_json(self, pseudonyms: Mapping[UUID, str]) -> Json:
        """Return plain types, with pseudonyms for the workers."""
        return {
            "id": self.id,
            "class": self.label,
            "shape": self.shape,
            "p_exist": self.p_exist,
            "accepted": self.accepted,
            "drawn_by": None if self.drawn_by is None else self._told(self.drawn_by, pseudonyms),
            "left_out_by": None if self.left_out_by is None else self._told(self.left_out_by, pseudonyms),
        }

    def _told(self, weights: Mapping[UUID, float], pseudonyms: Mapping[UUID, str]) -> list[Json]:
        return [
            {
                "worker": pseudonyms[worker_id],
                "log_likelihood_ratio": weight,
                **({"annotation": self.positions[worker_id]} if worker_id in self.positions else {}),
            }
            for worker_id, weight in weights.items()
        ]


Explained = tuple[dict[UUID, Vote], list[ObjectVotes] | None]
Explainer = Callable[[TaskAnswers, Json, Skills], Explained]


def explain_class(task: TaskAnswers, value: Json, skills: Skills) -> Explained:
    """Weigh each vote between the likeliest class and the next."""
    known = _class_skills(skills)
    posterior = value["posterior"]
    # Ties are shown in the ontology's order; nothing is decided here.
    first, *rest = sorted(known.crowd.classes, key=lambda name: -posterior.get(name, 0.0))
    return {
        answer.worker_id: _class_vote(answer.worker_id, answer.annotations[0]["class"], first, rest, known)
        for answer in task.answers
    }, None


def explain_classes(task: TaskAnswers, value: Json, skills: Skills) -> Explained:
    """Say of each class that anybody picked, or that was concluded, who picked it."""
    given = first_answers(task)
    rates = {worker_id: rates_of(worker_id, skills.crowd, skills.workers) for worker_id in given}
    named = set(value["classes"]).union(*given.values())
    return {}, [
        ObjectVotes(
            id=None,
            label=name,
            shape={},
            p_exist=value["posterior"].get(name, 0.0),
            accepted=name in value["classes"],
            drawn_by={each: _weight(*rates[each], drew=True) for each, names in given.items() if name in names},
            left_out_by={each: _weight(*rates[each], drew=False) for each, names in given.items() if name not in names},
            positions=_positions(task, name),
        )
        for name in skills.terms.classes
        if name in named
    ]


@dataclass(frozen=True)
class ObjectExplainer:
    """Say of each object who drew it, by matching the answers again and finding the stored objects among the found."""

    aggregator: ObjectAggregator

    def __call__(self, task: TaskAnswers, value: Json, skills: Skills) -> Explained:
        """Explain the objects, and what was drawn and is doubted."""
        known = ShapeSkills.cold(skills.terms.classes)
        if skills.crowd:
            known = ShapeSkills.from_parts(skills.crowd, dict(skills.workers))
        found = self.aggregator.found(task, known, self.aggregator.way_of(skills.terms, skills.crowd))
        worker_ids = list(dict.fromkeys(answer.worker_id for answer in task.answers))
        stored = [(each, True) for each in value["objects"]] + [(each, False) for each in value.get("doubted", [])]
        return {}, [self._votes(each, accepted, found, worker_ids, known) for each, accepted in stored]

    def _votes(
        self, stored: Json, accepted: bool, found: Sequence[Found], worker_ids: Sequence[UUID], known: ShapeSkills
    ) -> ObjectVotes:
        shape = stored[self.aggregator.member]
        same = next((each for each in found if each.shape == shape), None)
        positions = {} if same is None else {UUID(str(each.worker_id)): each.position for each in same.thing.members}
        drawn, left = None, None
        if same is not None:
            rates = {each: known.of(each) for each in worker_ids}
            weight = {
                each: _weight(skill.miss(known.crowd), skill.false_alarm(known.crowd), drew=each in positions)
                for each, skill in rates.items()
            }
            drawn = {each: weight[each] for each in worker_ids if each in positions}
            left = {each: weight[each] for each in worker_ids if each not in positions}
        return ObjectVotes(
            id=stored.get("id"),
            label=stored["class"],
            shape={self.aggregator.member: shape},
            p_exist=stored["p_exist"],
            accepted=accepted,
            drawn_by=drawn,
            left_out_by=left,
            positions=positions,
        )


def class_weights(task: TaskAnswers, skills: Skills, *, towards: str, against: str) -> dict[UUID, float | None]:
    """Return the nats by which each vote alone speaks for one class against another."""
    known = _class_skills(skills)
    names = known.crowd.classes
    weights: dict[UUID, float | None] = {}
    for answer in task.answers:
        label = answer.annotations[0]["class"]
        likelihood = known.of(answer.worker_id).likelihood(names.index(label), known.crowd)
        ratio = float(np.log(likelihood[names.index(towards)]) - np.log(likelihood[names.index(against)]))
        weights[answer.worker_id] = ratio if math.isfinite(ratio) else None
    return weights


EXPLAINERS: dict[str, Explainer] = {
    "image_classification": explain_class,
    "multi_label_classification": explain_classes,
    **{name: ObjectExplainer(each) for name, each in AGGREGATORS.items() if isinstance(each, ObjectAggregator)},
}


def _class_skills(skills: Skills) -> ClassSkills:
    if not skills.crowd:
        return ClassSkills.cold(skills.terms.classes)
    workers = {worker_id: WorkerSkill.from_json(part) for worker_id, part in skills.workers.items()}
    return ClassSkills(crowd=CrowdSkill.from_json(skills.crowd), workers=workers)


def _class_vote(worker_id: UUID, label: str, first: str, rest: Sequence[str], known: ClassSkills) -> Vote:
    names = known.crowd.classes
    skill = known.of(worker_id)
    likelihood = skill.likelihood(names.index(label), known.crowd)
    against = rest[0] if rest else None
    ratio = None
    if against is not None:
        ratio = float(np.log(likelihood[names.index(first)]) - np.log(likelihood[names.index(against)]))
    return Vote(
        log_likelihood_ratio=ratio if ratio is not None and math.isfinite(ratio) else None,
        towards=first,
        against=against,
        accuracy=skill.accuracy(known.crowd),
        measured=worker_id in known.workers,
    )


def _positions(task: TaskAnswers, name: str) -> dict[UUID, int]:
    """Return where each worker's first answer names a class."""
    found: dict[UUID, int] = {}
    for answer in reversed(task.answers):
        names = [each["class"] for each in answer.annotations]
        found.pop(answer.worker_id, None)
        if name in names:
            found[answer.worker_id] = names.index(name)
    return found


def _weight(miss: float, false_alarm: float, *, drew: bool) -> float:
    """Return the nats by which one worker's naming or drawing it, or not, speaks for something."""
    return math.log((1.0 - miss) / false_alarm) if drew else math.log(miss / (1.0 - false_alarm))
