"""How often the quantiles shown lately were missed: by jobs that have ended, and by those that should have.

Whether a job ended by a quantile is known when that moment has come, and not only when the job has ended. Forecasts
whose quantile has come are not chosen by how long their jobs took; of those whose jobs have ended too many are quick.
"""

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES

# Forecasts to look among, and how many of those that came due last count: lately, and for a while, by which an outage
# does not show, and a queue that grows does.
MOST_MADE = 900
LATELY, FOR_A_WHILE = 90, 400
# What it is worth that quantiles are missed as often as they should.
_WORTH = 20


def missed_lately(
    shown: NDArray[np.float64], *, age_s: NDArray[np.float64], taken_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (2, 3) by how much more than it should each quantile was missed, lately and for a while.

    Shrunk to nothing where little is known.

    Parameters
    ----------
    shown : (n, 3) seconds that were shown, by quantile.
    age_s : (n,) seconds since each forecast was made.
    taken_s : (n,) seconds from the forecast to the end; infinite where the job still runs.
    """
    missed = np.zeros((2, len(QUANTILES)))
    for k, quantile in enumerate(QUANTILES):
        due_for_s = age_s - shown[:, k]
        due = np.flatnonzero(due_for_s >= 0)
        due = due[np.argsort(due_for_s[due], kind="stable")]
        for row, n_latest in enumerate((LATELY, FOR_A_WHILE)):
            latest = due[:n_latest]
            if len(latest):
                excess = float((taken_s[latest] > shown[latest, k]).mean()) - (1 - quantile)
                missed[row, k] = excess * len(latest) / (len(latest) + _WORTH)
    return missed
