"""One class a task."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from quality.adapters.crowd_kit import CrowdKitMethod, crowd_kit_beliefs
from quality.core.calibration.class_gold import gold_at_stop
from quality.core.calibration.reliability import reliability
from quality.core.calibration.temperature import Temperature, conclusion_credit, fit_temperature, tempered
from quality.core.classes.choosing import Method, aggregate
from quality.core.classes.consensus import ClassConsensus, class_consensus
from quality.core.classes.dawid_skene import ConfusionPriors
from quality.core.classes.online import TaskBelief, stops
from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill
from quality.core.classes.two_views import STOPPING_PRIORS, two_view_belief
from quality.core.gain import information_of_tasks
from quality.core.gold.ability import Ability
from quality.core.labels import FloatArray, IntArray, index_labels
from quality.core.stopping import StoppingRule
from quality.core.terms import Terms
from quality.services.aggregation.base import Bounds, Conclusion, Fit, Json, Recipe, TaskAnswers, as_uuid
from quality.services.aggregation.describing import kept_attributes, told_attributes

# With fewer gold tasks nothing is promised about the chance that a label is right.
LEAST_GOLD = 10
# What is known of a worker elsewhere is a square of numbers, classes by classes.
MAX_SPREAD_CLASSES = 30


TWO_VIEWS = "two_views"
CROWD_KIT = "crowd-kit:"
_STRENGTH = Bounds(0.01, 1_000.0)
_PRIORS = {
    "competence": Bounds(0.05, 0.99),
    "crowd_strength": _STRENGTH,
    "pooled_strength": _STRENGTH,
    "competence_strength": _STRENGTH,
    "class_strength": _STRENGTH,
}
_OF_CROWD_KIT = {CROWD_KIT + name: dict[str, Bounds]() for name in CrowdKitMethod}


class ClassAggregator:
    """One class a task: Dawid-Skene with priors, read in two ways, unless another method is asked for."""

    names_one_class = True
    methods: Mapping[str, Mapping[str, Bounds]] = {TWO_VIEWS: _PRIORS, **{name: {} for name in Method}, **_OF_CROWD_KIT}

    def conclude(self, task: TaskAnswers, *, terms: Terms, crowd: Json, workers: Mapping[UUID, Json]) -> Conclusion:
        """Weigh the votes by the voters' skills."""
        skills = ClassSkills(
            crowd=CrowdSkill.from_json(crowd) if crowd else ClassSkills.cold(terms.classes).crowd,
            workers={worker_id: WorkerSkill.from_json(part) for worker_id, part in workers.items()},
        )
        votes = [(answer.worker_id, answer.annotations[0]["class"]) for answer in task.answers]
        belief = two_view_belief(votes, skills)
        information = information_of_tasks(belief.posterior[None], skills.crowd.confusion)
        conclusion = replace(_class_conclusion(belief), information=float(information[0]))
        return _with_attributes(conclusion, [answer.annotations[0] for answer in task.answers])

    def fit(
        self,
        tasks: Iterable[TaskAnswers],
        *,
        terms: Terms,
        rule: StoppingRule,
        earlier: Mapping[UUID, Ability],
        recipe: Recipe | None = None,
    ) -> Fit:
        """Run Dawid-Skene over the whole job and calibrate it on gold, or run the method that was asked for."""
        rows, gold, described = [], dict[UUID, str](), dict[UUID, list[Json]]()
        for task in tasks:
            if any("attributes" in answer.annotations[0] for answer in task.answers):
                described[task.task_id] = [answer.annotations[0] for answer in task.answers]
            rows += [(task.task_id, answer.worker_id, answer.annotations[0]["class"]) for answer in task.answers]
            if task.truth is not None:
                gold[task.task_id] = task.truth[0]["class"]
        if recipe is not None and recipe.method != TWO_VIEWS:
            return _described(_fit_by(recipe.method, rows, classes=terms.classes, gold=gold), described)
        records = {
            worker_id: skill
            for worker_id, ability in earlier.items()
            if (skill := _class_skill(ability, len(terms.classes))) is not None
        }
        found = class_consensus(rows, classes=terms.classes, gold=gold, earlier=records, priors=_priors(recipe))
        temperature, calibration = _calibrated(found, rule)
        fit = Fit(
            conclusions={
                as_uuid(task_id): _class_conclusion(belief, temperature)
                for task_id, belief in found.beliefs.items()
                if task_id not in gold
            },
            crowd=found.skills.crowd.to_json(),
            workers={as_uuid(worker_id): skill.to_json() for worker_id, skill in found.skills.workers.items()},
            method=TWO_VIEWS,
            n_iter=found.n_iter,
            converged=found.converged,
            calibration=calibration,
        )
        return _described(fit, described)

    def skill_of(self, ability: Ability, *, terms: Terms) -> Json | None:
        """Spread right and wrong answers evenly over the classes."""
        skill = _class_skill(ability, len(terms.classes))
        return None if skill is None else skill.to_json()

    def known(self, truth: list[Json], *, terms: Terms) -> Conclusion:
        """Return the class, in no doubt."""
        name = truth[0]["class"]
        value = {"class": name, "posterior": {name: 1.0}, **told_attributes([truth[0].get("attributes") or {}])}
        return Conclusion(value=value, confidence=1.0, n_answers=0, undecided=False)

    def parts(self, value: Json) -> list[Json]:
        """Return the class with its attributes."""
        return [{"id": "1", "class": value["class"], **kept_attributes(value)}]

    def as_annotations(self, value: Json, *, terms: Terms, min_confidence: float) -> list[Json] | None:
        """Return the class with its attributes."""
        return None if value["class"] is None else self.parts(value)


def _with_attributes(conclusion: Conclusion, given: Sequence[Json]) -> Conclusion:
    """Return the conclusion with what those who gave its class say of it."""
    agreeing = [each.get("attributes") or {} for each in given if each["class"] == conclusion.value["class"]]
    return replace(conclusion, value=conclusion.value | told_attributes(agreeing))


def _described(fit: Fit, given: Mapping[UUID, Sequence[Json]]) -> Fit:
    """Return a fit whose conclusions have attributes, where annotations have any."""
    described = {
        task_id: _with_attributes(fit.conclusions[task_id], each)
        for task_id, each in given.items()
        if task_id in fit.conclusions
    }
    return replace(fit, conclusions={**fit.conclusions, **described}) if described else fit


def _priors(recipe: Recipe | None) -> ConfusionPriors:
    return STOPPING_PRIORS if recipe is None else replace(STOPPING_PRIORS, **recipe.parameters)


def _fit_by(
    method: str, rows: Sequence[tuple[UUID, UUID, str]], *, classes: Sequence[str], gold: Mapping[UUID, str]
) -> Fit:
    """Conclude by a method that keeps no skills of its own in the service."""
    indexed = index_labels(rows, classes=classes)
    number = {name: place for place, name in enumerate(indexed.classes)}
    known = np.array([number[gold[task]] if task in gold else -1 for task in indexed.task_ids], dtype=np.int64)
    if method.startswith(CROWD_KIT):
        beliefs = crowd_kit_beliefs(indexed.matrix, CrowdKitMethod(method.removeprefix(CROWD_KIT)))
        used = method
    else:
        aggregation = aggregate(indexed.matrix, method=Method(method), gold=known)
        beliefs, used = aggregation.beliefs, str(aggregation.choice.method)
    n_answers = np.bincount(indexed.matrix.task, minlength=indexed.matrix.n_tasks).tolist()
    return Fit(
        conclusions={
            task_id: _class_conclusion(TaskBelief(indexed.classes, beliefs.posterior[task], n_answers[task]))
            for task, task_id in enumerate(indexed.task_ids)
            if task_id not in gold
        },
        crowd={},
        workers={},
        method=used,
        n_iter=beliefs.n_iter,
        converged=beliefs.converged,
    )


def _class_skill(ability: Ability, n_classes: int) -> WorkerSkill | None:
    """Return right and wrong answers spread evenly over the classes; None where they are too many to be told apart."""
    if not 1 < n_classes <= MAX_SPREAD_CLASSES:
        return None
    off = ability.n_wrong / (n_classes * (n_classes - 1))
    mass = np.full((n_classes, n_classes), off)
    np.fill_diagonal(mass, ability.n_right / n_classes)
    return WorkerSkill(mass_of_label=dict(enumerate(mass)))


def _calibrated(found: ClassConsensus[UUID], rule: StoppingRule) -> tuple[Temperature | None, Json | None]:
    """Return what gold says of stated confidence: a temperature to promise by, and the report."""

    def stops_there(posterior: FloatArray, n_answers: IntArray) -> NDArray[np.bool_]:
        left = np.maximum(rule.max_overlap - n_answers, 1)
        stopped = stops(posterior, n_answers, rule, confusion=found.skills.crowd.confusion, n_left=left)
        return stopped | (n_answers >= rule.max_overlap)

    gold = gold_at_stop(found.indexed.matrix, found.fitted, found.gold, stops=stops_there)
    if not len(gold.task):
        return None, None
    temperature = fit_temperature(gold.posterior, gold.truth)
    stated = tempered(gold.posterior, temperature).max(axis=1, initial=0.0)
    credit = conclusion_credit(gold.posterior, gold.truth)
    report = reliability(stated, credit, rng=np.random.default_rng(0))
    calibration: Json = {"temperature": _rounded(temperature.to_json())}
    if report is not None:
        calibration["on_gold"] = _rounded(asdict(report) | {"debiased_error": report.debiased_error})
    return (temperature if temperature.n_gold >= LEAST_GOLD else None), calibration


def _rounded(numbers: Any) -> Any:
    if isinstance(numbers, dict):
        return {name: _rounded(number) for name, number in numbers.items()}
    if isinstance(numbers, list | tuple):
        return [_rounded(number) for number in numbers]
    return round(numbers, 6) if isinstance(numbers, float) else numbers


def _class_conclusion(belief: TaskBelief, temperature: Temperature | None = None) -> Conclusion:
    posterior = {name: round(float(chance), 6) for name, chance in zip(belief.classes, belief.posterior, strict=True)}
    # With hundreds of classes nearly all are impossible; what is left out is less than the rounding.
    shown = {name: chance for name, chance in posterior.items() if chance > 0}
    return Conclusion(
        value={"class": belief.label, "posterior": shown},
        confidence=belief.confidence,
        n_answers=belief.n_answers,
        undecided=belief.label is None,
        p_correct=None if temperature is None else float(tempered(belief.posterior[None], temperature).max()),
    )
