"""Images whose pixels are numbers: of classes, and of instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.formats import masks
from labeling.core.formats.base import LabeledTask
from labeling.core.formats.classes import THING, LabelClass
from labeling.core.formats.final import FinalAnnotation, final_annotations

MASKED = frozenset({"instance_segmentation", "semantic_segmentation", "panoptic_segmentation"})
_MOST = 65_535


def painted(
    task: LabeledTask, found: Sequence[FinalAnnotation], numbers: Sequence[int], *, dtype: type[np.unsignedinteger[Any]]
) -> NDArray[Any] | None:
    """Return (height, width) the number of the last annotation over each pixel, 0 for none; None without a size."""
    size = found[0].shape["size"] if found else (task.height, task.width)
    if not size[0] or not size[1]:
        return None
    # Run lengths go column by column, and so does the memory.
    image = np.zeros((size[1], size[0]), dtype=dtype)
    flat = image.reshape(-1)
    for annotation, number in zip(found, numbers, strict=True):
        bounds = np.cumsum(masks.runs_of(annotation.shape))
        for start, end in zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=False):
            flat[start:end] = number
    return image.T


def class_image(task: LabeledTask, class_numbers: Mapping[str, int], *, first: int = 1) -> NDArray[Any] | None:
    """Return the number of each pixel's class, counted from `first` in the order of the ontology; 8 bits if they do."""
    found = list(final_annotations(task))
    numbers = [class_numbers[annotation.class_name] + first for annotation in found]
    return painted(task, found, numbers, dtype=np.uint8 if len(class_numbers) + first <= 256 else np.uint16)


def instance_numbers(found: Sequence[FinalAnnotation]) -> list[int]:
    """Return the numbers from 1 in order; beyond those that 16 bits hold, 0."""
    return [number if number <= _MOST else 0 for number in range(1, len(found) + 1)]


def numbered_by_class(
    found: Sequence[FinalAnnotation], class_ids: Mapping[str, int], classes: Mapping[str, LabelClass], *, per_class: int
) -> list[int]:
    """Return class id x `per_class` + a count from 0 for things, and the class id alone for all else.

    A thing whose number 16 bits do not hold, or that is one too many of its class, gets the class id alone.
    """
    counts: dict[str, int] = {}
    numbers = []
    for annotation in found:
        class_id, count = class_ids[annotation.class_name], counts.get(annotation.class_name, 0)
        counts[annotation.class_name] = count + 1
        number = class_id * per_class + count
        fits = classes[annotation.class_name].kind == THING and count < per_class and number <= _MOST
        numbers.append(number if fits else class_id)
    return numbers
