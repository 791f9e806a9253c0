"""Shapes that may lie anywhere and over each other: boxes, polygons, lines, points, skeletons, cuboids, masks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from labeling.core.geometry.base import as_objects
from quality.core.gold.ability import Ability
from quality.core.shapes.answers import ShapeAnswer, lay_flat
from quality.core.shapes.beliefs import ShapeBelief, ShapeObject, shape_belief
from quality.core.shapes.consensus import shape_consensus
from quality.core.shapes.grouping import Grouping, group_tasks
from quality.core.shapes.kinds import ShapeKind
from quality.core.shapes.skills import ShapeSkills
from quality.core.stopping import StoppingRule
from quality.core.terms import Scene, Terms
from quality.services.aggregation.base import Conclusion, Fit, Recipe, TaskAnswers, as_uuid
from quality.services.aggregation.objects import TOLERANCE, Found, ObjectAggregator, Way


class ShapeAggregator(ObjectAggregator):
    """Matched clusters, existence by miss and false-alarm rates, robust fusion."""

    method = "matched_clusters"

    def __init__(self, kind: ShapeKind) -> None:
        self.kind = kind
        self.member = kind.member

    def fit(
        self,
        tasks: Iterable[TaskAnswers],
        *,
        terms: Terms,
        rule: StoppingRule,
        earlier: Mapping[UUID, Ability],
        recipe: Recipe | None = None,
    ) -> Fit:
        """Learn who misses and invents how much; shapes of few numbers are matched for all tasks in one go."""
        if self.kind.is_large:
            return super().fit(tasks, terms=terms, rule=rule, earlier=earlier, recipe=recipe)
        given = {task.task_id: task for task in tasks if task.truth is None}
        answers = {task_id: shape_answers(self.kind, task, terms) for task_id, task in given.items()}
        tolerance = self.kind.learned([[each.shapes for each in of_task] for of_task in answers.values()])
        way = replace(Way.of(recipe, terms), tolerance=tolerance)
        frames = {task_id: self.kind.frame(task.scene(terms)) for task_id, task in given.items()}
        found = shape_consensus(
            self.kind.geometry(terms, tolerance=tolerance),
            answers,
            classes=terms.classes,
            frames={task_id: frame for task_id, frame in frames.items() if frame is not None},
            method=way.method,
            priors=way.priors,
        )
        worker_ids = {answer.worker_id for task in given.values() for answer in task.answers}
        return Fit(
            conclusions={
                as_uuid(task_id): self._conclusion(given[task_id], belief, terms)
                for task_id, belief in found.beliefs.items()
            },
            crowd=found.skills.crowd_json() | ({} if tolerance is None else {TOLERANCE: tolerance}),
            workers={worker_id: found.skills.worker_json(worker_id) for worker_id in worker_ids},
            method=self.method,
            n_iter=found.n_iter,
            converged=found.converged,
        )

    def light_grouping(self, task: TaskAnswers, way: Way) -> Grouping:
        """Match the shapes of a task."""
        geometry = self.kind.geometry(way.terms, tolerance=way.tolerance)
        frame = self.kind.frame(task.scene(way.terms))
        drawn = lay_flat(geometry, shape_answers(self.kind, task, way.terms), frame=frame)
        (grouping,) = group_tasks(geometry, [drawn], min_similarity=way.method.min_similarity)
        return replace(grouping, drawn=replace(drawn, shapes=as_objects([])))

    def believed(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> Conclusion:
        """Conclude a task by these skills."""
        return self._conclusion(task, self._belief(task, skills, way), way.terms)

    def found(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> list[Found]:
        """Return what is found in a task by these skills, doubted or not."""
        belief = self._belief(task, skills, way)
        return self._told((*belief.objects, *belief.doubted), task.scene(way.terms))

    def _belief(self, task: TaskAnswers, skills: ShapeSkills, way: Way) -> ShapeBelief:
        """Return what is believed of a task, in the measure of its kind of shape."""
        return shape_belief(
            self.kind.geometry(way.terms, tolerance=way.tolerance),
            shape_answers(self.kind, task, way.terms),
            skills,
            frame=self.kind.frame(task.scene(way.terms)),
            method=way.method,
        )

    def _conclusion(self, task: TaskAnswers, belief: ShapeBelief, terms: Terms) -> Conclusion:
        scene = task.scene(terms)
        objects, doubted = (self._told(things, scene) for things in (belief.objects, belief.doubted))
        return Conclusion(
            value={**self.shown(objects, doubted, task, terms), "p_complete": round(belief.p_complete, 6)},
            confidence=belief.confidence,
            n_answers=belief.n_answers,
            undecided=False,
        )

    def _told(self, things: Sequence[ShapeObject], scene: Scene) -> list[Found]:
        return [Found(thing, thing.label, self.kind.plain(thing.shape, scene)) for thing in things]


def shape_answers(kind: ShapeKind, task: TaskAnswers, terms: Terms) -> list[ShapeAnswer]:
    """Return a task's answers in the measure of their kind of shape."""
    scene: Scene = task.scene(terms)
    return [
        ShapeAnswer(
            worker_id=answer.worker_id,
            shapes=kind.shapes(answer.annotations, scene),
            labels=tuple(each["class"] for each in answer.annotations),
        )
        for answer in task.answers
    ]
