"""Any number of things a task: what holds of them whatever their shape."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from quality.core.gold.ability import Ability
from quality.core.shapes.beliefs import DEFAULT_METHOD, ShapeMethod, ShapeObject
from quality.core.shapes.consensus import learn_skills
from quality.core.shapes.grouping import Grouping
from quality.core.shapes.skills import DEFAULT_DETECTION_PRIORS, DetectionPriors, ShapeSkills
from quality.core.stopping import StoppingRule
from quality.core.terms import Terms
from quality.services.aggregation.base import Bounds, Conclusion, Fit, Json, Recipe, TaskAnswers, as_uuid
from quality.services.aggregation.describing import described, kept_attributes, related

_CHANCE = Bounds(0.01, 0.95)
OF_MATCHING = {
    "min_similarity": Bounds(0.05, 0.95),
    "max_location_error": Bounds(0.01, 1.0),
    "lone_agreement": _CHANCE,
    "correlation": Bounds(0.0, 1.0),
}
OF_DETECTION = {
    "miss": _CHANCE,
    "false_alarm": _CHANCE,
    "worker_strength": Bounds(0.1, 1_000.0),
    "difficulty": Bounds(0.0, 5.0),
}
# The crowd's part may say how near is near, of kinds of which it is learned.
TOLERANCE = "tolerance"


@dataclass(frozen=True)
class Way:
    """How the tasks of one run are matched and believed.

    Attributes
    ----------
    tolerance : how near is near as the job's answers show it; None for what is usual.
    """

    terms: Terms
    method: ShapeMethod = DEFAULT_METHOD
    priors: DetectionPriors = DEFAULT_DETECTION_PRIORS
    tolerance: float | None = None

    @classmethod
    def of(cls, recipe: Recipe | None, terms: Terms) -> "Way":
        """Return the usual way with what a recipe changes."""
        changes = {} if recipe is None else recipe.parameters
        return cls(
            terms=terms,
            method=replace(DEFAULT_METHOD, **{name: changes[name] for name in OF_MATCHING if name in changes}),
            priors=replace(
                DEFAULT_DETECTION_PRIORS, **{name: changes[name] for name in OF_DETECTION if name in changes}
            ),
        )


@dataclass(frozen=True)
class Found:
    """A thing that was found, its name (None for a tie) and its shape as annotations hold it."""

    thing: ShapeObject
    label: str | None
    shape: Json


class ObjectAggregator(ABC):
    """Any number of things a task: matched, believed by who misses and invents how much, described by votes.

    Attributes
    ----------
    member : where annotations hold the shape.
    method : the name of the one method.
    """

    names_one_class = False
    member: str
    method: str

    @property
    def methods(self) -> Mapping[str, Mapping[str, Bounds]]:
        """Return the one method with its parameters."""
        return {self.method: OF_MATCHING | OF_DETECTION}

    def conclude(self, task: TaskAnswers, *, terms: Terms, crowd: Json, workers: Mapping[UUID, Json]) -> Conclusion:
        """Match the shapes and weigh who drew them and who did not."""
        skills = ShapeSkills.from_parts(crowd, dict(workers)) if crowd else ShapeSkills.cold(terms.classes)
        return self.believed(task, skills, self.way_of(terms, crowd))

    def way_of(self, terms: Terms, crowd: Json) -> Way:
        """Return how tasks are matched, with what is known of the crowd."""
        return Way(terms, tolerance=crowd.get(TOLERANCE))

    def fit(
        self,
        tasks: Iterable[TaskAnswers],
        *,
        terms: Terms,
        rule: StoppingRule,
        earlier: Mapping[UUID, Ability],
        recipe: Recipe | None = None,
    ) -> Fit:
        """Learn who misses and invents how much, over the whole job; gold teaches shapes nothing yet.

        The tasks are gone through twice, for the shapes of all at once may be too many bytes.
        """
        way = Way.of(recipe, terms)
        groupings = [self.light_grouping(task, way) for task in tasks if task.truth is None]
        learned = learn_skills(groupings, classes=terms.classes, priors=way.priors)
        worker_ids = {as_uuid(worker) for grouping in groupings for worker in grouping.drawn.worker_ids}
        return Fit(
            conclusions={
                task.task_id: self.believed(task, learned.skills, way) for task in tasks if task.truth is None
            },
            crowd=learned.skills.crowd_json(),
            workers={worker_id: learned.skills.worker_json(worker_id) for worker_id in worker_ids},
            method=self.method,
            n_iter=learned.n_iter,
            converged=learned.converged,
        )

    @abstractmethod
    def light_grouping(self, task: TaskAnswers, way: Way) -> Grouping:
        """Return which of a task's shapes show the same, without the shapes."""

    @abstractmethod
    def believed(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> Conclusion:
        """Conclude a task by these skills."""

    @abstractmethod
    def found(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> list[Found]:
        """Return what is found in a task by these skills, doubted or not."""

    def skill_of(self, ability: Ability, *, terms: Terms) -> Json | None:
        """Return None: a share of right shapes does not tell missed ones from false ones."""
        return None

    def known(self, truth: list[Json], *, terms: Terms) -> Conclusion:
        """Return the objects, in no doubt."""
        value: Json = {"objects": [self._known(each) for each in truth], "doubted": [], "p_complete": 1.0}
        return Conclusion(value=value, confidence=1.0, n_answers=0, undecided=False)

    def as_annotations(self, value: Json, *, terms: Terms, min_confidence: float) -> list[Json] | None:
        """Return the objects if every one is as sure and has a class."""
        if any(each["class"] is None or each["confidence"] < min_confidence for each in value["objects"]):
            return None
        return self.parts(value)

    def parts(self, value: Json) -> list[Json]:
        """Return the objects with what is said of them."""
        # Conclusions from before objects had ids number them by their place.
        return [
            {
                "id": each.get("id", str(place)),
                "class": each["class"],
                self.member: each[self.member],
                **kept_attributes(each),
                **_kept_relations(each),
            }
            for place, each in enumerate(value["objects"], start=1)
        ]

    def shown(self, objects: Sequence[Found], doubted: Sequence[Found], task: TaskAnswers, terms: Terms) -> Json:
        """Return what was found as conclusions have it, numbered from 1 through both."""
        found = [*objects, *doubted]
        things = [each.thing for each in found]
        ids = [str(number) for number in range(1, len(found) + 1)]
        attributes = described(things, [each.label for each in found], task)
        relations = related(things[: len(objects)], ids, task, symmetric=terms.symmetric)
        told = [
            {
                "id": number,
                "class": each.label,
                self.member: each.shape,
                "confidence": round(each.thing.confidence, 6),
                "p_exist": round(each.thing.p_exist, 6),
                "agreement": round(each.thing.agreement, 6),
                "n_members": len(each.thing.members),
                **attributes[place],
                **(relations[place] if place < len(objects) else {}),
            }
            for place, (number, each) in enumerate(zip(ids, found, strict=True))
        ]
        return {"objects": told[: len(objects)], "doubted": told[len(objects) :]}

    def _known(self, annotation: Json) -> Json:
        attributes = annotation.get("attributes") or {}
        relations = [{**relation, "share": 1.0} for relation in annotation.get("relations") or ()]
        return {
            "id": annotation["id"],
            "class": annotation["class"],
            self.member: annotation[self.member],
            "confidence": 1.0,
            "p_exist": 1.0,
            "agreement": 1.0,
            "n_members": 0,
            **({"attributes": attributes, "attribute_shares": dict.fromkeys(attributes, 1.0)} if attributes else {}),
            **({"relations": relations} if relations else {}),
        }


def _kept_relations(thing: Json) -> Json:
    relations = [{"name": each["name"], "to": each["to"]} for each in thing.get("relations") or ()]
    return {"relations": relations} if relations else {}
