"""Temperature: beliefs made as sure as gold says they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from quality.core.labels import FloatArray, IntArray

# Over eleven recorded crowds the temperature that calibrates `two_view_posterior` at the end of a job has a median of
# 2.0 and spreads by a factor of 1.4; leaving any of them out moves neither by much.
USUAL_TEMPERATURE = 2.0
USUAL_SPREAD = 0.4
GRID = np.linspace(np.log(0.05), np.log(50.0), 400)
LEAST_CHANCE = 1e-12


@dataclass(frozen=True)
class TemperaturePrior:
    """Hold what is assumed of a temperature before any gold: its logarithm is normal.

    Parameters
    ----------
    median : positive; 1 leaves beliefs as they are, more makes them less sure.
    spread : standard deviation of the logarithm; at 0.4, ten to thirty gold tasks weigh as much as the prior.
    """

    median: float = USUAL_TEMPERATURE
    spread: float = USUAL_SPREAD

    def __post_init__(self) -> None:
        if min(self.median, self.spread) <= 0.0:
            raise ValueError("median and spread must be positive")


DEFAULT_PRIOR = TemperaturePrior()


@dataclass(frozen=True)
class Temperature:
    """Tell by what power beliefs are flattened, and on what evidence.

    Parameters
    ----------
    value : positive; `posterior ** (1 / value)`, normalised, is what may be stated.
    low, high : 90 % credible interval of the value.
    n_gold : gold tasks it was learned from. At 0 it is what is usual in other crowds, and nothing is calibrated.
    """

    value: float
    low: float
    high: float
    n_gold: int

    @property
    def is_calibrated(self) -> bool:
        """Return whether any gold stands behind it."""
        return self.n_gold > 0

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers."""
        return {"value": self.value, "low": self.low, "high": self.high, "n_gold": self.n_gold}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Temperature:
        """Read what `to_json` wrote."""
        return cls(**stored)


def tempered(posterior: FloatArray, temperature: Temperature | float) -> FloatArray:
    """Return (n_tasks, n_classes) beliefs flattened (or sharpened); no order of classes changes, and ties stay ties.

    Raises
    ------
    ValueError
        The temperature is not positive.
    """
    value = temperature.value if isinstance(temperature, Temperature) else temperature
    if not value > 0.0:
        raise ValueError("a temperature must be positive")
    if value == 1.0 or posterior.shape[1] == 0:
        return posterior.copy()
    powers = (posterior / posterior.max(axis=1, keepdims=True)) ** (1.0 / value)
    flat: FloatArray = powers / powers.sum(axis=1, keepdims=True)
    return flat


def fit_temperature(posterior: FloatArray, truth: IntArray, *, prior: TemperaturePrior = DEFAULT_PRIOR) -> Temperature:
    """Learn a temperature from gold tasks.

    Parameters
    ----------
    posterior : (n_gold, n_classes) what was believed of the gold tasks without knowing their classes, at about as
        many answers as other tasks have (see `gold_at_stop`). Without gold the result is the prior's: over the
        recorded crowds that nearly halves the error of beliefs left as they are, but it is a custom, no measurement.
    truth : (n_gold,) their classes; -2 for one that is none of the classes.
    prior : keeps few gold tasks from saying too much.

    Returns
    -------
    Temperature
        The posterior mean of the logarithm, as a temperature. What is scored is whether the conclusion was right, with
        1/m where m classes tie, not which of the other classes was.

    Raises
    ------
    ValueError
        Lengths differ.

    Source: Guo et al. 2017, PMLR 70:1321; the prior, and its integration over a grid, are ours.
    """
    if len(posterior) != len(truth):
        raise ValueError("posterior and truth must have the same length")
    credit = conclusion_credit(posterior, truth)
    score = -0.5 * ((GRID - np.log(prior.median)) / prior.spread) ** 2
    for place, log_value in enumerate(GRID):
        sure = tempered(posterior, float(np.exp(log_value))).max(axis=1, initial=0.0)
        sure = np.clip(sure, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
        score[place] += float((credit * np.log(sure) + (1.0 - credit) * np.log1p(-sure)).sum())
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    below = np.cumsum(weight)
    low, high = (float(np.exp(np.interp(share, below, GRID))) for share in (0.05, 0.95))
    return Temperature(value=float(np.exp(weight @ GRID)), low=low, high=high, n_gold=len(truth))


def conclusion_credit(posterior: FloatArray, truth: IntArray) -> FloatArray:
    """Return (n_tasks,) 1 where the likeliest class is the true one, 1/m where it is one of m that tie, else 0."""
    if posterior.shape[1] == 0:
        return np.zeros(len(posterior))
    top = posterior >= posterior.max(axis=1, keepdims=True) - 1e-9
    hit = top[np.arange(len(truth)), np.maximum(truth, 0)] & (truth >= 0)
    credit: FloatArray = hit / top.sum(axis=1)
    return credit
