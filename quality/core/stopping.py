"""The rule that says whether a task wants one more answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Say what becomes of a task after an answer."""

    CONFIDENT = "confident"
    WANT_MORE = "want_more"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class StoppingRule:
    """State when a task has answers enough.

    Parameters
    ----------
    target_confidence : belief at which a task is retired, in (0.5, 1]: at or below one half a tie would pass.
    min_overlap, max_overlap : counted answers a task, 1 <= min <= max.

    Raises
    ------
    ValueError
        A parameter is outside its range.
    """

    target_confidence: float = 0.98
    min_overlap: int = 2
    max_overlap: int = 10

    def __post_init__(self) -> None:
        if not 0.5 < self.target_confidence <= 1.0:
            raise ValueError("target_confidence must lie in (0.5, 1]")
        if not 1 <= self.min_overlap <= self.max_overlap:
            raise ValueError("overlaps must satisfy 1 <= min_overlap <= max_overlap")


@dataclass(frozen=True)
class Decision:
    """Tell what becomes of a task, and how many answers it should have."""

    verdict: Verdict
    wanted_overlap: int
    confidence: float
    n_answers: int


def decide(confidence: float, *, n_answers: int, rule: StoppingRule) -> Decision:
    """Retire a task, call it disputed, or ask for one more answer (up to the minimum: for the minimum).

    Parameters
    ----------
    confidence : belief in the present conclusion, 0..1.
    n_answers : counted answers the task has.
    """
    if n_answers < rule.min_overlap:
        verdict, wanted = Verdict.WANT_MORE, rule.min_overlap
    elif confidence >= rule.target_confidence:
        verdict, wanted = Verdict.CONFIDENT, n_answers
    elif n_answers >= rule.max_overlap:
        verdict, wanted = Verdict.DISPUTED, n_answers
    else:
        verdict, wanted = Verdict.WANT_MORE, n_answers + 1
    return Decision(verdict=verdict, wanted_overlap=wanted, confidence=confidence, n_answers=n_answers)
