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

from labeling.core.geometry.boxes import as_boxes, iou_matrix
from quality.core.boxes.answers import BoxAnswer, ImageSize
from quality.core.boxes.online import BoxObject, box_belief
from quality.core.boxes.skills import BoxSkills
from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill
from quality.services.aggregation import TaskAnswers

Json = dict[str, Any]

# A stored box is rounded; what overlaps less than this is another object.
SAME_BOX = 0.99


@dataclass(frozen=True)
class Skills:
    """The skills found for a job: its classes, the crowd's part and the workers' parts, as JSON."""

    classes: Sequence[str]
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
    """Who drew an object and who did not, with the weight of either for its existence; no votes = not repeatable."""

    label: str | None
    box: Sequence[float]
    p_exist: float
    accepted: bool
    drawn_by: Mapping[UUID, float] | None
    left_out_by: Mapping[UUID, float] | None
    positions: Mapping[UUID, int]

    def to_json(self, pseudonyms: Mapping[UUID, str]) -> Json:
        """Return plain types, with pseudonyms for the workers."""
        return {
            "class": self.label,
            "box": list(self.box),
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


def explain_boxes(task: TaskAnswers, value: Json, skills: Skills) -> Explained:
    """Say of each object who drew it, by matching the answers' boxes again and finding the stored ones among them."""
    known = BoxSkills.from_parts(skills.crowd, dict(skills.workers)) if skills.crowd else BoxSkills.cold(skills.classes)
    answers = [
        BoxAnswer.of(
            answer.worker_id,
            [each["box"] for each in answer.annotations],
            [each["class"] for each in answer.annotations],
        )
        for answer in task.answers
    ]
    sized = task.width is not None and task.height is not None
    image = ImageSize(width=task.width or 0, height=task.height or 0) if sized else None
    belief = box_belief(answers, known, image=image)
    things = [*belief.objects, *belief.doubted]
    worker_ids = [answer.worker_id for answer in task.answers]
    stored = [(each, True) for each in value["objects"]] + [(each, False) for each in value.get("doubted", [])]
    return {}, [_object_votes(each, accepted, things, worker_ids, known) for each, accepted in stored]


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


EXPLAINERS: dict[str, Explainer] = {"image_classification": explain_class, "bounding_box": explain_boxes}


def _class_skills(skills: Skills) -> ClassSkills:
    if not skills.crowd:
        return ClassSkills.cold(skills.classes)
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


def _object_votes(
    stored: Json, accepted: bool, things: Sequence[BoxObject], worker_ids: Sequence[UUID], known: BoxSkills
) -> ObjectVotes:
    thing = _same(stored["box"], things)
    positions = {} if thing is None else {UUID(str(member.worker_id)): member.position for member in thing.members}
    drawn, left = None, None
    if thing is not None:
        drawn = {each: _weight(each, known, drew=True) for each in worker_ids if each in positions}
        left = {each: _weight(each, known, drew=False) for each in worker_ids if each not in positions}
    return ObjectVotes(
        label=stored["class"],
        box=stored["box"],
        p_exist=stored["p_exist"],
        accepted=accepted,
        drawn_by=drawn,
        left_out_by=left,
        positions=positions,
    )


def _same(box: Sequence[float], things: Sequence[BoxObject]) -> BoxObject | None:
    if not things:
        return None
    likeness = iou_matrix(as_boxes([box]), as_boxes([thing.box for thing in things]))[0]
    best = int(likeness.argmax())
    return things[best] if likeness[best] >= SAME_BOX else None


def _weight(worker_id: UUID, known: BoxSkills, *, drew: bool) -> float:
    """Return the nats by which one worker's drawing it, or not, speaks for an object."""
    skill = known.of(worker_id)
    miss, false_alarm = skill.miss(known.crowd), skill.false_alarm(known.crowd)
    return math.log((1.0 - miss) / false_alarm) if drew else math.log(miss / (1.0 - false_alarm))
