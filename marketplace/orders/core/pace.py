"""From how long answers took to what an hour pays, and to what a promised wage is short of.

Nobody's word moves a job's pace much: each worker counts by the median of their own answers, with a weight that more
answers do not raise without limit, and the job's pace is the weighted median over its workers.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final
from uuid import UUID

from labeling.core.shares import part_of

HOUR_MS: Final = 3_600_000
LEAST_WORKERS: Final = 5
LEAST_ANSWERS: Final = 3
MOST_WEIGHT: Final = 25
# Below this many workers nothing is shown of a job: a median of few is somebody's own.
SHOWN_FROM: Final = 10
SHOWN_STEP_MICROS: Final = 50_000
# Of a normal distribution: its standard deviation by the median deviation; a median's error by that of a mean.
_MAD: Final = 1.4826
_MEDIAN_ERROR: Final = 1.2533
_Z95: Final = 1.96


@dataclass(frozen=True, order=True)
class WorkKind:
    """Work that is paid alike: the kind of task, whether a pre-label was shown, and the pay of an answer."""

    kind: str
    aided: bool
    pay_micros: int


@dataclass(frozen=True)
class WorkerPace:
    """The median time of one worker's answers of a kind."""

    worker_id: UUID
    work: WorkKind
    n: int
    median_ms: int


@dataclass(frozen=True)
class Earned:
    """So many answers of a worker and kind, of which this share of the pay was earned."""

    worker_id: UUID
    work: WorkKind
    share_ppm: int
    n: int


@dataclass(frozen=True)
class KindPace:
    """The pace of a job at one kind of work: the weighted median over its workers."""

    work: WorkKind
    n_workers: int
    n_answers: int
    median_ms: int

    @property
    def hourly_micros(self) -> int:
        """Return what an hour of it pays."""
        return self.work.pay_micros * HOUR_MS // max(1, self.median_ms)

    def missing_micros(self, promised_micros: int) -> int:
        """Return what an answer is short of a promised wage an hour, up to the micro-unit."""
        return max(0, -(-promised_micros * self.median_ms // HOUR_MS) - self.work.pay_micros)


@dataclass(frozen=True)
class HourlyPay:
    """What an hour pays: the median over workers, in 95 % of cases between low and high."""

    median_micros: int
    low_micros: int
    high_micros: int
    n_workers: int


def paces_of(workers: Sequence[WorkerPace]) -> list[KindPace]:
    """Return the pace at every kind of work that enough workers have done often enough."""
    by_kind: defaultdict[WorkKind, list[WorkerPace]] = defaultdict(list)
    for each in workers:
        if each.n >= LEAST_ANSWERS:
            by_kind[each.work].append(each)
    return [
        KindPace(
            work=work,
            n_workers=len(done),
            n_answers=sum(each.n for each in done),
            median_ms=weighted_median([(each.median_ms, min(each.n, MOST_WEIGHT)) for each in done]),
        )
        for work, done in sorted(by_kind.items())
        if len(done) >= LEAST_WORKERS
    ]


def weighted_median(values: Sequence[tuple[int, int]]) -> int:
    """Return the least value that half of the weight does not exceed.

    >>> weighted_median([(10, 1), (20, 1), (90, 1)]), weighted_median([(10, 3), (20, 1), (90, 1)])
    (20, 10)
    """
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    seen = 0
    for value, weight in ordered:
        seen += weight
        if seen >= half:
            return value
    raise ValueError("Of nothing there is no median.")


def hourly_of_workers(workers: Sequence[WorkerPace]) -> dict[UUID, int]:
    """Return what an hour paid each worker: all of their pay by the time that their medians make of it."""
    pay: defaultdict[UUID, int] = defaultdict(int)
    ms: defaultdict[UUID, int] = defaultdict(int)
    n: defaultdict[UUID, int] = defaultdict(int)
    for each in workers:
        pay[each.worker_id] += each.n * each.work.pay_micros
        ms[each.worker_id] += each.n * each.median_ms
        n[each.worker_id] += each.n
    return {who: pay[who] * HOUR_MS // max(1, ms[who]) for who in pay if n[who] >= LEAST_ANSWERS}


def hourly_pay(by_worker: Sequence[int]) -> HourlyPay | None:
    """Return what an hour pays, coarsely, or None where so few worked that it would tell of one of them.

    The interval is that of a median of a log-normal spread, which is estimated by the median deviation: no end of it is
    any worker's own figure.
    """
    if len(by_worker) < SHOWN_FROM:
        return None
    logs = sorted(log(max(1, each)) for each in by_worker)
    middle = _median(logs)
    spread = _MAD * _median(sorted(abs(each - middle) for each in logs))
    margin = _Z95 * _MEDIAN_ERROR * spread / sqrt(len(logs))
    low, median, high = (_coarse(exp(middle + shift)) for shift in (-margin, 0.0, margin))
    return HourlyPay(median, low, high, len(logs))


def owed_to(earned: Sequence[Earned], paces: Sequence[KindPace], *, promised_micros: int) -> dict[UUID, int]:
    """Return what each worker is to get on top of the pay in all, for an hour to pay what was promised."""
    missing = {pace.work: pace.missing_micros(promised_micros) for pace in paces}
    owed: defaultdict[UUID, int] = defaultdict(int)
    for each in earned:
        owed[each.worker_id] += each.n * part_of(missing.get(each.work, 0), each.share_ppm)
    return {worker_id: micros for worker_id, micros in owed.items() if micros}


def divided(due: dict[UUID, int], available_micros: int) -> dict[UUID, int]:
    """Return what each gets now where there is not enough for all: in proportion, all of what there is.

    Micro-units that do not divide go one each to those who lose most by rounding.

    >>> list(divided({UUID(int=1): 30, UUID(int=2): 10}, 20).values())
    [15, 5]
    >>> list(divided({UUID(int=1): 10, UUID(int=2): 30}, 3).values())
    [1, 2]
    """
    total = sum(due.values())
    if total <= available_micros:
        return dict(due)
    shares = {worker_id: micros * available_micros // total for worker_id, micros in due.items()}
    left = available_micros - sum(shares.values())
    for worker_id in sorted(due, key=lambda who: (-(due[who] * available_micros % total), who))[:left]:
        shares[worker_id] += 1
    return {worker_id: micros for worker_id, micros in shares.items() if micros}


def _median(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _coarse(micros: float) -> int:
    return round(micros / SHOWN_STEP_MICROS) * SHOWN_STEP_MICROS
