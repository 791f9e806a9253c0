"""The people at work: what each of them says of a task."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from marketplace.management.driving.recording import Annotations


class Decline(Enum):
    """What a worker does with a task besides answering it."""

    SKIP = auto()
    WALK_AWAY = auto()  # without a word: the lease runs out


class Worker(Protocol):
    """Somebody with an account who answers tasks."""

    @property
    def handle(self) -> str:
        """Return the name of the account."""
        ...

    def decide(self, asset: Mapping[str, Any]) -> Annotations | Decline:
        """Say what is seen in an asset."""
        ...


@dataclass(frozen=True)
class RecordedWorker:
    """Answers as somebody once did."""

    handle: str
    answers: Mapping[str, Annotations]

    def decide(self, asset: Mapping[str, Any]) -> Annotations | Decline:
        """Return the recorded answer; of anything else the recording knows nothing."""
        return self.answers.get(asset["external_id"], Decline.SKIP)


def mended(annotations: Annotations, *, width: float | None, height: float | None) -> Annotations:
    """Return the annotations with boxes cut to the image, and without those that then have no size."""
    kept: Annotations = []
    for annotation in annotations:
        if "box" not in annotation:
            kept.append(annotation)
            continue
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in annotation["box"]):
            continue
        x1, y1, x2, y2 = annotation["box"]
        right, bottom = width or math.inf, height or math.inf
        box = [max(0.0, x1), max(0.0, y1), min(right, x2), min(bottom, y2)]
        if box[0] < box[2] and box[1] < box[3]:
            kept.append({**annotation, "box": box})
    return kept
