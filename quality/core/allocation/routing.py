"""Who should get the hard tasks, and when a task should be gold."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

WorkerId = TypeVar("WorkerId", bound=Hashable)

LEAST_RECORD = 10.0
MAX_PATIENCE_S = 600
# Gold is drawn at the full rate until the worker's accuracy is known within this standard deviation.
KNOWN_WITHIN = 0.07
RIGHT, WRONG = 4.0, 1.0


@dataclass(frozen=True)
class Record:
    """Tell how a worker compares.

    Parameters
    ----------
    ahead : expected accuracy less that of the crowd's usual worker, -1..1.
    n_answers : what it was learned from.
    """

    ahead: float
    n_answers: float


def poorer_workers(records: Mapping[WorkerId, Record]) -> frozenset[WorkerId]:
    """Return the workers who should leave answers beyond the least to the others.

    Notes
    -----
    Those measured on ten answers or more and found behind the usual worker, where somebody as well measured is not:
    a hard task is then not decided by more votes but by better ones. On simulated crowds (`make bench-routing`) jobs
    reach the same accuracy with about a fifth fewer answers than when the hardest task goes to whoever comes. To
    rank tasks for each worker by comparative advantage came to nothing there: what a fit has of a worker's confusion
    so early says too little of single classes.
    """
    measured = {one: record.ahead for one, record in records.items() if record.n_answers >= LEAST_RECORD}
    behind = frozenset(one for one, ahead in measured.items() if ahead < 0.0)
    return behind if len(behind) < len(measured) else frozenset()


def patience_s(n_wanting: int, ages_s: Sequence[float]) -> int:
    """Return for how many seconds further answers are left to the better workers.

    Parameters
    ----------
    n_wanting : tasks that want a further answer.
    ages_s : seconds since each task that these workers took of late, the oldest first.

    Notes
    -----
    As long as they would need for all those tasks at their pace, ten minutes at most; 0 where they took none.
    """
    if not ages_s:
        return 0
    return min(math.ceil(n_wanting * ages_s[0] / len(ages_s)), MAX_PATIENCE_S)


def gold_chance(n_right: float, n_wrong: float, *, usual: float = 0.05, most: float = 0.3) -> float:
    """Return the chance, 0..1, that a worker's next task should be gold.

    Parameters
    ----------
    n_right, n_wrong : the worker's gold answers so far, not negative; decayed ones may be fractions.
    usual : chance for a worker whose accuracy is well known.
    most : chance for one of whom nothing is known, at least `usual`.

    Raises
    ------
    ValueError
        A count is negative, or not 0 <= usual <= most <= 1.

    Notes
    -----
    Falls with the variance of the accuracy's Beta posterior, from `most` to `usual` where the standard deviation is
    0.07 (a worker of 90 % after some fifteen gold tasks, one of 60 % after some forty).
    """
    if min(n_right, n_wrong) < 0.0:
        raise ValueError("counts must not be negative")
    if not 0.0 <= usual <= most <= 1.0:
        raise ValueError("chances must satisfy 0 <= usual <= most <= 1")
    variance, at_first = _variance(n_right, n_wrong), _variance(0.0, 0.0)
    unknown = (variance - KNOWN_WITHIN**2) / (at_first - KNOWN_WITHIN**2)
    return usual + (most - usual) * min(max(unknown, 0.0), 1.0)


def _variance(n_right: float, n_wrong: float) -> float:
    right, wrong = n_right + RIGHT, n_wrong + WRONG
    given = right + wrong
    return right * wrong / (given**2 * (given + 1.0))
