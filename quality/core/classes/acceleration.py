"""Fixed-point iteration of an EM step, plain or with squared extrapolation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quality.core.labels import FloatArray

# Takes parameters, returns the next ones and the objective of those taken.
Step = Callable[[FloatArray], tuple[FloatArray, float]]
# Takes parameters that a leap has left improper, returns proper ones.
Proper = Callable[[FloatArray], FloatArray]

SMALLEST_STRIDE = 1.0


@dataclass(frozen=True)
class Run:
    """Tell how an iteration went.

    Parameters
    ----------
    objective : of the parameters that the last step was taken from.
    """

    n_iter: int
    converged: bool
    objective: float


def plain(step: Step, start: FloatArray, *, max_iter: int, tol: float) -> Run:
    """Repeat the step until the objective gains less than `tol`."""
    parameters, objective, n_iter, converged = start, -np.inf, 0, False
    while n_iter < max_iter and not converged:
        n_iter += 1
        parameters, value = step(parameters)
        converged = value - objective < tol
        objective = value
    return Run(n_iter=n_iter, converged=converged, objective=objective)


def accelerated(step: Step, proper: Proper, start: FloatArray, *, max_iter: int, tol: float) -> Run:
    """Repeat the step, and after every second one leap along the curve that the two have drawn.

    A leap that lowers the objective is taken back, so that the objective never falls over a whole round.
    At least one step is made, whatever `max_iter` says.

    Source: scheme S3 of Varadhan & Roland 2008, doi:10.1111/j.1467-9469.2007.00585.x.
    """
    here, n_iter, objective = start, 0, -np.inf
    while n_iter + 4 <= max_iter:
        first, at_here = step(here)
        second, at_first = step(first)
        n_iter += 2
        if at_first - at_here < tol:
            return Run(n_iter=n_iter, converged=True, objective=at_first)
        landed, at_there = step(proper(_leap(here, first, second)))
        n_iter += 1
        here, objective = (landed, at_there) if at_there >= at_first else (second, at_first)
    # The last step may have been a leap that was taken back; what the caller keeps must be that of `here`.
    _, objective = step(here)
    return Run(n_iter=n_iter + 1, converged=False, objective=objective)


def _leap(here: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    change = first - here
    bend = second - first - change
    length = float(np.linalg.norm(bend))
    stride = max(float(np.linalg.norm(change)) / length, SMALLEST_STRIDE) if length > 0.0 else SMALLEST_STRIDE
    return here + 2.0 * stride * change + stride**2 * bend
