"""Who comes to work, as it was seen: the assumed supply gives way to it as hours pass."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import Supply
from pricing.core.turnaround.profile import HOURS_OF_WEEK, learned_profile
from pricing.core.turnaround.structural import HOUR_S, mean_session_h

# What the assumed supply is worth, in hours.
_WORTH_H = 6.0
# After a long time so much of the assumed doubt about the rate remains.
_LASTING_DOUBT = 0.4


def seen_supply(assumed: Supply, *, hours: NDArray[np.float64], now_h: float) -> Supply:
    """Return the supply with rate, profile and doubt as they were seen.

    Parameters
    ----------
    hours : active seconds in each whole hour up to now.
    now_h : hour of the week.
    """
    n_hours = len(hours)
    if n_hours == 0:
        return assumed
    # As many sessions of the assumed length as give the work that was seen: so the pace holds, whatever their length.
    seen = float(hours.mean()) / (mean_session_h(assumed) * HOUR_S)
    sessions = (seen * n_hours + assumed.sessions_per_h * _WORTH_H) / (n_hours + _WORTH_H)
    known = n_hours / (n_hours + HOURS_OF_WEEK)
    return replace(
        assumed,
        sessions_per_h=max(sessions, 0.05),
        profile=learned_profile(hours, end_h=int(now_h)),
        level_sigma=assumed.level_sigma * (1 - (1 - _LASTING_DOUBT) * known),
    )
