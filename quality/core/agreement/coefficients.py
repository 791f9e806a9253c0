"""A coefficient of agreement, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from quality.core.labels import FloatArray


class Undefined(StrEnum):
    """Say why a coefficient has no value."""

    NO_LABELS = "no_labels"
    NOTHING_PAIRABLE = "nothing_pairable"
    NO_VARIATION = "no_variation"


class Statistic(Protocol):
    """Compute one coefficient from weighted tasks, so that resampling tasks is only a matter of weights."""

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks that take part: those with at least two labels."""

    @property
    def n_labels(self) -> int:
        """Return the number of labels on those tasks."""

    def values(self, weights: FloatArray) -> FloatArray:
        """Return (n_columns,) coefficients for (n_tasks, n_columns) weights >= 0, NaN where undefined."""


@dataclass(frozen=True)
class Coefficient:
    """Hold a coefficient.

    Parameters
    ----------
    value : None where it is undefined.
    undefined : the reason, None where there is a value.
    n_tasks, n_labels : the tasks with at least two labels and the labels on them.
    """

    value: float | None
    undefined: Undefined | None
    n_tasks: int
    n_labels: int

    def to_json(self) -> dict[str, object]:
        """Return plain types."""
        return {
            "value": self.value,
            "undefined": self.undefined.value if self.undefined else None,
            "n_tasks": self.n_tasks,
            "n_labels": self.n_labels,
        }


def coefficient_of(statistic: Statistic, *, n_labels: int) -> Coefficient:
    """Evaluate a statistic on its own tasks; `n_labels` counts the lonely labels too, to tell the reasons apart."""
    if statistic.n_tasks == 0:
        reason = Undefined.NO_LABELS if n_labels == 0 else Undefined.NOTHING_PAIRABLE
        return Coefficient(value=None, undefined=reason, n_tasks=0, n_labels=0)
    value = float(statistic.values(np.ones((statistic.n_tasks, 1)))[0])
    undefined = None if np.isfinite(value) else Undefined.NO_VARIATION
    return Coefficient(
        value=None if undefined else value,
        undefined=undefined,
        n_tasks=statistic.n_tasks,
        n_labels=statistic.n_labels,
    )
