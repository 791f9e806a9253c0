"""All signals of a job at one look: what is sure enough, and large enough, to put before a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.signals.constancy import constant_answers
from quality.core.signals.copying import copied_answers
from quality.core.signals.findings import Finding, Screening, Signal
from quality.core.signals.pace import too_fast
from quality.core.signals.randomness import random_answers

# Chance, over the whole life of an honest job, that anybody is suspected at all, were every p-value exact.
FALSE_ALARMS = 0.05
N_SIGNALS = 4
# Fewer workers have no bulk to be compared with.
MIN_WORKERS = 8
MAX_PACE_RATIO = 0.5
LEAST_DIFFERENCE = 0.2
LEAST_SHARED_RATIO = 2.0
LEAST_SHARED_EXCESS = 3.0


@dataclass(frozen=True)
class Times:
    """Hold (n_answers,) task and worker numbers and the seconds each answer took (NaN: unknown)."""

    task: IntArray
    worker: IntArray
    seconds: FloatArray


@dataclass(frozen=True)
class Suspicion:
    """Hold a finding with what it was held against: workers or pairs tested, and the level of its test."""

    finding: Finding
    n_tested: int
    level: float


def level_of_look(look: int) -> float:
    """Return the level of each signal at the look 1, 2, ...; over all looks and signals it sums to FALSE_ALARMS."""
    return FALSE_ALARMS / N_SIGNALS / (look * (look + 1))


def screen(times: Times, labels: LabelMatrix | None, *, look: int) -> tuple[Suspicion, ...]:
    """Find what stands out at a look.

    Parameters
    ----------
    labels : class answers, None where the annotation type has none: then only times are looked at.
    look : 1, 2, ...; each look spends its part of the false alarms allowed to the job.

    Notes
    -----
    A finding must be significant with regard to all workers or pairs tested (Benjamini-Hochberg) and large: half the
    job's time at most, a share that differs by 0.2, twice the shared deviations expected and three more. The tails are
    fitted to the crowd's bulk, which underrates small honest differences in large samples; those are never large.
    """
    level = level_of_look(look)
    if len(np.unique(times.worker)) < MIN_WORKERS:
        return ()
    screenings = [too_fast(times.task, times.worker, times.seconds, floor_s=0.0, level=level)]
    if labels is not None:
        screenings += [f(labels, level=level) for f in (constant_answers, random_answers, copied_answers)]
    return tuple(suspicion for screening in screenings for suspicion in _large(screening))


def _large(screening: Screening) -> list[Suspicion]:
    is_large = _LARGE[screening.signal]
    return [
        Suspicion(finding, n_tested=screening.n_tested, level=screening.level)
        for finding in screening.findings
        if is_large(finding.evidence)
    ]


_LARGE: dict[Signal, Callable[[Mapping[str, float]], bool]] = {
    Signal.TOO_FAST: lambda seen: seen["pace_ratio"] <= MAX_PACE_RATIO,
    Signal.CONSTANT: lambda seen: seen["share_given"] - seen["share_implied"] >= LEAST_DIFFERENCE,
    Signal.RANDOM: lambda seen: seen["agreement_expected"] - seen["agreement"] >= LEAST_DIFFERENCE,
    Signal.COPYING: lambda seen: (
        seen["shared_deviations"]
        >= max(
            LEAST_SHARED_RATIO * seen["shared_deviations_expected"],
            LEAST_SHARED_EXCESS + seen["shared_deviations_expected"],
        )
    ),
}
