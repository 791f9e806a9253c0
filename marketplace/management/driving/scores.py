"""How good labels are: those that were bought, and those of the whole recording, against gold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from marketplace.management.driving.recorded_shapes import PANOPTIC
from marketplace.management.driving.recording import CLASSIFICATION, Annotations, Recording
from marketplace.management.driving.whole_crowd import conclude_whole, scenes_of, terms_of
from quality.core.gold.scoring import MIN_SIMILARITY
from quality.core.gold.segments import Segments, match_classes_of_pixels, match_segments
from quality.core.scoring import score_classes, total
from quality.core.shapes.coded_masks import read_masks
from quality.core.shapes.kinds import SHAPE_KINDS, ShapeKind
from quality.core.shapes.scoring import score_shapes
from quality.core.terms import Scene

PLACES = 6
THRESHOLDS = (0.5, 0.75)


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
    return Conclusions(recording, conclude_whole(recording))


def scores(concluded: Conclusions) -> dict[str, float | None]:
    """Return how near conclusions come to gold; None without gold.

    Of classes the accuracy; of shapes F1 of all tasks together at a similarity (of areas IoU) of 0.5 and 0.75; of
    anything else the mean score that the service gives answers to gold: mean IoU over the classes of a semantic
    image, panoptic quality of a panoptic one.
    """
    recording = concluded.recording
    if recording.annotation_type == CLASSIFICATION:
        chosen = {task: given[0]["class"] if given else None for task, given in concluded.by_task.items()}
        gold = {task: given[0]["class"] for task, given in recording.gold.items()}
        return {"accuracy": _rounded(score_classes(chosen, gold).accuracy)}
    kind = SHAPE_KINDS.get(recording.annotation_type)
    return _mean_score(concluded) if kind is None else _f1(kind, concluded)


def _f1(kind: ShapeKind, concluded: Conclusions) -> dict[str, float | None]:
    geometry = kind.geometry(terms_of(concluded.recording))
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
    found = [_score_of(concluded, task) for task, _ in _scored(concluded)]
    return {"score": _rounded(float(np.mean(found))) if found else None}


def _score_of(concluded: Conclusions, task: str) -> float:
    given, known = (
        Segments(read_masks([each["mask"] for each in side]), [each["class"] for each in side])
        for side in (concluded.by_task[task] or [], concluded.recording.gold[task])
    )
    if concluded.recording.annotation_type == PANOPTIC:
        found = match_segments(given, known, void=frozenset(), min_similarity=MIN_SIMILARITY)
        return found.panoptic_quality([1.0] * len(found.iou), []).score
    found = match_classes_of_pixels(given, known, void=frozenset(), min_similarity=MIN_SIMILARITY)
    return found.mean_iou([1.0] * len(found.iou), []).score


def _scored(concluded: Conclusions) -> Iterator[tuple[str, Scene]]:
    """Yield the tasks with gold that were concluded upon."""
    scenes = scenes_of(concluded.recording)
    return ((task, scenes[task]) for task in concluded.recording.gold if task in concluded.by_task)


def _parts(recording: Recording, value: Mapping[str, Any] | None) -> Annotations | None:
    if value is None:
        return None
    if recording.annotation_type == CLASSIFICATION:
        return [{"class": value["class"]}]
    return list(value["objects"])


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, PLACES)
