"""When known answers are to be doubted: good workers contradict them."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import binom

from quality.core.gold.ability import Ability

GOOD_FROM = 0.75
# Known answers a worker must have given, decayed, to be heard at all.
LEAST_RECORD = 3.0
LEAST_WITNESSES = 3
# With right gold, so many good workers would contradict it by chance at most this often.
LEVEL = 0.01


def is_disputed(witnesses: Sequence[tuple[Ability, bool]]) -> bool:
    """Return whether those who contradict a known answer are too many and too good to be all wrong.

    Parameters
    ----------
    witnesses : of each worker who answered, the ability without this answer, and whether the answer was right.

    Notes
    -----
    Only workers with a record are heard who are expected right at least three times in four, and at least three of
    them. Disputed is what more than half of them contradict, if so many wrong answers have a chance below one in a
    hundred among workers of their mean ability (binomial tail).
    """
    good = [(ability.mean, is_right) for ability, is_right in witnesses if _is_good(ability)]
    n_wrong = sum(not is_right for _, is_right in good)
    if len(good) < LEAST_WITNESSES or 2 * n_wrong <= len(good):
        return False
    mean = sum(mean for mean, _ in good) / len(good)
    return float(binom.sf(n_wrong - 1, len(good), 1.0 - mean)) < LEVEL


def _is_good(ability: Ability) -> bool:
    return ability.n_right + ability.n_wrong >= LEAST_RECORD and ability.mean >= GOOD_FROM
