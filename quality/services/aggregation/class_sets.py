"""Any number of classes a task."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from quality.core.classes.multi_label import DEFAULT_MULTI_PRIORS, MultiLabels, MultiPriors, multi_label, presence_of
from quality.core.gold.ability import Ability
from quality.core.labels import FloatArray
from quality.core.stopping import StoppingRule
from quality.core.terms import Terms
from quality.services.aggregation.base import Bounds, Conclusion, Fit, Json, Recipe, TaskAnswers

BINARY_RELEVANCE = "binary_relevance"
_PSEUDO_ANSWERS = Bounds(0.01, 1_000.0)
_PRIORS = dict.fromkeys(("found", "missed", "invented", "left", "prevalence_strength"), _PSEUDO_ANSWERS)
# The share of tasks that show a class, before anything is known of it.
UNKNOWN_PREVALENCE = 0.2
# Chances below are not worth their place where classes are many.
LEAST_SHOWN = 0.001


class ClassSetAggregator:
    """Any number of classes a task: each weighed for itself, by how often each worker misses one or invents one."""

    names_one_class = False
    methods: Mapping[str, Mapping[str, Bounds]] = {BINARY_RELEVANCE: _PRIORS}

    def conclude(self, task: TaskAnswers, *, terms: Terms, crowd: Json, workers: Mapping[UUID, Json]) -> Conclusion:
        """Weigh who picked each class and who did not."""
        answers = first_answers(task)
        picked = np.array([[name in names for name in terms.classes] for names in answers.values()], dtype=bool)
        rates = [rates_of(worker_id, crowd, workers) for worker_id in answers]
        presence = presence_of(
            picked.reshape(len(answers), len(terms.classes)),
            np.array([miss for miss, _ in rates]),
            np.array([false_alarm for _, false_alarm in rates]),
            prevalence_of(terms, crowd),
        )
        return _conclusion(presence, terms, n_answers=len(answers))

    def fit(
        self,
        tasks: Iterable[TaskAnswers],
        *,
        terms: Terms,
        rule: StoppingRule,
        earlier: Mapping[UUID, Ability],
        recipe: Recipe | None = None,
    ) -> Fit:
        """Learn who misses and invents how much, over the whole job; gold teaches it nothing yet."""
        given = {task.task_id: first_answers(task) for task in tasks if task.truth is None}
        worker_ids = list(dict.fromkeys(worker_id for answers in given.values() for worker_id in answers))
        priors = DEFAULT_MULTI_PRIORS if recipe is None else replace(DEFAULT_MULTI_PRIORS, **recipe.parameters)
        found = multi_label(_numbered(list(given.values()), worker_ids, terms), priors=priors)
        rates = zip(found.miss_rate.tolist(), found.false_alarm_rate.tolist(), strict=True)
        return Fit(
            conclusions={
                task_id: _conclusion(presence, terms, n_answers=len(answers))
                for (task_id, answers), presence in zip(given.items(), found.presence, strict=True)
            },
            crowd={
                **_rates_json(priors.miss, priors.false_alarm),
                "prevalence": dict(zip(terms.classes, found.prevalence.tolist(), strict=True)),
            },
            workers={worker_id: _rates_json(*each) for worker_id, each in zip(worker_ids, rates, strict=True)},
            method=BINARY_RELEVANCE,
            n_iter=found.n_iter,
            converged=found.converged,
        )

    def skill_of(self, ability: Ability, *, terms: Terms) -> Json | None:
        """Return None: a share of right classes does not tell missed ones from false ones."""
        return None

    def known(self, truth: list[Json], *, terms: Terms) -> Conclusion:
        """Return the classes, in no doubt."""
        named = {each["class"] for each in truth}
        names = [name for name in terms.classes if name in named]
        value: Json = {"classes": names, "posterior": dict.fromkeys(names, 1.0)}
        return Conclusion(value=value, confidence=1.0, n_answers=0, undecided=False)

    def parts(self, value: Json) -> list[Json]:
        """Return the classes."""
        return [{"id": str(place), "class": name} for place, name in enumerate(value["classes"], start=1)]

    def as_annotations(self, value: Json, *, terms: Terms, min_confidence: float) -> list[Json] | None:
        """Return the classes if of every class it is as sure that it is there, or is not."""
        if any(max(chance, 1.0 - chance) < min_confidence for chance in value["posterior"].values()):
            return None
        return self.parts(value)


def first_answers(task: TaskAnswers) -> dict[UUID, frozenset[str]]:
    """Return the classes of each worker's first answer, which is the one that counts."""
    first: dict[UUID, frozenset[str]] = {}
    for answer in task.answers:
        first.setdefault(answer.worker_id, frozenset(each["class"] for each in answer.annotations))
    return first


def rates_of(worker_id: UUID, crowd: Json, workers: Mapping[UUID, Json]) -> tuple[float, float]:
    """Return how often a worker misses and invents a class; of a stranger, what is plausible of anybody."""
    priors: MultiPriors = DEFAULT_MULTI_PRIORS
    known = workers.get(worker_id) or crowd or _rates_json(priors.miss, priors.false_alarm)
    return known["miss"], known["false_alarm"]


def prevalence_of(terms: Terms, crowd: Json) -> FloatArray:
    """Return (n_classes,) the chance that a task shows each class."""
    known = crowd.get("prevalence") or {}
    return np.array([known.get(name, UNKNOWN_PREVALENCE) for name in terms.classes], dtype=np.float64)


def _rates_json(miss: float, false_alarm: float) -> Json:
    return {"miss": miss, "false_alarm": false_alarm}


def _numbered(tasks: Sequence[Mapping[UUID, frozenset[str]]], worker_ids: Sequence[UUID], terms: Terms) -> MultiLabels:
    number = {worker_id: place for place, worker_id in enumerate(worker_ids)}
    of_class = {name: place for place, name in enumerate(terms.classes)}
    answers = [
        (task, number[worker_id], names) for task, given in enumerate(tasks) for worker_id, names in given.items()
    ]
    picks = [(place, of_class[name]) for place, (_, _, names) in enumerate(answers) for name in sorted(names)]
    return MultiLabels(
        task=np.array([task for task, _, _ in answers], dtype=np.int64),
        worker=np.array([worker for _, worker, _ in answers], dtype=np.int64),
        answer=np.array([answer for answer, _ in picks], dtype=np.int64),
        label=np.array([label for _, label in picks], dtype=np.int64),
        n_tasks=len(tasks),
        n_workers=len(worker_ids),
        n_classes=len(terms.classes),
    )


def _conclusion(presence: FloatArray, terms: Terms, *, n_answers: int) -> Conclusion:
    """Take each class that is likelier there than not; as sure as of the class in most doubt."""
    chances = dict(zip(terms.classes, presence.tolist(), strict=True))
    sure = min((max(chance, 1.0 - chance) for chance in chances.values()), default=1.0)
    return Conclusion(
        value={
            "classes": [name for name, chance in chances.items() if chance > 0.5],
            "posterior": {name: round(chance, 6) for name, chance in chances.items() if chance >= LEAST_SHOWN},
        },
        confidence=sure if n_answers else 0.0,
        n_answers=n_answers,
        undecided=False,
    )
