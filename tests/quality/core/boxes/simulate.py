"""Simulated box answers whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.core.geometry.base import Frame
from labeling.core.geometry.boxes import Boxes
from quality.core.labels import FloatArray
from quality.core.shapes.answers import ShapeAnswer
from tests.quality.core.boxes.drawing import box_answer

IMAGE = Frame(width=640, height=480)


@dataclass(frozen=True)
class SimulatedBoxes:
    answers: dict[str, list[ShapeAnswer]]
    truth: dict[str, Boxes]


def simulate_boxes(
    rng: np.random.Generator, *, miss: FloatArray, n_mistakes: FloatArray, n_tasks: int, n_objects: float
) -> SimulatedBoxes:
    """Let every worker draw on every task, missing objects and adding boxes of his own."""
    answers: dict[str, list[ShapeAnswer]] = {}
    truth: dict[str, Boxes] = {}
    for task in range(n_tasks):
        real = random_boxes(rng, int(rng.poisson(n_objects)))
        truth[f"t{task}"] = real
        answers[f"t{task}"] = []
        for worker in range(len(miss)):
            seen = real[rng.random(len(real)) >= miss[worker]]
            extra = random_boxes(rng, int(rng.poisson(n_mistakes[worker])))
            drawn = np.concatenate([seen + rng.normal(0, 2, size=seen.shape), extra])
            answers[f"t{task}"].append(box_answer(f"w{worker}", drawn, ["thing"] * len(drawn)))
    return SimulatedBoxes(answers=answers, truth=truth)


def random_boxes(rng: np.random.Generator, n_boxes: int) -> Boxes:
    """Return (n_boxes, 4) boxes of 40-80 pixels a side."""
    corner = rng.uniform(0, [IMAGE.width - 80, IMAGE.height - 80], size=(n_boxes, 2))
    return np.concatenate([corner, corner + rng.uniform(40, 80, size=(n_boxes, 2))], axis=1)
