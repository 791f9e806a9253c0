"""Where ends lay and how widely, as far as what was known of jobs tells: ridge regressions on their traits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import Trait

# A job unlike all before is taken for one that is so many deviations from the usual.
_MOST_UNLIKE, _LONGEST_UNLIKE = 2.5, 4.0
_OUTLIER = 2.5
_RIDGE = 8.0
# Forecasts at another share of the answers count for less, but never for less than so much.
_NEAR_PROGRESS, _LEAST_NEAR = 0.15, 0.1
# The longer a job would take at its mean rate, beyond a deviation above the usual, the more it falls short of that:
# what runs slowly for long seldom runs slowly to the end. What is believed of it, and how firmly.
_LONG_FROM, _LONG_SLOPE, _LONG_RIDGE = 1.0, -0.4, 40.0
# Of what is told of the width, so much is believed.
_WIDTH_BELIEVED = 0.7
_WIDTH_RIDGE, _WIDEST, _LEAST_WIDTH = 50.0, 0.9, 0.05


@dataclass(frozen=True)
class Told:
    """What traits tell: of each earlier job, and of this one."""

    theirs: NDArray[np.float64]
    here: float


def near_in_progress(theirs: NDArray[np.float64], ours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) how much each earlier forecast tells of one that is made at this share of the answers."""
    distance = (theirs[:, Trait.PROGRESS] - ours[Trait.PROGRESS]) / _NEAR_PROGRESS
    return np.asarray(_LEAST_NEAR + (1 - _LEAST_NEAR) * np.exp(-(distance**2) / 2), dtype=np.float64)


def find_place(
    errors: NDArray[np.float64],
    theirs: NDArray[np.float64],
    ours: NDArray[np.float64],
    *,
    middle: float,
    weights: NDArray[np.float64],
    emphasis: NDArray[np.float64],
) -> Told:
    """Return expected log(actual / P50) beyond `middle`; of each earlier job as if it had not been learned from.

    Parameters
    ----------
    errors : (n,) log(actual / P50).
    theirs, ours : (n, n_traits) and (n_traits,), as `Trait` numbers them.
    weights : (n,) what each earlier forecast counts for; in the slopes it counts for `emphasis` times that.
    """
    known, asked = _standardized(theirs, ours, weights)
    ridge = np.full(known.shape[1], _RIDGE)
    ridge[-1] = _LONG_RIDGE
    prior = np.zeros(known.shape[1])
    prior[-1] = _LONG_SLOPE
    target = np.clip(errors - middle, -_OUTLIER, _OUTLIER)
    weighted = known * (weights * emphasis)[:, None]
    inverse = np.linalg.inv(weighted.T @ known + np.diag(ridge))
    slopes = inverse @ (weighted.T @ target + ridge * prior)
    leverage = np.einsum("ij,jk,ik->i", known, inverse, weighted)
    left_out = target - (target - known @ slopes) / np.maximum(1 - leverage, 0.3)
    return Told(theirs=left_out, here=float(asked @ slopes))


def find_width(
    remains: NDArray[np.float64],
    theirs: NDArray[np.float64],
    ours: NDArray[np.float64],
    *,
    weights: NDArray[np.float64],
) -> Told:
    """Return by which factor the ends of such jobs lay wider apart than on average; of all together about 1.

    Parameters
    ----------
    remains : (n,) what is left of the errors, about 0.
    """
    known, asked = _standardized(theirs, ours, weights)
    known, asked = known[:, :-1], asked[:-1]
    logs = np.log(np.abs(remains) + _LEAST_WIDTH)
    weighted = known * weights[:, None]
    middle = weights @ logs / weights.sum()
    slopes = np.linalg.solve(weighted.T @ known + _WIDTH_RIDGE * np.eye(known.shape[1]), weighted.T @ (logs - middle))
    told = np.append(known @ slopes, asked @ slopes)
    told = _WIDTH_BELIEVED * (told - weights @ told[:-1] / weights.sum())
    widths = np.exp(np.clip(told, -_WIDEST, _WIDEST))
    return Told(theirs=widths[:-1], here=float(widths[-1]))


def _standardized(
    theirs: NDArray[np.float64], ours: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the traits in deviations from the usual, and as the last how long the mean rate is out of the usual."""
    both = np.concatenate([theirs, ours[None]])
    both = np.column_stack([both, both[:, Trait.MODEL] + both[:, Trait.MEAN_RATE]])
    earlier, total = both[:-1], weights.sum()
    mean = weights @ earlier / total
    deviation = np.maximum(np.sqrt(weights @ (earlier - mean) ** 2 / total), 0.05)
    scaled = (both - mean) / deviation
    long = np.clip(scaled[:, -1] - _LONG_FROM, 0, _LONGEST_UNLIKE) * (both[:, Trait.BEGUN] > 0)
    traits = np.column_stack([np.clip(scaled[:, :-1], -_MOST_UNLIKE, _MOST_UNLIKE), long])
    return traits[:-1], traits[-1]
