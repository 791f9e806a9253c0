"""The number of wrong labels found so far as a random walk, and its exact chances of meeting boundaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from quality.core.labels import FloatArray, IntArray


@dataclass(frozen=True)
class Boundaries:
    """Say when a walk ends.

    Parameters
    ----------
    accept_from : (c + 1,) labels checked from which 0, 1, ..., c wrong ones are few enough; ascending.
    reject_until : (c + 2,) labels checked up to which that many wrong ones are too many; -1 = never, and the last
        (c + 1 wrong) always.
    """

    accept_from: IntArray
    reject_until: IntArray

    @property
    def n_max(self) -> int:
        """Return the most labels that may be checked."""
        return int(self.accept_from[-1])

    def accepted(self, n_audited: int, n_wrong: int) -> bool:
        """Return whether the walk may end well here."""
        return n_wrong < len(self.accept_from) and n_audited >= int(self.accept_from[n_wrong])

    def rejected(self, n_audited: int, n_wrong: int) -> bool:
        """Return whether it may end badly here."""
        return n_wrong > len(self.accept_from) - 1 or n_audited <= int(self.reject_until[n_wrong])


@dataclass(frozen=True)
class Ends:
    """Hold the chances of each end for some numbers (or shares) of wrong labels.

    Parameters
    ----------
    accepted : (n_wrong, c + 1) chance of acceptance with 0, 1, ..., c wrong labels found.
    rejected : (n_wrong, n_max + 1) chance of rejection after each number of labels checked.
    """

    accepted: FloatArray
    rejected: FloatArray

    @property
    def pass_probability(self) -> FloatArray:
        """Return (n_wrong,) the chance of acceptance."""
        chance: FloatArray = self.accepted.sum(axis=1)
        return chance

    def expected_audit(self, boundaries: Boundaries) -> FloatArray:
        """Return (n_wrong,) the mean number of labels checked."""
        mean: FloatArray = self.accepted @ boundaries.accept_from + self.rejected @ np.arange(self.rejected.shape[1])
        return mean


def walk_ends(boundaries: Boundaries, *, wrong: FloatArray, population: int | None, n_max: int | None = None) -> Ends:
    """Follow the walk label by label and return the chances of its ends.

    Parameters
    ----------
    wrong : (n_wrong,) numbers of wrong labels in a finite population, else their shares.
    n_max : labels to follow it for; None = to the end.

    Notes
    -----
    One state per number of wrong labels found; without replacement the next label is wrong with a chance of
    (wrong - found) / (population - checked). Exact but for rounding.
    """
    accept, n_states = boundaries.accept_from, len(boundaries.accept_from) + 1
    found = np.arange(n_states)
    state = np.zeros((len(wrong), n_states))
    state[:, 0] = 1.0
    accepted = np.zeros((len(wrong), n_states - 1))
    rejected = np.zeros((len(wrong), boundaries.n_max + 1))
    ends_at = {int(n_audited): stage for stage, n_audited in enumerate(accept)}
    always = found == n_states - 1
    for n_audited in range(1, (boundaries.n_max if n_max is None else n_max) + 1):
        error = np.asarray(wrong, dtype=np.float64)[:, None]
        if population is not None:
            error = np.clip((error - found) / (population - n_audited + 1), 0.0, 1.0)
        moved = state * error
        state = state - moved
        state[:, 1:] += moved[:, :-1]
        bad = always | (n_audited <= boundaries.reject_until)
        rejected[:, n_audited] = state[:, bad].sum(axis=1)
        state[:, bad] = 0.0
        if n_audited in ends_at:
            few = found[:-1] <= int(np.searchsorted(accept, n_audited, side="right")) - 1
            accepted[:, : len(few)][:, few] += state[:, :-1][:, few]
            state[:, :-1][:, few] = 0.0
    return Ends(accepted=accepted, rejected=rejected)


def accepted_at_stages(accept_from: IntArray, *, wrong: float, population: int | None) -> FloatArray:
    """Return (c + 1,) the chances of acceptance with 0, 1, ..., c wrong labels when rejections are ignored.

    Notes
    -----
    Without rejections the walk can end only where one more wrong label becomes acceptable, so it is followed from
    stage to stage: between two of them the errors found are binomial or hypergeometric.
    """
    n_stages = len(accept_from)
    found = np.arange(n_stages)
    state = np.zeros(n_stages)
    state[0] = 1.0
    accepted = np.zeros(n_stages)
    n_before = 0
    for stage, n_audited in enumerate(accept_from.tolist()):
        if n_audited > n_before:
            state = _drawn(found, n_audited - n_before, n_before, wrong, population).T @ state
            n_before = n_audited
        accepted[stage] = state[stage]
        state[stage] = 0.0
    return accepted


def _drawn(found: IntArray, n_draws: int, n_before: int, wrong: float, population: int | None) -> FloatArray:
    """Return (n, n) chances that n_draws more labels take the errors found from one number (row) to another."""
    more = (found[None, :] - found[:, None]).astype(np.float64)
    possible = (more >= 0) & (more <= n_draws)
    more = np.where(possible, more, 0.0)
    if population is None:
        log_chance = special.xlogy(more, wrong) + special.xlog1py(n_draws - more, -wrong) + _log_choose(n_draws, more)
        return np.where(possible, np.exp(log_chance), 0.0)
    wrong_left = np.maximum(wrong - found, 0.0)[:, None]
    right_left = population - n_before - wrong_left
    possible &= (found[:, None] <= wrong) & (more <= wrong_left) & (n_draws - more <= right_left)
    more = np.where(possible, more, 0.0)
    log_chance = (
        _log_choose(wrong_left, more)
        + _log_choose(np.maximum(right_left, n_draws - more), n_draws - more)
        - _log_choose(population - n_before, n_draws)
    )
    return np.where(possible, np.exp(log_chance), 0.0)


def _log_choose(n: FloatArray | int, k: FloatArray | int) -> FloatArray:
    """Return the log binomial coefficient for 0 <= k <= n."""
    log: FloatArray = special.gammaln(np.add(n, 1.0)) - special.gammaln(np.add(k, 1.0))
    return log - special.gammaln(np.subtract(n, k) + 1.0)
