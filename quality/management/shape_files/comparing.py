"""Compare conclusions, and single workers, with gold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from labeling.core.geometry.base import Geometry
from labeling.core.geometry.masks import MaskGeometry, mask_iou
from quality.core.scoring import BoxScore, total
from quality.core.shapes.scoring import NamedShapes, score_shapes
from quality.management.shape_files.concluding import Conclusions
from quality.management.shape_files.reading import GoldShapes, Recording

PLACES = 6
# Points are matched within the radius, where they are half alike; all else by intersection over union or its like.
MIN_SIMILARITIES = {"point": (0.5,), "polyline": (0.5,)}
DEFAULT_MIN_SIMILARITIES = (0.5, 0.75)


def compare(
    conclusions: Conclusions, recording: Recording, gold: Mapping[str, GoldShapes], geometry: Geometry
) -> dict[str, Any]:
    """Return scores of the conclusions and, pooled, of each worker's answers taken alone, on the tasks with gold."""
    tasks = [task for task in gold if task in conclusions.tasks]
    concluded = ((_named(geometry, conclusions.tasks[task]), _named(geometry, gold[task])) for task in tasks)
    single = (
        (_named(geometry, answer), _named(geometry, gold[task])) for task in tasks for answer in recording.answers[task]
    )
    score = _mask_scores if isinstance(geometry, MaskGeometry) else _shape_scores
    return {
        "gold_tasks": len(gold),
        "scored_tasks": len(tasks),
        "consensus": score(geometry, concluded, named=recording.labelled),
        "single_worker": score(geometry, single, named=recording.labelled),
    }


def _named(geometry: Geometry, given: Any) -> NamedShapes:
    return NamedShapes(geometry.collect(given.shapes), tuple(given.labels))


def _shape_scores(
    geometry: Geometry, pairs: Iterable[tuple[NamedShapes, NamedShapes]], *, named: bool
) -> dict[str, Any]:
    """Return precision, recall and F1 at each threshold, and what holds of the matched pairs."""
    thresholds = MIN_SIMILARITIES.get(geometry.name, DEFAULT_MIN_SIMILARITIES)
    by_task = [score_shapes(geometry, mine, gold, min_similarities=thresholds) for mine, gold in pairs]
    scores: dict[str, Any] = {}
    for place, threshold in enumerate(thresholds):
        name = f"at_{threshold:g}" if len(thresholds) > 1 else "within_radius"
        scores[name] = _figures(total(of_task[place] for of_task in by_task), named=named)
    return scores


def _figures(score: BoxScore, *, named: bool) -> dict[str, float | int | None]:
    figures: dict[str, float | int | None] = {
        "f1": _rounded(score.f1),
        "precision": _rounded(score.precision),
        "recall": _rounded(score.recall),
        "mean_similarity": _rounded(score.mean_iou),
        "n_matched": score.n_matched,
        "n_concluded": score.n_concluded,
        "n_gold": score.n_gold,
    }
    if named:
        figures["f1_named"] = _rounded(score.f1_named)
        figures["class_accuracy"] = _rounded(score.n_named_right / score.n_matched) if score.n_matched else None
    return figures


def _mask_scores(
    geometry: Geometry, pairs: Iterable[tuple[NamedShapes, NamedShapes]], *, named: bool
) -> dict[str, Any]:
    """Return the mean IoU over the tasks."""
    given = list(pairs)
    iou = [mask_iou(mine.shapes[0], gold.shapes[0]) for mine, gold in given]
    figures: dict[str, Any] = {"mean_iou": _rounded(float(np.mean(iou))) if iou else None, "n_scored": len(iou)}
    if named and iou:
        right = sum(mine.labels == gold.labels for mine, gold in given)
        figures["class_accuracy"] = _rounded(right / len(given))
    return figures


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, PLACES)
