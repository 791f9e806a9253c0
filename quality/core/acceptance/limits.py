"""What a requester buys: a limit on the share of wrong labels, with a confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Slack for limits such as .02 * 50, which are whole numbers but for rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class ErrorLimit:
    """Promise that at most `share` of the labels is wrong.

    Parameters
    ----------
    share : in (0, 1).
    confidence : in [.5, 1): an audit of labels beyond the limit passes with a chance of at most 1 - confidence.
    population : labels promised about; None = without end (an ongoing supply).

    Raises
    ------
    ValueError
        A parameter lies outside its range.
    """

    share: float
    confidence: float = 0.95
    population: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise ValueError("share must lie in (0, 1)")
        if not 0.5 <= self.confidence < 1.0:
            raise ValueError("confidence must lie in [.5, 1)")
        if self.population is not None and self.population < 1:
            raise ValueError("population must be at least 1")

    @property
    def risk(self) -> float:
        """Return the consumer's risk: the highest chance of passing labels beyond the limit."""
        return 1.0 - self.confidence

    @property
    def n_allowed(self) -> int:
        """Return the most wrong labels a finite population may hold."""
        if self.population is None:
            raise ValueError("an unlimited population has no number of wrong labels")
        return math.floor(self.share * self.population + ROUNDING)

    @property
    def least_bad(self) -> float:
        """Return the mildest breach: one wrong label too many or, without end, the limit itself (a share)."""
        return self.share if self.population is None else float(self.n_allowed + 1)

    def wrong_at(self, share: float) -> float:
        """Return a share of wrong labels in the terms of `least_bad`: a number where the population is finite."""
        return share if self.population is None else float(math.floor(share * self.population + ROUNDING))
