"""What changed between two runs over the same tasks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labeling.core.conflicts import ConflictKind
from labeling.core.geometry.base import Geometry
from quality.core.gold.scoring import Conflict, score_shapes_of_answer
from quality.core.shapes.scoring import NamedShapes

Json = dict[str, Any]


@dataclass(frozen=True)
class Concluded:
    """Hold what a run says of a task.

    Parameters
    ----------
    label : the class; None where classes tie, and of shapes.
    shapes : of tasks with shapes, what was found.
    """

    state: str
    confidence: float
    label: str | None = None
    shapes: NamedShapes | None = None


@dataclass(frozen=True)
class Change:
    """Tell how a task's conclusion changed.

    Parameters
    ----------
    flipped : the class, or the set of shapes, is another.
    found_again : share, 0..1, of the shapes of both runs that have a partner of the same class; 1 for equal classes.
    conflicts : of shapes, how the second run differs from the first: extra ones appeared, missing ones went.
    """

    flipped: bool
    state_changed: bool
    found_again: float
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_any(self) -> bool:
        """Return whether anything a requester relies on changed."""
        return self.flipped or self.state_changed


def change_of(first: Concluded, second: Concluded, *, geometry: Geometry | None = None) -> Change:
    """Compare what two runs say of a task.

    Raises
    ------
    ValueError
        Shapes come without a geometry.
    """
    state_changed = first.state != second.state
    if first.shapes is None or second.shapes is None:
        same = first.label == second.label
        return Change(flipped=not same, state_changed=state_changed, found_again=float(same))
    if geometry is None:
        raise ValueError("shapes are compared by a geometry")
    found = score_shapes_of_answer(geometry, second.shapes, first.shapes)
    return Change(
        flipped=bool(found.conflicts),
        state_changed=state_changed,
        found_again=found.score,
        conflicts=found.conflicts,
    )


@dataclass
class Summary:
    """Add up the changes of many tasks.

    Parameters
    ----------
    moves : of classes, how many tasks went from one to another; None stands for a tie.
    states : how many tasks went from one state to another, unchanged ones included.
    """

    n_tasks: int = 0
    n_flipped: int = 0
    n_state_changed: int = 0
    sum_first: float = 0.0
    sum_second: float = 0.0
    sum_found_again: float = 0.0
    moves: dict[tuple[str | None, str | None], int] = field(default_factory=dict)
    states: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: dict[ConflictKind, int] = field(default_factory=dict)

    def add(self, first: Concluded, second: Concluded, change: Change) -> None:
        """Take a task into account."""
        self.n_tasks += 1
        self.n_flipped += change.flipped
        self.n_state_changed += change.state_changed
        self.sum_first += first.confidence
        self.sum_second += second.confidence
        self.sum_found_again += change.found_again
        if first.shapes is None:
            move = (first.label, second.label)
            self.moves[move] = self.moves.get(move, 0) + 1
        pair = (first.state, second.state)
        self.states[pair] = self.states.get(pair, 0) + 1
        for conflict in change.conflicts:
            self.kinds[conflict.kind] = self.kinds.get(conflict.kind, 0) + 1

    @property
    def kappa(self) -> float | None:
        """Return Cohen's kappa of the two runs' classes, a tie being a class; None without classes or variation."""
        n = sum(self.moves.values())
        if not n:
            return None
        names = {name for move in self.moves for name in move}
        agreed = sum(count for (before, after), count in self.moves.items() if before == after) / n
        by_chance = sum(
            sum(count for (before, _), count in self.moves.items() if before == name)
            * sum(count for (_, after), count in self.moves.items() if after == name)
            for name in names
        ) / (n * n)
        return None if math.isclose(by_chance, 1.0) else (agreed - by_chance) / (1.0 - by_chance)


def summarised(pairs: Iterable[tuple[Concluded, Concluded]], *, geometry: Geometry | None = None) -> Summary:
    """Compare what two runs say of many tasks."""
    summary = Summary()
    for first, second in pairs:
        summary.add(first, second, change_of(first, second, geometry=geometry))
    return summary


def named_shapes(geometry: Geometry, shapes: Sequence[Any], labels: Sequence[str | None]) -> NamedShapes:
    """Return plain shapes with their classes, ready to be compared."""
    return NamedShapes(shapes=geometry.collect([geometry.read(shape) for shape in shapes]), labels=tuple(labels))
