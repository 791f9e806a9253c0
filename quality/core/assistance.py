"""What pre-labels do to answers: answers that were given with one beside those that were given without."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean, median


@dataclass(frozen=True)
class Seen:
    """One answer to a task that has a pre-label, as far as one class goes.

    Attributes
    ----------
    active_ms : time spent on the whole task, where the client measured it.
    error : 0..1, how far the answer is from what is held to be right; None where that is not known.
    likeness : 0..1, how near the answer is to the pre-label.
    misled : whether the pre-label itself is wrong; None where that is not known.
    """

    class_name: str
    aided: bool
    active_ms: int | None
    error: float | None
    likeness: float
    misled: bool | None


@dataclass(frozen=True)
class Side:
    """What the answers of one side come to; None where there is nothing to go by."""

    n_answers: int
    median_ms: float | None
    error: float | None
    likeness: float | None
    likeness_where_wrong: float | None


@dataclass(frozen=True)
class ClassEffect:
    """The two sides of a class, and their differences: aided less unaided, or the share of time saved.

    Attributes
    ----------
    time_saved : share of the median time; below 0 where pre-labels cost time.
    error_added : of the mean errors.
    bias : of the mean likeness to the pre-label: how far workers are drawn towards it.
    bias_where_wrong : the same where the pre-label is wrong, and being drawn does harm.
    """

    class_name: str
    aided: Side
    unaided: Side
    time_saved: float | None
    error_added: float | None
    bias: float | None
    bias_where_wrong: float | None


@dataclass
class _Pile:
    times: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    likeness: list[float] = field(default_factory=list)
    where_wrong: list[float] = field(default_factory=list)

    def add(self, seen: Seen) -> None:
        """Take an answer in."""
        self.likeness.append(seen.likeness)
        self.times += [] if seen.active_ms is None else [seen.active_ms]
        self.errors += [] if seen.error is None else [seen.error]
        self.where_wrong += [seen.likeness] if seen.misled else []

    def side(self) -> Side:
        """Return what they come to."""
        return Side(
            n_answers=len(self.likeness),
            median_ms=float(median(self.times)) if self.times else None,
            error=_mean(self.errors),
            likeness=_mean(self.likeness),
            likeness_where_wrong=_mean(self.where_wrong),
        )


def effects(answers: Iterable[Seen]) -> list[ClassEffect]:
    """Return the effect on each class, by its name."""
    piles: defaultdict[str, dict[bool, _Pile]] = defaultdict(lambda: {True: _Pile(), False: _Pile()})
    for seen in answers:
        piles[seen.class_name][seen.aided].add(seen)
    return [_effect(name, sides[True].side(), sides[False].side()) for name, sides in sorted(piles.items())]


def _effect(name: str, aided: Side, unaided: Side) -> ClassEffect:
    saved = None
    if aided.median_ms is not None and unaided.median_ms:
        saved = 1.0 - aided.median_ms / unaided.median_ms
    return ClassEffect(
        class_name=name,
        aided=aided,
        unaided=unaided,
        time_saved=saved,
        error_added=_difference(aided.error, unaided.error),
        bias=_difference(aided.likeness, unaided.likeness),
        bias_where_wrong=_difference(aided.likeness_where_wrong, unaided.likeness_where_wrong),
    )


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
