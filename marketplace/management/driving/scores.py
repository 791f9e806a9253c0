"""How good labels are: those that were bought, and those of the whole recording, against gold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import numpy as np

from marketplace.management.driving.recording import Annotations, Recording
from quality.core.scoring import score_classes, total
from quality.core.shapes.kinds import SHAPE_KINDS, ShapeKind
from quality.core.shapes.scoring import score_shapes
from quality.core.stopping import StoppingRule
from quality.core.terms import Scene, Terms
from quality.services.aggregation import AGGREGATORS, GivenAnswer, TaskAnswers
from quality.services.scoring import score_annotations

PLACES = 6
THRESHOLDS = (0.5, 0.75)
_NAMES = UUID(int=0)


@dataclass(frozen=True)
class Conclusions:
    """What was concluded by task: annotations, or None where nothing was."""

    recording: Recording
    by_task: Mapping[str, Annotations | None]


def exported_conclusions(recording: Recording, documents: Mapping[str, Mapping[str, Any]]) -> Conclusions:
    """Return what exported documents say."""
    return Conclusions(recording, {name: _parts(recording, document["value"]) for name, document in documents.items()})


def conclude_all(recording: Recording) -> Conclusions:
    """Return what the service's own aggregation concludes from every recorded answer."""
    most = recording.redundancy
    fit = AGGREGATORS[recording.annotation_type].fit(
        list(_answers(recording)), terms=_terms(recording), rule=StoppingRule(1.0, most, most), earlier={}
    )
    names = {uuid5(_NAMES, task.name): task.name for task in recording.tasks}
    return Conclusions(
        recording, {names[task]: _parts(recording, found.value) for task, found in fit.conclusions.items()}
    )


def scores(concluded: Conclusions) -> dict[str, float | None]:
    """Return how near conclusions come to gold; None without gold.

    Of classes the accuracy; of shapes F1 of all tasks together at a similarity (of areas IoU) of 0.5 and 0.75; of
    anything else the mean score that the service gives answers to gold: mean IoU over the classes of a semantic
    image, panoptic quality of a panoptic one.
    """
    recording = concluded.recording
    if recording.annotation_type == "image_classification":
        chosen = {task: given[0]["class"] if given else None for task, given in concluded.by_task.items()}
        gold = {task: given[0]["class"] for task, given in recording.gold.items()}
        return {"accuracy": _rounded(score_classes(chosen, gold).accuracy)}
    kind = SHAPE_KINDS.get(recording.annotation_type)
    return _mean_score(concluded) if kind is None else _f1(kind, concluded)


def _f1(kind: ShapeKind, concluded: Conclusions) -> dict[str, float | None]:
    geometry = kind.geometry(_terms(concluded.recording))
    counted = [
        score_shapes(
            geometry,
            kind.named(concluded.by_task[task] or [], scene, geometry),
            kind.named(concluded.recording.gold[task], scene, geometry),
            min_similarities=THRESHOLDS,
        )
        for task, scene in _scored(concluded)
    ]
    return {
        f"f1_{int(100 * least)}": _rounded(total(of_task[place] for of_task in counted).f1)
        for place, least in enumerate(THRESHOLDS)
    }


def _mean_score(concluded: Conclusions) -> dict[str, float | None]:
    kind, gold = concluded.recording.annotation_type, concluded.recording.gold
    found = [
        score_annotations(kind, given, gold[task], scene=scene).score if given else 0.0
        for task, scene in _scored(concluded)
        for given in [concluded.by_task[task]]
    ]
    return {"score": _rounded(float(np.mean(found))) if found else None}


def _scored(concluded: Conclusions) -> Iterator[tuple[str, Scene]]:
    """Yield the tasks with gold that were concluded upon."""
    recording = concluded.recording
    terms = _terms(recording)
    sizes = {task.name: (task.width, task.height) for task in recording.tasks}
    for task in recording.gold:
        if task in concluded.by_task:
            width, height = sizes[task]
            yield task, Scene(terms, width=width, height=height)


def _parts(recording: Recording, value: dict[str, Any] | None) -> Annotations | None:
    if value is None:
        return None
    return AGGREGATORS[recording.annotation_type].parts(value)


def _answers(recording: Recording) -> Iterator[TaskAnswers]:
    given: dict[str, list[GivenAnswer]] = {task.name: [] for task in recording.tasks}
    for worker, own in recording.answers.items():
        for task, answer in own.items():
            given[task].append(GivenAnswer(uuid5(_NAMES, worker), answer))
    for task in recording.tasks:
        yield TaskAnswers(uuid5(_NAMES, task.name), given[task.name], width=task.width, height=task.height)


def _terms(recording: Recording) -> Terms:
    stuff = frozenset(name for name, kind in recording.kinds.items() if kind == "stuff")
    return Terms(classes=recording.classes, stuff=stuff)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, PLACES)
