"""How far stated confidence is from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.labels import FloatArray

N_BINS = 10
N_SIMULATIONS = 200
LEAST_CHANCE = 1e-6


@dataclass(frozen=True)
class ReliabilityBin:
    """Tell of tasks of similar confidence how sure, and how often right, they are."""

    n_tasks: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Reliability:
    """State how stated confidences compare with what turned out.

    Parameters
    ----------
    n_tasks : tasks compared.
    mean_confidence, accuracy : their averages, 0..1.
    calibration_error : average distance of confidence from accuracy over the bins, weighted by tasks.
    chance_error : the calibration error that a perfectly calibrated forecaster of the same confidences would show on
        average, by the luck of so few tasks.
    brier, log_loss : mean squared error, and mean negative log-likelihood in nats, of "the conclusion is right".
    bins : of as equal numbers of tasks as possible, by rising confidence.
    """

    n_tasks: int
    mean_confidence: float
    accuracy: float
    calibration_error: float
    chance_error: float
    brier: float
    log_loss: float
    bins: tuple[ReliabilityBin, ...]

    @property
    def debiased_error(self) -> float:
        """Return the calibration error beyond chance, not below 0."""
        return max(self.calibration_error - self.chance_error, 0.0)


def reliability(
    confidence: FloatArray,
    credit: FloatArray,
    *,
    rng: np.random.Generator,
    n_bins: int = N_BINS,
    n_simulations: int = N_SIMULATIONS,
) -> Reliability | None:
    """Compare confidences with what turned out; None without tasks.

    Parameters
    ----------
    confidence : (n_tasks,) stated beliefs in the conclusions, 0..1.
    credit : (n_tasks,) 1 where a conclusion is right, 0 where wrong, a share where classes tie.
    n_simulations : draws for `chance_error`.

    Raises
    ------
    ValueError
        Lengths differ, a number is outside 0..1, or `n_bins` or `n_simulations` is below 1.

    Source: equal-mass bins and the correction by simulation follow Roelofs et al. 2022, PMLR 151:4036, and
    Broecker & Smith 2007, doi:10.1175/WAF993.1.
    """
    _check(confidence, credit, n_bins, n_simulations)
    if len(confidence) == 0:
        return None
    order = np.argsort(confidence, kind="stable")
    sure = confidence[order]
    # Tasks of one confidence that fall into two bins take their average along, so that no order of tasks decides.
    _, group = np.unique(np.round(sure, 9), return_inverse=True)
    right = (np.bincount(group, weights=credit[order]) / np.bincount(group))[group]
    ends = np.linspace(0, len(sure), min(n_bins, len(sure)) + 1).astype(np.int64)
    starts, sizes = ends[:-1], np.diff(ends)
    mean_sure, mean_right = (np.add.reduceat(numbers, starts) / sizes for numbers in (sure, right))
    drawn = (rng.random((n_simulations, len(sure))) < sure).astype(np.float64)
    by_chance = np.abs(np.add.reduceat(drawn, starts, axis=1) / sizes - mean_sure) @ sizes / len(sure)
    clipped = np.clip(confidence, LEAST_CHANCE, 1.0 - LEAST_CHANCE)
    return Reliability(
        n_tasks=len(sure),
        mean_confidence=float(confidence.mean()),
        accuracy=float(credit.mean()),
        calibration_error=float(np.abs(mean_right - mean_sure) @ sizes / len(sure)),
        chance_error=float(by_chance.mean()),
        brier=float((credit * (1.0 - confidence) ** 2 + (1.0 - credit) * confidence**2).mean()),
        log_loss=float(-(credit * np.log(clipped) + (1.0 - credit) * np.log1p(-clipped)).mean()),
        bins=tuple(
            ReliabilityBin(n_tasks=int(size), confidence=float(average), accuracy=float(share))
            for size, average, share in zip(sizes, mean_sure, mean_right, strict=True)
        ),
    )


def _check(confidence: FloatArray, credit: FloatArray, n_bins: int, n_simulations: int) -> None:
    if len(confidence) != len(credit):
        raise ValueError("confidence and credit must have the same length")
    if min(n_bins, n_simulations) < 1:
        raise ValueError("n_bins and n_simulations must be at least 1")
    both = np.concatenate([confidence, credit])
    if not ((both >= 0.0) & (both <= 1.0 + 1e-9)).all():
        raise ValueError("confidence and credit must lie in 0..1")
