"""How often the quantiles shown lately were missed: by jobs that have ended, and by those that should have.

Whether a job ended by a quantile is known when that moment has come, and not only when the job has ended. Forecasts
whose quantile has come are not chosen by how long their jobs took; of those whose jobs have ended too many are quick.
"""

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES

# Forecasts to look among, and how many of those that came due last count.
MOST_MADE = 900
_RECENT = 90
# What it is worth that quantiles are missed as often as they should.
_WORTH = 20


def missed_lately(
    shown: NDArray[np.float64], *, age_s: NDArray[np.float64], taken_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (3,) by how much the share of misses is above what it should be, shrunk to nothing where few are known.

    Parameters
    ----------
    shown : (n, 3) seconds that were shown, by quantile.
    age_s : (n,) seconds since each forecast was made.
    taken_s : (n,) seconds from the forecast to the end; infinite where the job still runs.
    """
    missed = np.zeros(len(QUANTILES))
    for k, quantile in enumerate(QUANTILES):
        due_for_s = age_s - shown[:, k]
        due = np.flatnonzero(due_for_s >= 0)
        latest = due[np.argsort(due_for_s[due], kind="stable")][:_RECENT]
        if len(latest):
            excess = float((taken_s[latest] > shown[latest, k]).mean()) - (1 - quantile)
            missed[k] = excess * len(latest) / (len(latest) + _WORTH)
    return missed
