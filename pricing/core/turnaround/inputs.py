"""What a forecast is made of: the work that is left, who there is to do it, and what was seen so far."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.profile import default_profile

QUANTILES = (0.50, 0.85, 0.95)


def _nothing() -> NDArray[np.float64]:
    return np.zeros(0)


@dataclass(frozen=True)
class Work:
    """What a job still wants of people, in answers that are counted and checks that are made.

    Attributes
    ----------
    n_answers : counted answers still wanted, those expected from adaptive overlap and rework included.
    seconds_per_answer : active seconds one takes on average.
    n_tasks : tasks that still want answers; nobody answers one twice, so a worker can give no more than so many.
    n_reviews, seconds_per_review : checks still to be made, and what one takes.
    rework_share : checks after which the task wants another answer.
    lease_s : seconds after which a task that somebody left lying is handed out again.
    n_leased : leases running now.
    progress : share of the job's answers that are given, 0 to 1.
    """

    n_answers: float
    seconds_per_answer: float
    n_tasks: int
    n_reviews: float = 0.0
    seconds_per_review: float = 0.0
    rework_share: float = 0.1
    lease_s: float = 1_800.0
    n_leased: int = 0
    progress: float = 0.0

    @property
    def effort_s(self) -> float:
        """Return the active seconds of all of it."""
        again = self.n_reviews * self.rework_share
        return (self.n_answers + again) * self.seconds_per_answer + self.n_reviews * self.seconds_per_review


@dataclass(frozen=True)
class Supply:
    """Who comes to work, how long they stay, how fast they are. The defaults are assumptions, no measurements.

    Attributes
    ----------
    sessions_per_h : workers who are qualified and sit down to work in an hour, whichever job they take.
    share : of their time that goes to this job, 0 to 1: what competition leaves.
    profile : (168,) rate of each hour of the week, mean 1, Monday 00:00 UTC first.
    session_s, session_sigma : median length of a session and the standard deviation of its logarithm.
    pace_sigma : standard deviation, among workers, of the logarithm of seconds per answer.
    task_sigma : the same among tasks.
    abandoned : share of sessions that end with a task left lying.
    n_active : workers at work on this job now.
    n_workers : those qualified, where that is a closed group.
    level_sigma : how little is known of the rate: standard deviation of its logarithm.
    reviewer_sessions_per_h : where others than the workers check: their sessions in an hour.
    """

    sessions_per_h: float = 8.0
    share: float = 0.5
    profile: NDArray[np.float64] = field(default_factory=default_profile)
    session_s: float = 1_500.0
    session_sigma: float = 1.0
    pace_sigma: float = 0.4
    task_sigma: float = 0.7
    abandoned: float = 0.15
    n_active: float = 0.0
    n_workers: int | None = None
    level_sigma: float = 0.7
    reviewer_sessions_per_h: float | None = None


@dataclass(frozen=True)
class Finished:
    """Earlier forecasts of jobs that have ended since, in the order of their ends; all arrays are as long.

    Attributes
    ----------
    raw : (n, 3) seconds forecast before correction, by quantile.
    shown : (n, 3) seconds that were shown.
    actual : (n,) seconds that it took.
    progress : (n,) of the job when the forecast was made, 0 to 1.
    """

    raw: NDArray[np.float64]
    shown: NDArray[np.float64]
    actual: NDArray[np.float64]
    progress: NDArray[np.float64]

    @classmethod
    def none(cls) -> "Finished":
        """Return that nothing was learned yet."""
        return cls(np.zeros((0, len(QUANTILES))), np.zeros((0, len(QUANTILES))), np.zeros(0), np.zeros(0))

    def __len__(self) -> int:
        return len(self.actual)


@dataclass(frozen=True)
class History:
    """What was seen up to now, hour by hour, the last whole hour last.

    Attributes
    ----------
    pool : active seconds that those who may work on this job gave to all jobs open to them.
    own : active seconds given to this job since it was opened.
    n_open : other jobs that these workers can choose among now.
    n_open_usual : how many there are on average.
    finished : what became of earlier forecasts.
    """

    pool: NDArray[np.float64] = field(default_factory=_nothing)
    own: NDArray[np.float64] = field(default_factory=_nothing)
    n_open: float = 0.0
    n_open_usual: float = 0.0
    finished: Finished = field(default_factory=Finished.none)
