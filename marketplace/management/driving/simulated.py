"""Simulated workers: they know the truth and err in ways and amounts that are theirs."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.management.driving.photos import Photo
from marketplace.management.driving.recorded_shapes import BOXES
from marketplace.management.driving.recording import Annotations
from marketplace.management.driving.workers import Decline

CLASS_ERROR_IN_BOXES = 0.5  # things in a box are easier to name than a picture as a whole


@dataclass(frozen=True)
class Character:
    """How somebody works.

    Attributes
    ----------
    accuracy : chance of the right class.
    jitter : standard deviation of an edge, as a share of the box's side.
    p_miss, p_extra : chance to overlook a thing, and to see one that is not there.
    p_skip : chance to leave a task to others.
    walks_away : whether the first task is taken and never answered.
    """

    name: str
    manner: str
    accuracy: float
    jitter: float = 0.03
    p_miss: float = 0.03
    p_extra: float = 0.02
    p_skip: float = 0.0
    walks_away: bool = False

    @property
    def handle(self) -> str:
        """Return the name of the account, which says what it is."""
        return f"simulated-{self.name}"


CHARACTERS = (
    Character("ada", "careful", 0.97, jitter=0.015, p_miss=0.01, p_extra=0.0),
    Character("bo", "careful", 0.96, jitter=0.02, p_miss=0.02, p_extra=0.0),
    Character("cem", "ordinary", 0.9),
    Character("dora", "ordinary", 0.9),
    Character("eli", "ordinary", 0.88, jitter=0.04),
    Character("fay", "picks and chooses", 0.92, p_skip=0.2),
    Character("gus", "hasty", 0.7, jitter=0.08, p_miss=0.2, p_extra=0.1),
    Character("hal", "clicks at random", 0.3, jitter=0.15, p_miss=0.35, p_extra=0.2),
    Character("ivy", "takes tasks and walks away", 0.9, walks_away=True),
)


@dataclass
class SimulatedWorker:
    """One character at work on one job."""

    character: Character
    annotation_type: str
    classes: Sequence[str]
    truth: Mapping[str, Photo]
    rng: random.Random
    handle: str = field(init=False)

    def __post_init__(self) -> None:
        self.handle = self.character.handle

    def decide(self, asset: Mapping[str, Any]) -> Annotations | Decline:
        """Look at a photograph in this character's way."""
        if self.character.walks_away:
            return Decline.WALK_AWAY
        if self.rng.random() < self.character.p_skip:
            return Decline.SKIP
        photo = self.truth[asset["external_id"]]
        if self.annotation_type != BOXES:
            return [{"class": self._name(photo.shows, self.character.accuracy)}]
        return self._draw(photo, width=asset["width"], height=asset["height"])

    def _name(self, right: str, p_right: float) -> str:
        if self.rng.random() < p_right:
            return right
        return self.rng.choice([name for name in self.classes if name != right])

    def _draw(self, photo: Photo, *, width: int, height: int) -> Annotations:
        """Draw what is noticed, and perhaps one thing that is not there."""
        p_right = 1 - CLASS_ERROR_IN_BOXES * (1 - self.character.accuracy)
        drawn: Annotations = []
        for thing in photo.things:
            if self.rng.random() >= self.character.p_miss:
                box = self._jittered(thing.box, width=width, height=height)
                drawn.append({"class": self._name(thing.name, p_right), "box": box})
        if self.rng.random() < self.character.p_extra:
            x, y = self.rng.uniform(0, width * 0.7), self.rng.uniform(0, height * 0.7)
            imagined = [round(value, 1) for value in (x, y, x + width * 0.2, y + height * 0.2)]
            drawn.append({"class": self.rng.choice(list(self.classes)), "box": imagined})
        return drawn

    def _jittered(self, box: tuple[int, int, int, int], *, width: int, height: int) -> list[float]:
        x1, y1, x2, y2 = box
        dx, dy = (self.character.jitter * side for side in (x2 - x1, y2 - y1))
        xs = sorted(min(max(x + self.rng.gauss(0, dx), 0.0), width) for x in (x1, x2))
        ys = sorted(min(max(y + self.rng.gauss(0, dy), 0.0), height) for y in (y1, y2))
        return [round(value, 1) for value in (xs[0], ys[0], xs[1], ys[1])]
