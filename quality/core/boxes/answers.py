"""One worker's boxes on one task."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from numpy.typing import ArrayLike

from labeling.core.geometry.base import Frame as ImageSize
from labeling.core.geometry.boxes import as_boxes
from quality.core.shapes.answers import ShapeAnswer

__all__ = ["BoxAnswer", "ImageSize"]


class BoxAnswer(ShapeAnswer):
    """Hold the boxes one worker drew on one task; nothing drawn is an answer too."""

    @classmethod
    def of(cls, worker_id: Hashable, boxes: ArrayLike, labels: Sequence[str]) -> BoxAnswer:
        """Build an answer from plain lists.

        Raises
        ------
        ValueError
            A box has not four numbers, or there are not as many labels as boxes.
        """
        return cls(worker_id=worker_id, shapes=as_boxes(boxes), labels=tuple(labels))
