"""How answers of each annotation type become one: the registry between stored rows and the numeric core."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from quality.core.boxes.answers import BoxAnswer, ImageSize
from quality.core.boxes.consensus import box_consensus
from quality.core.boxes.online import BoxBelief, BoxObject, box_belief
from quality.core.boxes.skills import BoxSkills
from quality.core.classes.consensus import class_consensus
from quality.core.classes.online import TaskBelief
from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill
from quality.core.classes.two_views import two_view_belief
from quality.core.gain import information_of_tasks

Json = dict[str, Any]


@dataclass(frozen=True)
class GivenAnswer:
    """A counted answer: whose, and its annotations as stored."""

    worker_id: UUID
    annotations: list[Json]


@dataclass(frozen=True)
class TaskAnswers:
    """A task's counted answers, first come first, and the size of its asset in pixels where that is known."""

    task_id: UUID
    answers: Sequence[GivenAnswer]
    width: int | None
    height: int | None


@dataclass(frozen=True)
class Conclusion:
    """What the answers say of a task, as it is stored and shown.

    Attributes
    ----------
    value : {class, posterior} or {objects: [...]}.
    confidence : 0 to 1.
    undecided : classes tie, so there is no single answer.
    information : nats that one more answer of an average worker tells; None where nobody estimates it.
    """

    value: Json
    confidence: float
    n_answers: int
    undecided: bool
    information: float | None = None


@dataclass(frozen=True)
class Fit:
    """A batch run: a conclusion for every task, and the skills found, in JSON."""

    conclusions: Mapping[UUID, Conclusion]
    crowd: Json
    workers: Mapping[UUID, Json]
    method: str
    n_iter: int
    converged: bool


class Aggregator(Protocol):
    """One annotation type's way from answers to a conclusion."""

    def conclude(
        self, task: TaskAnswers, *, classes: Sequence[str], crowd: Json, workers: Mapping[UUID, Json]
    ) -> Conclusion:
        """Conclude one task with the skills as they stand; no skills yet means what is plausible of anybody."""
        ...

    def fit(self, tasks: Iterable[TaskAnswers], *, classes: Sequence[str]) -> Fit:
        """Estimate all skills from all answers and conclude every task."""
        ...


class ClassAggregator:
    """One class a task: Dawid-Skene with priors, read in two ways."""

    def conclude(
        self, task: TaskAnswers, *, classes: Sequence[str], crowd: Json, workers: Mapping[UUID, Json]
    ) -> Conclusion:
        """Weigh the votes by the voters' skills."""
        if crowd:
            skills = ClassSkills(
                crowd=CrowdSkill.from_json(crowd),
                workers={worker_id: WorkerSkill.from_json(part) for worker_id, part in workers.items()},
            )
        else:
            skills = ClassSkills.cold(classes)
        votes = [(answer.worker_id, answer.annotations[0]["class"]) for answer in task.answers]
        belief = two_view_belief(votes, skills)
        information = information_of_tasks(belief.posterior[None], skills.crowd.confusion)
        return replace(_class_conclusion(belief), information=float(information[0]))

    def fit(self, tasks: Iterable[TaskAnswers], *, classes: Sequence[str]) -> Fit:
        """Run Dawid-Skene over the whole job."""
        rows = [
            (task.task_id, answer.worker_id, answer.annotations[0]["class"])
            for task in tasks
            for answer in task.answers
        ]
        found = class_consensus(rows, classes=classes)
        return Fit(
            conclusions={_uuid(task_id): _class_conclusion(belief) for task_id, belief in found.beliefs.items()},
            crowd=found.skills.crowd.to_json(),
            workers={_uuid(worker_id): skill.to_json() for worker_id, skill in found.skills.workers.items()},
            method="dawid_skene",
            n_iter=found.n_iter,
            converged=found.converged,
        )


class BoxAggregator:
    """Any number of boxes a task: matched clusters, existence by miss and false-alarm rates, coordinate median."""

    def conclude(
        self, task: TaskAnswers, *, classes: Sequence[str], crowd: Json, workers: Mapping[UUID, Json]
    ) -> Conclusion:
        """Match the boxes and weigh who drew them and who did not."""
        skills = BoxSkills.from_parts(crowd, dict(workers)) if crowd else BoxSkills.cold(classes)
        return _box_conclusion(box_belief(_box_answers(task), skills, image=_image_size(task)))

    def fit(self, tasks: Iterable[TaskAnswers], *, classes: Sequence[str]) -> Fit:
        """Learn who misses and invents how much, over the whole job."""
        given = list(tasks)
        sizes = {task.task_id: size for task in given if (size := _image_size(task)) is not None}
        found = box_consensus({task.task_id: _box_answers(task) for task in given}, classes=classes, images=sizes)
        worker_ids = {answer.worker_id for task in given for answer in task.answers}
        return Fit(
            conclusions={_uuid(task_id): _box_conclusion(belief) for task_id, belief in found.beliefs.items()},
            crowd=found.skills.crowd_json(),
            workers={worker_id: found.skills.worker_json(worker_id) for worker_id in worker_ids},
            method="matched_clusters",
            n_iter=found.n_iter,
            converged=found.converged,
        )


AGGREGATORS: dict[str, Aggregator] = {
    "image_classification": ClassAggregator(),
    "bounding_box": BoxAggregator(),
}


def _uuid(identifier: object) -> UUID:
    assert isinstance(identifier, UUID)  # noqa: S101 -- the ids that were put in
    return identifier


def _class_conclusion(belief: TaskBelief) -> Conclusion:
    posterior = {name: round(float(chance), 6) for name, chance in zip(belief.classes, belief.posterior, strict=True)}
    # With hundreds of classes nearly all are impossible; what is left out is less than the rounding.
    shown = {name: chance for name, chance in posterior.items() if chance > 0}
    return Conclusion(
        value={"class": belief.label, "posterior": shown},
        confidence=belief.confidence,
        n_answers=belief.n_answers,
        undecided=belief.label is None,
    )


def _box_answers(task: TaskAnswers) -> list[BoxAnswer]:
    return [
        BoxAnswer.of(
            answer.worker_id,
            [annotation["box"] for annotation in answer.annotations],
            [annotation["class"] for annotation in answer.annotations],
        )
        for answer in task.answers
    ]


def _image_size(task: TaskAnswers) -> ImageSize | None:
    if task.width is None or task.height is None:
        return None
    return ImageSize(width=task.width, height=task.height)


def _box_conclusion(belief: BoxBelief) -> Conclusion:
    return Conclusion(
        value={
            "objects": [_shown(thing) for thing in belief.objects],
            "doubted": [_shown(thing) for thing in belief.doubted],
            "p_complete": round(belief.p_complete, 6),
        },
        confidence=belief.confidence,
        n_answers=belief.n_answers,
        undecided=False,
    )


def _shown(thing: BoxObject) -> Json:
    return {
        "class": thing.label,
        "box": [round(float(value), 3) for value in thing.box],
        "confidence": round(thing.confidence, 6),
        "p_exist": round(thing.p_exist, 6),
        "agreement": round(thing.agreement, 6),
        "n_members": len(thing.members),
    }
