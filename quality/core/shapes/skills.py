"""What is known of a crowd and of its workers on shapes, in a form that can be stored."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quality.core.classes.skills import ClassSkills, CrowdSkill, WorkerSkill

# Were anybody believed to err less than this, two or three witnesses against an object would outweigh all others.
MIN_RATE, MAX_RATE = 0.05, 0.95


@dataclass(frozen=True)
class DetectionPriors:
    """Hold what is assumed of finding objects before any answer.

    Parameters
    ----------
    objects_per_task : mean number of objects.
    mistakes_per_task : mean number of things that are none but may be drawn.
    miss : chance that a worker leaves out an object.
    false_alarm : chance that a worker draws one of the things that are none. It is not learned for the crowd, only
        for each worker: many mistakes drawn seldom look just like few drawn often.
    crowd_strength : pseudo-observations behind `miss`, pseudo-tasks behind both means.
    worker_strength : pseudo-observations by which a worker's rates are drawn towards the crowd's.
    difficulty : standard deviation, in logits, of how hard objects are to find, learned from here on. At 0 workers
        miss independently; in truth what one leaves out, others leave out too.
    """

    objects_per_task: float = 1.0
    mistakes_per_task: float = 0.5
    miss: float = 0.15
    false_alarm: float = 0.1
    crowd_strength: float = 20.0
    worker_strength: float = 30.0
    difficulty: float = 1.5

    def __post_init__(self) -> None:
        if not all(0.0 < chance < 1.0 for chance in (self.miss, self.false_alarm)):
            raise ValueError("chances must lie in (0, 1)")
        positive = (self.objects_per_task, self.mistakes_per_task, self.crowd_strength, self.worker_strength)
        if min(positive) <= 0.0:
            raise ValueError("means and strengths must be positive")
        if self.difficulty < 0.0:
            raise ValueError("the difficulty must not be negative")


DEFAULT_DETECTION_PRIORS = DetectionPriors()


@dataclass(frozen=True)
class CrowdDetection:
    """Hold the job's part: what to expect of a task, and of a worker of whom nothing is known.

    The fields have the meaning they have in `DetectionPriors`; `strength` is its `worker_strength`.
    """

    objects_per_task: float
    mistakes_per_task: float
    miss: float
    false_alarm: float
    strength: float
    difficulty: float = 0.0

    @classmethod
    def cold(cls, priors: DetectionPriors) -> CrowdDetection:
        """Return what is assumed before any answer."""
        return cls(
            objects_per_task=priors.objects_per_task,
            mistakes_per_task=priors.mistakes_per_task,
            miss=priors.miss,
            false_alarm=priors.false_alarm,
            strength=priors.worker_strength,
            difficulty=priors.difficulty,
        )


@dataclass(frozen=True)
class WorkerDetection:
    """Hold one worker's part: expected counts over the objects, and over the mistakes, of the tasks answered."""

    n_found: float = 0.0
    n_missed: float = 0.0
    n_false: float = 0.0
    n_spared: float = 0.0

    def miss(self, crowd: CrowdDetection) -> float:
        """Return the chance that this worker leaves out an object."""
        return _drawn(self.n_missed, self.n_found, towards=crowd.miss, strength=crowd.strength)

    def false_alarm(self, crowd: CrowdDetection) -> float:
        """Return the chance that this worker joins in a mistaken object."""
        return _drawn(self.n_false, self.n_spared, towards=crowd.false_alarm, strength=crowd.strength)


UNKNOWN_WORKER = WorkerDetection()


@dataclass(frozen=True)
class ShapeSkills:
    """Join what is known of finding objects with what is known of naming them."""

    crowd: CrowdDetection
    naming: ClassSkills
    workers: Mapping[Any, WorkerDetection] = field(default_factory=dict)

    def of(self, worker_id: Hashable) -> WorkerDetection:
        """Return a worker's detection; of a stranger, what the crowd suggests."""
        return self.workers.get(worker_id, UNKNOWN_WORKER)

    @classmethod
    def cold(cls, classes: Sequence[str], *, priors: DetectionPriors = DEFAULT_DETECTION_PRIORS) -> ShapeSkills:
        """Return the skills of a job without answers."""
        return cls(crowd=CrowdDetection.cold(priors), naming=ClassSkills.cold(classes))

    def crowd_json(self) -> dict[str, Any]:
        """Return the job's part as plain lists and numbers."""
        return {"detection": dict(vars(self.crowd)), "naming": self.naming.crowd.to_json()}

    def worker_json(self, worker_id: Hashable) -> dict[str, Any]:
        """Return one worker's part as plain lists and numbers."""
        return {"detection": dict(vars(self.of(worker_id))), "naming": self.naming.of(worker_id).to_json()}

    @classmethod
    def from_parts(cls, crowd: Mapping[str, Any], workers: Mapping[Any, Mapping[str, Any]]) -> ShapeSkills:
        """Read what `crowd_json` and, by worker id, `worker_json` wrote."""
        naming = ClassSkills(
            crowd=CrowdSkill.from_json(crowd["naming"]),
            workers={worker_id: WorkerSkill.from_json(part["naming"]) for worker_id, part in workers.items()},
        )
        return cls(
            crowd=CrowdDetection(**crowd["detection"]),
            naming=naming,
            workers={worker_id: WorkerDetection(**part["detection"]) for worker_id, part in workers.items()},
        )


def _drawn(n_yes: float, n_no: float, *, towards: float, strength: float) -> float:
    """Return a rate drawn towards the crowd's, kept off 0 and 1, where one answer would decide a task."""
    rate = (n_yes + strength * towards) / (n_yes + n_no + strength)
    return min(max(rate, MIN_RATE), MAX_RATE)
