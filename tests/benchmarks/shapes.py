"""Compare the consensus of shapes with other packages on recorded crowds, in one run.

`python -m tests.benchmarks.shapes DIR_OF_CROWDS [--seeds 3]`: every folder with `annotations.jsonl` and `gold.jsonl`
of boxes, points or masks is used; of a crowd with rounds, round 1. `first` takes the first k answers of each task in
the recording's order, `random` k answers drawn with the seeds 0, 1, ... Everything runs with its defaults, the same
for all crowds; thresholds of the others: WBF keeps a box at a score of half the workers, DBSCAN asks for 40 % of them.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from labeling.core.geometry.base import Geometry
from labeling.core.geometry.points import point_distance
from quality.core.scoring import total
from quality.core.shapes.answers import ShapeAnswer, lay_flat
from quality.core.shapes.fusion.medians import coordinate_median
from quality.core.shapes.grouping import group_tasks
from quality.core.shapes.scoring import NamedShapes, score_shapes
from quality.management.shape_files.concluding import conclude, geometry_for
from quality.management.shape_files.layouts import LAYOUTS
from quality.management.shape_files.reading import GoldShapes, Recording, read_gold, read_recording
from tests.benchmarks.masks import compare_masks

Method = Callable[[Recording, Geometry], dict[str, NamedShapes]]


def ours(recording: Recording, geometry: Geometry) -> dict[str, NamedShapes]:
    """Return what the product concludes."""
    tasks = conclude(recording, geometry).tasks
    return {task: NamedShapes(geometry.collect(each.shapes), each.labels) for task, each in tasks.items()}


def single(recording: Recording, geometry: Geometry) -> dict[str, NamedShapes]:
    """Return each task's first answer."""
    return {
        task: NamedShapes(geometry.collect(given[0].shapes), given[0].labels)
        for task, given in recording.answers.items()
    }


def union(recording: Recording, geometry: Geometry) -> dict[str, NamedShapes]:
    """Return everything that anybody drew, matched and fused but never doubted."""
    drawn = [lay_flat(geometry, given, frame=recording.frames.get(task)) for task, given in recording.answers.items()]
    return {
        task: unnamed(geometry, [coordinate_median(grouping.drawn.shapes[group]) for group in grouping.groups])
        for task, grouping in zip(recording.answers, group_tasks(geometry, drawn), strict=True)
    }


def wbf(recording: Recording, geometry: Geometry) -> dict[str, NamedShapes]:
    """Return weighted boxes fusion; its score is the share of workers who drew the box."""
    from ensemble_boxes import weighted_boxes_fusion

    found = {}
    for task, given in recording.answers.items():
        frame = recording.frames[task]
        size = np.array([frame.width, frame.height] * 2)
        boxes = [(np.reshape(np.array(answer.shapes), (-1, 4)) / size).tolist() for answer in given]
        ones = [[1.0] * len(each) for each in boxes]
        fused, scores, _ = weighted_boxes_fusion(boxes, ones, [[0] * len(each) for each in boxes])
        found[task] = unnamed(geometry, [box * size for box, score in zip(fused, scores, strict=True) if score >= 0.5])
    return found


def dbscan(recording: Recording, geometry: Geometry) -> dict[str, NamedShapes]:
    """Return the medians of density clusters, by distance in pixels or 1 - IoU."""
    from sklearn.cluster import DBSCAN

    found = {}
    for task, given in recording.answers.items():
        drawn = lay_flat(geometry, given, frame=recording.frames.get(task)).shapes
        least = max(2, math.ceil(0.4 * len(given)))
        labels = np.full(len(drawn), -1)
        if len(drawn):
            if geometry.name == "point":
                apart, reach = point_distance(drawn[:, None], drawn[None]), 5.0
            else:
                apart, reach = 1.0 - geometry.similarity_matrix(drawn, drawn), 0.5
            labels = DBSCAN(eps=reach, min_samples=least, metric="precomputed").fit_predict(np.maximum(apart, 0.0))
        clusters = [coordinate_median(drawn[labels == number]) for number in range(labels.max(initial=-1) + 1)]
        found[task] = unnamed(geometry, clusters)
    return found


def unnamed(geometry: Geometry, shapes: list[Any]) -> NamedShapes:
    """Return shapes whose classes nobody is asked about."""
    return NamedShapes(geometry.collect(shapes), (None,) * len(shapes))


METHODS: dict[str, dict[str, Method]] = {
    "box": {"ours": ours, "single": single, "wbf": wbf, "dbscan": dbscan, "union": union},
    "point": {"ours": ours, "single": single, "dbscan": dbscan, "union": union},
}


def taken(recording: Recording, k: int, rng: np.random.Generator | None) -> Recording:
    """Return k answers of each task: the first, or drawn at random."""

    def some(given: list[ShapeAnswer]) -> list[ShapeAnswer]:
        order = range(len(given)) if rng is None else rng.permutation(len(given)).tolist()
        return [given[number] for number in list(order)[:k]]

    return Recording(
        answers={task: some(given) for task, given in recording.answers.items()},
        frames=recording.frames,
        labelled=recording.labelled,
    )


def compare_shapes(recording: Recording, gold: dict[str, GoldShapes], geometry: Geometry, n_seeds: int) -> None:
    """Print a row for each method and number of workers."""
    most = max(len(given) for given in recording.answers.values())
    thresholds = (0.5,) if geometry.name == "point" else (0.5, 0.75)
    for k in sorted({number for number in (3, 5, 7, 10) if number < most} | {most}):
        draws: dict[str, list[np.random.Generator | None]] = {"first": [None]}
        if k < most:
            draws["random"] = [np.random.default_rng(seed) for seed in range(n_seeds)]
        for draw, generators in draws.items():
            samples = [taken(recording, k, rng) for rng in generators]
            for name, method in METHODS[geometry.name].items():
                rows = [list(figures(method, sample, gold, geometry, thresholds)) for sample in samples]
                print_row(draw, k, name, np.mean(rows, axis=0).tolist())


def figures(
    method: Method,
    recording: Recording,
    gold: dict[str, GoldShapes],
    geometry: Geometry,
    thresholds: tuple[float, ...],
) -> Iterator[float]:
    """Yield F1, precision, recall and mean similarity at the first threshold, F1 at the others, milliseconds a task."""
    start = time.perf_counter()
    concluded = method(recording, geometry)
    seconds = time.perf_counter() - start
    scores = [
        score_shapes(
            geometry,
            concluded[task],
            NamedShapes(geometry.collect(known.shapes), known.labels),
            min_similarities=thresholds,
        )
        for task, known in gold.items()
        if task in concluded
    ]
    at_first, *others = (total(column) for column in zip(*scores, strict=True))
    for value in (at_first.f1, at_first.precision, at_first.recall, at_first.mean_iou, *(each.f1 for each in others)):
        yield value if value is not None else math.nan
    yield 1000.0 * seconds / len(recording.answers)


def print_row(draw: str, k: int, name: str, values: list[float]) -> None:
    """Print one line of the table."""
    *scores, milliseconds = values
    shown = " ".join(f"{score:8.3f}" for score in scores)
    print(f"  {draw:<7}{k:>3}  {name:<8}{shown}  {milliseconds:8.2f} ms/task")


def main() -> None:
    """Run over the crowds of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crowds", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    for folder in sorted(arguments.crowds.iterdir()):
        annotations, known = folder / "annotations.jsonl", folder / "gold.jsonl"
        if not (annotations.exists() and known.exists()):
            continue
        with annotations.open(encoding="utf-8") as lines:
            first = json.loads(next(lines))
        shape = next((layout.shape for layout in LAYOUTS.values() if layout.key in first), None)
        if shape not in (*METHODS, "mask"):
            continue
        layout, geometry = LAYOUTS[shape], geometry_for(shape, radius=None)
        recording = read_recording(annotations, layout, geometry, round_number=1 if "round" in first else None)
        gold = read_gold(known, layout, geometry)
        columns = "mean IoU" if shape == "mask" else "F1, precision, recall, similarity" + ", F1@.75" * (shape == "box")
        print(f"{folder.name} ({shape}, {len(gold)} tasks with gold): {columns}", flush=True)
        if shape == "mask":
            compare_masks(recording, gold)
        else:
            compare_shapes(recording, gold, geometry, arguments.seeds)


if __name__ == "__main__":
    main()
