"""What a screening of workers found: evidence for a person to judge, never a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from quality.core.labels import FloatArray, IntArray


class Signal(StrEnum):
    """Name what the answers look like."""

    TOO_FAST = "too_fast"
    CONSTANT = "constant"
    RANDOM = "random"
    COPYING = "copying"
    PATTERNED = "patterned"


@dataclass(frozen=True)
class Finding:
    """Hold the evidence against the harmless explanation for a worker or a pair.

    Parameters
    ----------
    workers : one worker number, or two.
    n_answers : answers (or common tasks) the evidence rests on.
    p_value : chance of evidence as strong under the harmless explanation.
    q_value : the same with regard to all tested (Benjamini-Hochberg): the share of false alarms to be expected
        among findings down to this one.
    evidence : what was measured, by name, beside what was to be expected.
    """

    signal: Signal
    workers: tuple[int, ...]
    n_answers: int
    p_value: float
    q_value: float
    evidence: Mapping[str, float]

    def to_json(self) -> dict[str, object]:
        """Return plain types."""
        return {
            "signal": self.signal.value,
            "workers": list(self.workers),
            "n_answers": self.n_answers,
            "p_value": self.p_value,
            "q_value": self.q_value,
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True)
class Screening:
    """Hold the findings at a level.

    Parameters
    ----------
    findings : those with q <= level, smallest p first.
    n_tested : workers or pairs with enough answers to be tested.
    level : share of false alarms tolerated among the findings.
    """

    signal: Signal
    findings: tuple[Finding, ...]
    n_tested: int
    level: float


def screening(
    signal: Signal,
    *,
    workers: IntArray,
    n_answers: IntArray,
    p_values: FloatArray,
    evidence: Mapping[str, FloatArray],
    level: float,
) -> Screening:
    """Correct for multiplicity and keep what stands out.

    Parameters
    ----------
    workers : (n_tested, 1 or 2).
    n_answers, p_values, and each of evidence : (n_tested,).
    """
    q_values = benjamini_hochberg(p_values)
    kept = np.flatnonzero(q_values <= level)
    kept = kept[np.argsort(p_values[kept], kind="stable")]
    findings = tuple(
        Finding(
            signal=signal,
            workers=tuple(int(worker) for worker in workers[row]),
            n_answers=int(n_answers[row]),
            p_value=float(p_values[row]),
            q_value=float(q_values[row]),
            evidence={name: float(values[row]) for name, values in evidence.items()},
        )
        for row in kept
    )
    return Screening(signal=signal, findings=findings, n_tested=len(p_values), level=level)


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """Return (n,) q-values.

    Source: Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    n = len(p_values)
    order = np.argsort(p_values, kind="stable")
    ranked = p_values[order] * n / np.arange(1, n + 1)
    q_values = np.empty(n)
    q_values[order] = np.minimum.accumulate(ranked[::-1])[::-1].clip(max=1.0)
    return q_values
