"""How long people have to decide on work, and when too much of it was rejected."""

from datetime import timedelta
from math import sqrt
from typing import Final

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S
# An answer that nobody decided on is accepted after so long, at least, usually and at most.
LEAST_ACCEPT_AFTER_S: Final = HOUR_S
ACCEPT_AFTER_S: Final = 3 * DAY_S
MOST_ACCEPT_AFTER_S: Final = 21 * DAY_S

APPEAL_FOR: Final = timedelta(days=7)
DECIDE_FOR: Final = timedelta(days=9)

REJECTION_LIMIT: Final = 0.20
# Of fewer decisions than this nothing is concluded.
LEAST_DECIDED: Final = 20
# One-sided 95 %: one in twenty honest requesters whose true rate is at the limit is stopped by chance.
Z: Final = 1.645


def wilson_low(n_of: int, n: int, *, z: float = Z) -> float:
    """Return the lower end of Wilson's interval of a share.

    >>> round(wilson_low(10, 20), 3), wilson_low(0, 20)
    (0.327, 0.0)

    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    if not n:
        return 0.0
    share = n_of / n
    centre = share + z * z / (2 * n)
    margin = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (centre - margin) / (1 + z * z / n))


def is_too_much(n_rejected: int, n_decided: int) -> bool:
    """Return whether the share of rejected answers is surely above the limit.

    >>> is_too_much(5, 10), is_too_much(6, 20), is_too_much(7, 20)
    (False, False, True)
    """
    return n_decided >= LEAST_DECIDED and wilson_low(n_rejected, n_decided) > REJECTION_LIMIT
