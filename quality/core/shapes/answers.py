"""One worker's shapes on one task, and all answers of a task laid flat."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labeling.core.geometry.base import Frame, Geometry, Shapes
from quality.core.labels import IntArray

Attributes = Mapping[str, str]


@dataclass(frozen=True)
class ShapeAnswer:
    """Hold what one worker drew on one task; nothing drawn is an answer too.

    Parameters
    ----------
    shapes : n shapes as their geometry reads them.
    labels : n class names.
    attributes : of each shape, or nothing at all.

    Raises
    ------
    ValueError
        There are not as many labels, or attributes, as shapes.
    """

    worker_id: Hashable
    shapes: Sequence[Any] | Shapes
    labels: tuple[str, ...]
    attributes: tuple[Attributes, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.shapes) != len(self.labels):
            raise ValueError("each shape needs one label")
        if self.attributes and len(self.attributes) != len(self.labels):
            raise ValueError("attributes are given of each shape or of none")


@dataclass(frozen=True)
class DrawnShapes:
    """Hold all usable shapes of a task.

    Parameters
    ----------
    worker_ids : the task's workers, those with an empty answer included.
    shapes : n_shapes in an order that depends on their coordinates alone.
    worker : (n_shapes,) number into `worker_ids`.
    position : (n_shapes,) the shape's place in its worker's answer, counted before unusable ones were left out.
    labels, attributes : n_shapes class names, and attributes.
    """

    worker_ids: tuple[Hashable, ...]
    shapes: Shapes
    worker: IntArray
    position: IntArray
    labels: tuple[str, ...]
    attributes: tuple[Attributes, ...]


def lay_flat(geometry: Geometry, answers: Iterable[ShapeAnswer], *, frame: Frame | None = None) -> DrawnShapes:
    """Join a task's answers: the first of each worker, shapes cut to the image, unusable ones left out."""
    first: dict[Hashable, ShapeAnswer] = {}
    for answer in answers:
        first.setdefault(answer.worker_id, answer)
    given = list(first.values())
    counts = [len(answer.labels) for answer in given]
    worker = np.repeat(np.arange(len(given)), counts)
    position = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(count) for count in counts)])
    labels = [label for answer in given for label in answer.labels]
    attributes = [each for answer in given for each in (answer.attributes or ({},) * len(answer.labels))]
    drawn = [geometry.collect(answer.shapes) for answer in given if len(answer.labels)]
    shapes, usable = geometry.cut_all(np.concatenate(drawn) if drawn else geometry.collect([]), frame)
    kept = np.flatnonzero(usable)
    # Sorting by coordinates makes the outcome independent of the order in which answers and shapes came in.
    order = kept[geometry.order(shapes[kept])]
    return DrawnShapes(
        worker_ids=tuple(first),
        shapes=shapes[order],
        worker=worker[order],
        position=position[order],
        labels=tuple(labels[row] for row in order),
        attributes=tuple(attributes[row] for row in order),
    )
