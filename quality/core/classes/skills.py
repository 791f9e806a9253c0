"""What is known of a crowd and of its workers on classes, in a form that can be stored."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from quality.core.classes.beliefs import Beliefs
from quality.core.classes.dawid_skene import DEFAULT_PRIORS, ConfusionPriors
from quality.core.labels import FloatArray

JSON_DIGITS = 6


@dataclass(frozen=True)
class CrowdSkill:
    """Hold the job's part: what to expect of tasks and of a worker of whom nothing is known.

    Parameters
    ----------
    classes : names, in the order of all arrays.
    class_prior : (n_classes,) sums to 1.
    confusion : (n_classes, n_classes) axis 0 = truth, rows sum to 1.
    strength : pseudo-answers per true class by which a worker is drawn towards `confusion`.
    """

    classes: tuple[str, ...]
    class_prior: FloatArray
    confusion: FloatArray
    strength: float

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        return {
            "classes": list(self.classes),
            "class_prior": _rounded(self.class_prior),
            "confusion": _rounded(self.confusion),
            "strength": self.strength,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> CrowdSkill:
        """Read what `to_json` wrote, rounding undone so that rows sum to 1 again."""
        prior = np.asarray(stored["class_prior"], dtype=np.float64)
        confusion = np.asarray(stored["confusion"], dtype=np.float64).reshape(len(prior), len(prior))
        return cls(
            classes=tuple(stored["classes"]),
            class_prior=prior / prior.sum() if len(prior) else prior,
            confusion=confusion / confusion.sum(axis=1, keepdims=True),
            strength=float(stored["strength"]),
        )


@dataclass(frozen=True)
class WorkerSkill:
    """Hold one worker's part: expected true classes behind each label used.

    Parameters
    ----------
    mass_of_label : label number -> (n_classes,) expected number of that label's uses per true class.
    """

    mass_of_label: Mapping[int, FloatArray] = field(default_factory=dict)

    @property
    def n_answers(self) -> float:
        """Return the number of answers the skill was learned from."""
        return float(sum(mass.sum() for mass in self.mass_of_label.values()))

    def likelihood(self, label: int, crowd: CrowdSkill) -> FloatArray:
        """Return (n_classes,) the expected chance that this worker gives the label under each true class."""
        mass = self.mass_of_label.get(label, 0.0) + crowd.strength * crowd.confusion[:, label]
        likelihood: FloatArray = mass / (self._total + crowd.strength)
        return likelihood

    def accuracy(self, crowd: CrowdSkill) -> float:
        """Return the expected chance that the worker is right on a task drawn from the class prior."""
        right = [self.likelihood(number, crowd)[number] for number in range(len(crowd.classes))]
        return float(crowd.class_prior @ np.asarray(right)) if right else 0.0

    @cached_property
    def _total(self) -> FloatArray | float:
        """Return (n_classes,) the expected answers per true class; 0 for a stranger."""
        return sum(self.mass_of_label.values(), start=0.0)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers, labels ascending."""
        labels = sorted(self.mass_of_label)
        return {"labels": labels, "mass": [_rounded(self.mass_of_label[label]) for label in labels]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> WorkerSkill:
        """Read what `to_json` wrote."""
        masses = (np.asarray(mass, dtype=np.float64) for mass in stored["mass"])
        return cls(mass_of_label=dict(zip((int(label) for label in stored["labels"]), masses, strict=True)))


UNKNOWN_WORKER = WorkerSkill()


@dataclass(frozen=True)
class ClassSkills:
    """Join the crowd's part with the workers' parts, by worker id."""

    crowd: CrowdSkill
    workers: Mapping[Any, WorkerSkill] = field(default_factory=dict)

    def of(self, worker_id: Hashable) -> WorkerSkill:
        """Return a worker's skill; of a stranger, what the crowd suggests."""
        return self.workers.get(worker_id, UNKNOWN_WORKER)

    @classmethod
    def cold(cls, classes: Sequence[str], *, priors: ConfusionPriors = DEFAULT_PRIORS) -> ClassSkills:
        """Return the skills of a job without answers: plain competence, all classes equally likely."""
        n_classes = len(classes)
        crowd = CrowdSkill(
            classes=tuple(classes),
            class_prior=np.full(n_classes, 1.0 / max(n_classes, 1)),
            confusion=priors.plain(n_classes),
            strength=priors.strength,
        )
        return cls(crowd=crowd)

    @classmethod
    def learned(cls, beliefs: Beliefs, *, classes: Sequence[str], worker_ids: Sequence[Hashable]) -> ClassSkills:
        """Return the skills that a batch run has found."""
        mass_of_label: dict[int, dict[int, FloatArray]] = {}
        tally = beliefs.tally
        for worker, label, mass in zip(tally.worker.tolist(), tally.label.tolist(), tally.mass, strict=True):
            mass_of_label.setdefault(worker, {})[label] = mass
        crowd = CrowdSkill(
            classes=tuple(classes),
            class_prior=beliefs.class_prior,
            confusion=beliefs.crowd_confusion,
            strength=beliefs.strength,
        )
        return cls(crowd=crowd, workers={worker_ids[w]: WorkerSkill(masses) for w, masses in mass_of_label.items()})

    def to_json(self) -> dict[str, Any]:
        """Return both parts; worker ids are written as text."""
        workers = {str(worker_id): skill.to_json() for worker_id, skill in self.workers.items()}
        return {"crowd": self.crowd.to_json(), "workers": workers}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ClassSkills:
        """Read what `to_json` wrote; worker ids come back as text."""
        workers = {worker_id: WorkerSkill.from_json(part) for worker_id, part in stored["workers"].items()}
        return cls(crowd=CrowdSkill.from_json(stored["crowd"]), workers=workers)


def _rounded(numbers: FloatArray) -> list[Any]:
    # Six digits keep stored skills small and readable; the answers behind them carry far less.
    rounded: list[Any] = np.round(numbers, JSON_DIGITS).tolist()
    return rounded
