"""One worker's boxes on one task, and all answers of a task laid flat."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from labeling.core.geometry.boxes import Boxes, as_boxes, clip, has_size
from quality.core.labels import IntArray


@dataclass(frozen=True)
class BoxAnswer:
    """Hold what one worker drew on one task; nothing drawn is an answer too.

    Parameters
    ----------
    boxes : (n, 4) pixels.
    labels : n class names.

    Raises
    ------
    ValueError
        There are not as many labels as boxes.
    """

    worker_id: Hashable
    boxes: Boxes
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.boxes) != len(self.labels):
            raise ValueError("each box needs one label")

    @classmethod
    def of(cls, worker_id: Hashable, boxes: ArrayLike, labels: Sequence[str]) -> BoxAnswer:
        """Build an answer from plain lists."""
        return cls(worker_id=worker_id, boxes=as_boxes(boxes), labels=tuple(labels))


@dataclass(frozen=True)
class ImageSize:
    """Give width and height in pixels."""

    width: float
    height: float


@dataclass(frozen=True)
class DrawnBoxes:
    """Hold all usable boxes of a task.

    Parameters
    ----------
    worker_ids : the task's workers, those with an empty answer included.
    boxes : (n_boxes, 4) in an order that depends on their coordinates alone.
    worker : (n_boxes,) number into `worker_ids`.
    position : (n_boxes,) the box's place in its worker's answer, counted before unusable ones were left out.
    labels : n_boxes class names.
    """

    worker_ids: tuple[Hashable, ...]
    boxes: Boxes
    worker: IntArray
    position: IntArray
    labels: tuple[str, ...]


def lay_flat(answers: Iterable[BoxAnswer], *, image: ImageSize | None = None) -> DrawnBoxes:
    """Join a task's answers: the first of each worker, boxes cut to the image, those without size left out."""
    first: dict[Hashable, BoxAnswer] = {}
    for answer in answers:
        first.setdefault(answer.worker_id, answer)
    boxes = np.concatenate([np.zeros((0, 4)), *(answer.boxes for answer in first.values())])
    counts = [len(answer.boxes) for answer in first.values()]
    worker = np.repeat(np.arange(len(first)), counts)
    position = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(count) for count in counts)])
    labels = [label for answer in first.values() for label in answer.labels]
    if image is not None:
        boxes = clip(boxes, width=image.width, height=image.height)
    # Sorting by coordinates makes the outcome independent of the order in which answers and boxes came in.
    order = np.lexsort((*boxes.T[::-1], [0] * len(boxes))) if len(boxes) else np.zeros(0, dtype=np.int64)
    order = order[has_size(boxes)[order]]
    return DrawnBoxes(
        worker_ids=tuple(first),
        boxes=boxes[order],
        worker=worker[order],
        position=position[order],
        labels=tuple(labels[row] for row in order),
    )
