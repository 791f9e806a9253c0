"""What goes into aggregation and comes out of it, the same for every annotation type."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from quality.core.gold.ability import Ability
from quality.core.stopping import StoppingRule
from quality.core.terms import Scene, Terms

Json = dict[str, Any]


@dataclass(frozen=True)
class GivenAnswer:
    """A counted answer: whose, and its annotations as stored."""

    worker_id: UUID
    annotations: list[Json]


@dataclass(frozen=True)
class TaskAnswers:
    """A task's answers, first come first, and the size of its asset in pixels where that is known.

    Attributes
    ----------
    truth : the annotations known to be right; None of all tasks but gold.
    """

    task_id: UUID
    answers: Sequence[GivenAnswer]
    width: int | None
    height: int | None
    truth: list[Json] | None = None

    def scene(self, terms: Terms) -> Scene:
        """Return what the answers are about."""
        return Scene(terms, width=self.width, height=self.height)


@dataclass(frozen=True)
class Conclusion:
    """What the answers say of a task, as it is stored and shown.

    Attributes
    ----------
    value : as docs/annotations.md has it.
    confidence : 0 to 1.
    undecided : classes tie, so there is no single answer.
    information : nats that one more answer of an average worker tells; None where nobody estimates it.
    p_correct : chance to be right as gold calibrates it, 0 to 1; None where there is too little gold.
    n_reviews : verdicts of reviewers that are part of it.
    """

    value: Json
    confidence: float
    n_answers: int
    undecided: bool
    information: float | None = None
    p_correct: float | None = None
    n_reviews: int = 0


@dataclass(frozen=True)
class Fit:
    """A batch run: a conclusion for every task but gold, and the skills found, in JSON.

    Attributes
    ----------
    calibration : how far stated confidence may be trusted, learned from gold; None where the type has no such thing.
    """

    conclusions: Mapping[UUID, Conclusion]
    crowd: Json
    workers: Mapping[UUID, Json]
    method: str
    n_iter: int
    converged: bool
    calibration: Json | None = None


@dataclass(frozen=True)
class Bounds:
    """Hold what a number may be, both ends included."""

    least: float
    most: float


@dataclass(frozen=True)
class Recipe:
    """A method by name, with the parameters that differ from its own, as `checked` by the aggregator."""

    method: str
    parameters: Mapping[str, float]


class Aggregator(Protocol):
    """One annotation type's way from answers to a conclusion.

    Attributes
    ----------
    names_one_class : whether an answer is one class, so that answers can be counted and compared by it.
    """

    names_one_class: bool

    @property
    def methods(self) -> Mapping[str, Mapping[str, Bounds]]:
        """Return the parameters of each method, with their bounds; tasks are stopped by the first."""
        ...

    def conclude(self, task: TaskAnswers, *, terms: Terms, crowd: Json, workers: Mapping[UUID, Json]) -> Conclusion:
        """Conclude one task with the skills as they stand; no skills yet means what is plausible of anybody."""
        ...

    def fit(
        self,
        tasks: Iterable[TaskAnswers],
        *,
        terms: Terms,
        rule: StoppingRule,
        earlier: Mapping[UUID, Ability],
        recipe: Recipe | None = None,
    ) -> Fit:
        """Estimate all skills from all answers and conclude every task whose answer is not known.

        Parameters
        ----------
        tasks : gone through more than once where all of them at once would be too much.
        rule : by which the tasks were stopped.
        earlier : what gold of other jobs says of workers.
        recipe : one of `methods`; by default the first, with its own parameters.
        """
        ...

    def skill_of(self, ability: Ability, *, terms: Terms) -> Json | None:
        """Return an ability as the skill of a worker in a job without any, None where it says nothing of one."""
        ...

    def known(self, truth: list[Json], *, terms: Terms) -> Conclusion:
        """Return a known answer as a conclusion."""
        ...

    def parts(self, value: Json) -> list[Json]:
        """Return what a conclusion consists of, as annotations hold it; the class of what ties is None."""
        ...

    def as_annotations(self, value: Json, *, terms: Terms, min_confidence: float) -> list[Json] | None:
        """Return a conclusion's value as annotations, None where part of it is less sure, or is no annotation."""
        ...


def as_uuid(identifier: object) -> UUID:
    """Return an id that went through the numeric core, which takes any."""
    assert isinstance(identifier, UUID)  # noqa: S101 -- the ids that were put in
    return identifier
