"""What every way of splitting is told of assets, and what it makes of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NamedTuple, Self
from uuid import UUID

from labeling.core.annotations import Refusal
from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.refusals import read_object
from labeling.core.splitting.tile import Scope

MAX_TASKS = 5_000_000
# Of what one is asked for at most, so that a plan is counted in seconds.
MAX_PARTS = 4_096


class AssetFacts(NamedTuple):
    """An asset as far as splitting looks at it; a tuple, as a job may have a million.

    Attributes
    ----------
    width, height : pixels, where known.
    sequence : what it is a frame of; assets come sequence by sequence, each in its order, where a strategy asks.
    prelabel_id : the pre-label that can be shown with it, if there is one.
    """

    asset_id: UUID
    width: int | None = None
    height: int | None = None
    sequence: str = ""
    prelabel_id: UUID | None = None


class Alike(NamedTuple):
    """Assets that a strategy does not tell apart, counted; only what it asks about is stated.

    Where it reads sequences, the assets of one sequence.
    """

    n_assets: int
    width: int | None = None
    height: int | None = None
    is_prelabelled: bool = False


class Planned(NamedTuple):
    """A task to be made; `scope` is None where the whole asset is asked about, `batch` where there are no batches."""

    asset_id: UUID
    scope: Scope | None = None
    batch: int | None = None
    prelabel_id: UUID | None = None


@dataclass(frozen=True)
class Whole:
    """What is split, all together.

    Attributes
    ----------
    efforts_us : microseconds that one answer is expected to take, of each asset in order, where a strategy asks.
    """

    ontology: Ontology
    n_assets: int
    efforts_us: Sequence[int] = ()


@dataclass(frozen=True)
class Tally:
    """What a plan comes to; `n_aided` of the tasks show a pre-label."""

    n_tasks: int
    n_batches: int = 0
    n_aided: int = 0


@dataclass(frozen=True)
class Strategy(ABC):
    """A way to make tasks of assets; its fields are its parameters.

    Every asset is covered, none twice, and the tasks of an asset come one after the other.

    Attributes
    ----------
    in_batches : tasks of a batch are handed to one worker, in order.
    by_sequence : assets are read sequence by sequence.
    by_effort : how long assets take counts, and is known of the whole.
    by_size : the sizes of assets count.
    shows_prelabels : what is known of an asset is shown.
    makes_parts : an asset may become several tasks, whose conclusions are merged.
    """

    name: ClassVar[str]
    in_batches: ClassVar[bool] = False
    by_sequence: ClassVar[bool] = False
    by_effort: ClassVar[bool] = False
    by_size: ClassVar[bool] = False
    shows_prelabels: ClassVar[bool] = False
    makes_parts: ClassVar[bool] = False

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Return the strategy with these parameters.

        Raises
        ------
        Refusal
            Naming the parameter at fault.
        """
        read_object(given, "")
        return cls()

    @property
    def stated(self) -> dict[str, Any]:
        """Return name and parameters; what `read_split` would take."""
        return {"strategy": self.name, **asdict(self)}

    def check(self, annotation_type: str, ontology: Ontology) -> None:  # noqa: B027 -- most take everything
        """Refuse a type of annotation or an ontology that cannot be split so.

        Raises
        ------
        Refusal
            Naming `strategy`.
        """

    @abstractmethod
    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield the tasks, in the order in which they are handed out, holding no more than one asset."""

    def tally(self, whole: Whole, alike: Iterable[Alike]) -> Tally:
        """Return what `plan` would yield, exactly, counted.

        Parameters
        ----------
        alike : all assets, counted by what the strategy asks about; read only where that makes a difference.

        Raises
        ------
        Refusal
            Of assets that cannot be split so, or too many tasks.
        """
        return Tally(whole.n_assets)


def require_few(n_tasks: int) -> int:
    """Return a number of tasks that a job may have."""
    if n_tasks > MAX_TASKS:
        raise Refusal("strategy", f"This makes {n_tasks} tasks; a job has at most {MAX_TASKS}.")
    return n_tasks


def refuse_types(strategy: str, annotation_type: str, *, taken: frozenset[str], why: str) -> None:
    """Refuse a type of annotation that is not among those taken."""
    if annotation_type not in taken:
        raise Refusal("strategy", f"{strategy} does not split {annotation_type}: {why}")
