"""What a forecast is made of: the work that is left, who there is to do it, and what was seen so far."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.profile import HOURS_OF_WEEK, default_profile

QUANTILES = (0.50, 0.85, 0.95)
_PAY_LEVELS = (0.1, 10.0)


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
    copies_of_last : how many people are asked at once for each of the last answers.
    progress : share of the job's answers that are given, 0 to 1.
    pay_level : what it pays by the hour, beside what jobs usually pay; 1 where that is not known.
    """

    n_answers: float
    seconds_per_answer: float
    n_tasks: int
    n_reviews: float = 0.0
    seconds_per_review: float = 0.0
    rework_share: float = 0.1
    lease_s: float = 1_800.0
    n_leased: int = 0
    copies_of_last: int = 1
    progress: float = 0.0
    pay_level: float = 1.0

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
    boost : factor on the time that people give to this job, where something is to be changed.
    level_sigma : how little is known of the rate: standard deviation of its logarithm.
    reviewer_sessions_per_h : where others than the workers check: their sessions in an hour.
    """

    sessions_per_h: float = 4.0
    share: float = 0.5
    profile: NDArray[np.float64] = field(default_factory=default_profile)
    session_s: float = 1_500.0
    session_sigma: float = 1.0
    pace_sigma: float = 0.4
    task_sigma: float = 0.7
    abandoned: float = 0.15
    n_active: float = 0.0
    n_workers: int | None = None
    boost: float = 1.0
    level_sigma: float = 1.0
    reviewer_sessions_per_h: float | None = None


class Trait(IntEnum):
    """What of a job may tell, when a forecast is made, in which direction the model errs; logarithms, but 4 and 5."""

    MODEL = 0  # seconds to the uncorrected P50
    EFFORT = 1  # seconds of work left
    COMPETITION = 2  # other jobs open, and one
    AGE = 3  # whole hours since it opened, and one
    PROGRESS = 4  # share of the answers given
    BEGUN = 5  # 1 where there are any
    LEVEL = 6  # the pool's last day beside a day of its last week
    POOL = 7  # the pool's hour on average over that week
    MEAN_RATE = 8  # what is left by the job's mean rate so far, beside the uncorrected P50; 0 before there is one
    RIVALS = 9  # jobs open now beside how many there usually are
    PAY = 10  # by the hour, beside what is usual
    USUAL_RATE = 11  # what is left by an equal share of the last week's work, beside the uncorrected P50


@dataclass(frozen=True)
class Outcomes:
    """What became of earlier forecasts of jobs that have ended, in the order of their ends.

    Attributes
    ----------
    raw : (n, 3) seconds forecast before correction, by quantile.
    taken : (n,) seconds from the forecast to the end.
    traits : (n, n_traits) of the jobs when the forecasts were made, see `Trait`.
    missed : (2, 3) how much more often than it should each quantile was missed, lately and for a while, see
        `missed_lately`.
    """

    raw: NDArray[np.float64]
    taken: NDArray[np.float64]
    traits: NDArray[np.float64]
    missed: NDArray[np.float64]

    @classmethod
    def none(cls) -> "Outcomes":
        """Return that nothing was learned yet."""
        n_quantiles = len(QUANTILES)
        return cls(np.zeros((0, n_quantiles)), np.zeros(0), np.zeros((0, len(Trait))), np.zeros((2, n_quantiles)))

    def __len__(self) -> int:
        return len(self.taken)


@dataclass(frozen=True)
class History:
    """What was seen up to now, hour by hour, the last whole hour last.

    Attributes
    ----------
    pool : active seconds that those who may work on this job gave to all jobs open to them.
    own : active seconds given to this job since it was opened.
    n_open : other jobs that these workers can choose among now.
    n_open_usual : how many there are on average.
    outcomes : what became of earlier forecasts.
    """

    pool: NDArray[np.float64] = field(default_factory=_nothing)
    own: NDArray[np.float64] = field(default_factory=_nothing)
    n_open: float = 0.0
    n_open_usual: float = 0.0
    outcomes: Outcomes = field(default_factory=Outcomes.none)


def traits_of(work: Work, history: History, *, p50_s: float) -> NDArray[np.float64]:
    """Return a job's traits, as `Trait` numbers them."""
    week = history.pool[-HOURS_OF_WEEK:]
    a_day = 24 * float(week.mean()) if len(week) else 0.0
    traits = np.empty(len(Trait))
    traits[Trait.MODEL] = np.log(max(p50_s, 1.0))
    traits[Trait.EFFORT] = np.log(max(work.effort_s, 1.0))
    traits[Trait.COMPETITION] = np.log1p(history.n_open)
    traits[Trait.AGE] = np.log1p(len(history.own))
    traits[Trait.PROGRESS] = work.progress
    traits[Trait.BEGUN] = float(work.progress > 0)
    traits[Trait.LEVEL] = np.log((week[-24:].sum() + 1) / (a_day + 1))
    traits[Trait.POOL] = np.log1p(a_day / 24)
    own = float(history.own.sum())
    by_rate_s = work.effort_s * len(history.own) * 3_600 / own if own > 0 else p50_s
    traits[Trait.MEAN_RATE] = np.log(max(by_rate_s, 60.0) / max(p50_s, 60.0))
    traits[Trait.USUAL_RATE] = 0.0
    if len(week) > 24 and a_day > 0:
        by_usual_s = work.effort_s * (1 + history.n_open_usual) * 86_400 / a_day
        traits[Trait.USUAL_RATE] = np.log(max(by_usual_s, 60.0) / max(p50_s, 60.0))
    traits[Trait.RIVALS] = np.log((1 + history.n_open) / (1 + history.n_open_usual))
    traits[Trait.PAY] = np.log(np.clip(work.pay_level, *_PAY_LEVELS))
    return traits
