"""What changed between two runs over the same tasks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from labeling.core.conflicts import ConflictKind
from quality.core.gold.scoring import Conflict, GoldScore


@dataclass(frozen=True)
class Concluded:
    """Hold what a run says of a task.

    Parameters
    ----------
    label : of tasks of one class, the class; None where classes tie.
    names_one_class : whether that is what the task is about.
    """

    state: str
    confidence: float
    label: str | None = None
    names_one_class: bool = True


@dataclass(frozen=True)
class Change:
    """Tell how a task's conclusion changed.

    Parameters
    ----------
    flipped : the class, or the set of shapes or classes, is another, or is described otherwise.
    found_again : share, 0..1, of what both runs found that has a partner of the same class; 1 for equal classes.
    conflicts : how the second run differs from the first, beside the one class: extra things appeared, missing went.
    """

    flipped: bool
    state_changed: bool
    found_again: float
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_any(self) -> bool:
        """Return whether anything a requester relies on changed."""
        return self.flipped or self.state_changed


def change_of(first: Concluded, second: Concluded, scored: GoldScore) -> Change:
    """Compare what two runs say of a task.

    Parameters
    ----------
    scored : the second run's conclusion, scored as if the first were known to be right.
    """
    conflicts = scored.conflicts
    if first.names_one_class:
        # That the class is another is told by its name.
        conflicts = tuple(each for each in conflicts if each.kind is not ConflictKind.MISMATCHING_LABEL)
        found_again = float(first.label == second.label)
        flipped = first.label != second.label or bool(conflicts)
    else:
        found_again, flipped = scored.score, bool(conflicts)
    return Change(
        flipped=flipped,
        state_changed=first.state != second.state,
        found_again=found_again,
        conflicts=conflicts,
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
        if first.names_one_class:
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
