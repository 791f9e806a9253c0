"""Any number of axis-parallel boxes a task."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from quality.core.boxes.answers import BoxAnswer, ImageSize
from quality.core.boxes.consensus import box_consensus
from quality.core.boxes.online import BoxBelief, BoxObject, box_belief
from quality.core.boxes.skills import BoxSkills
from quality.core.gold.ability import Ability
from quality.core.shapes.beliefs import DEFAULT_METHOD
from quality.core.shapes.skills import DEFAULT_DETECTION_PRIORS
from quality.core.stopping import StoppingRule
from quality.services.aggregation.base import Bounds, Conclusion, Fit, Json, Recipe, TaskAnswers, as_uuid

MATCHED_CLUSTERS = "matched_clusters"
_CHANCE = Bounds(0.01, 0.95)
_OF_MATCHING = {
    "min_similarity": Bounds(0.05, 0.95),
    "max_location_error": Bounds(0.01, 1.0),
    "lone_agreement": _CHANCE,
    "correlation": Bounds(0.0, 1.0),
}
_OF_DETECTION = {
    "miss": _CHANCE,
    "false_alarm": _CHANCE,
    "worker_strength": Bounds(0.1, 1_000.0),
    "difficulty": Bounds(0.0, 5.0),
}


class BoxAggregator:
    """Any number of boxes a task: matched clusters, existence by miss and false-alarm rates, coordinate median."""

    methods: Mapping[str, Mapping[str, Bounds]] = {MATCHED_CLUSTERS: _OF_MATCHING | _OF_DETECTION}

    def conclude(
        self, task: TaskAnswers, *, classes: Sequence[str], crowd: Json, workers: Mapping[UUID, Json]
    ) -> Conclusion:
        """Match the boxes and weigh who drew them and who did not."""
        skills = BoxSkills.from_parts(crowd, dict(workers)) if crowd else BoxSkills.cold(classes)
        return _box_conclusion(box_belief(_box_answers(task), skills, image=_image_size(task)))

    def fit(
        self,
        tasks: Iterable[TaskAnswers],
        *,
        classes: Sequence[str],
        rule: StoppingRule,
        earlier: Mapping[UUID, Ability],
        recipe: Recipe | None = None,
    ) -> Fit:
        """Learn who misses and invents how much, over the whole job; gold teaches boxes nothing yet."""
        given = [task for task in tasks if task.truth is None]
        sizes = {task.task_id: size for task in given if (size := _image_size(task)) is not None}
        changes = {} if recipe is None else recipe.parameters
        found = box_consensus(
            {task.task_id: _box_answers(task) for task in given},
            classes=classes,
            images=sizes,
            method=replace(DEFAULT_METHOD, **{name: changes[name] for name in _OF_MATCHING if name in changes}),
            priors=replace(
                DEFAULT_DETECTION_PRIORS, **{name: changes[name] for name in _OF_DETECTION if name in changes}
            ),
        )
        worker_ids = {answer.worker_id for task in given for answer in task.answers}
        return Fit(
            conclusions={as_uuid(task_id): _box_conclusion(belief) for task_id, belief in found.beliefs.items()},
            crowd=found.skills.crowd_json(),
            workers={worker_id: found.skills.worker_json(worker_id) for worker_id in worker_ids},
            method=MATCHED_CLUSTERS,
            n_iter=found.n_iter,
            converged=found.converged,
        )

    def skill_of(self, ability: Ability, *, classes: Sequence[str]) -> Json | None:
        """Return None: a share of right boxes does not tell missed ones from false ones."""
        return None

    def known(self, truth: list[Json]) -> Conclusion:
        """Return the boxes, in no doubt."""
        objects = [
            {
                "class": each["class"],
                "box": each["box"],
                "confidence": 1.0,
                "p_exist": 1.0,
                "agreement": 1.0,
                "n_members": 0,
            }
            for each in truth
        ]
        value = {"objects": objects, "doubted": [], "p_complete": 1.0}
        return Conclusion(value=value, confidence=1.0, n_answers=0, undecided=False)

    def as_annotations(self, value: Json, *, min_confidence: float) -> list[Json] | None:
        """Return the boxes if every one is as sure and has a class."""
        if any(each["class"] is None or each["confidence"] < min_confidence for each in value["objects"]):
            return None
        return [{"class": each["class"], "box": each["box"]} for each in value["objects"]]


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
