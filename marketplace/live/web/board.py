"""What the page of a job shows, read so that the socket can go on from exactly there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import PositiveBigIntegerField, Subquery, Value
from django.db.models.functions import Coalesce

from labeling.models import RetiredReason, Task, TaskState
from marketplace.live.api.progress import JobProgress
from marketplace.live.models import Event, Stream, StreamType
from marketplace.live.web.words import money, sentence

SHOWN_TASKS = 2_000
SHOWN_EVENTS = 30
# Which reasons for retirement stand for themselves, in the order of the bar; the others are gathered in the last.
BAR = (RetiredReason.CONFIDENT, RetiredReason.DISPUTED, RetiredReason.SUPPLY, RetiredReason.CANCELLED)


@dataclass(frozen=True)
class Cell:
    """A task in the grid."""

    task_id: str
    ordinal: int
    state: str
    n_counted: int


@dataclass(frozen=True)
class Segment:
    """A part of the bar, in percent of its length."""

    name: str
    start: float
    width: float


@dataclass(frozen=True)
class Tile:
    """A number with its name."""

    key: str
    name: str
    value: str


@dataclass(frozen=True)
class Line:
    """An event in words."""

    seq: int
    event: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Grid:
    """Cells as they were after the event number `seq`."""

    cells: list[Cell]
    seq: int


def read_grid(progress: JobProgress) -> Grid:
    """Return the first tasks with the number of the latest event they know of, both of one instant."""
    stream = Stream.objects.filter(type=StreamType.JOB, subject_id=progress.job.pk).values("seq")
    latest = Coalesce(Subquery(stream, output_field=PositiveBigIntegerField()), Value(0))
    rows = list(
        Task.objects.annotations()
        .filter(job=progress.job)
        .annotate(latest=latest)
        .order_by("ordinal")
        .values_list("pk", "ordinal", "state", "retired_reason", "n_counted", "latest")[:SHOWN_TASKS]
    )
    cells = [
        Cell(str(pk), ordinal, state if state == TaskState.OPEN else reason, n_counted)
        for pk, ordinal, state, reason, n_counted, _ in rows
    ]
    return Grid(cells, seq=rows[0][-1] if rows else progress.seq)


def read_lines(progress: JobProgress) -> list[Line]:
    """Return the last events up to the progress shown, latest first."""
    events = list(
        Event.objects.filter(stream__type=StreamType.JOB, stream__subject_id=progress.job.pk, seq__lte=progress.seq)
        .order_by("-seq")
        .values_list("seq", "type", "at", "data")[:SHOWN_EVENTS]
    )
    task_ids = {data["task"] for *_, data in events if "task" in data}
    ordinals = {str(pk): n for pk, n in Task.objects.filter(pk__in=task_ids).values_list("pk", "ordinal")}
    currency = progress.job.currency
    return [
        Line(seq or 0, kind, at, sentence(kind, data, ordinals=ordinals, currency=currency))
        for seq, kind, at, data in events
    ]


def tiles(progress: JobProgress) -> list[Tile]:
    """Return the counters worth a look."""
    counters = progress.counters
    n_answers = counters.get("answers", 0)
    n_tasks = progress.job.n_tasks
    mean = f"{n_answers / n_tasks:.2f}" if n_tasks else "-"
    return [
        Tile("answers", "Answers", f"{n_answers:,}"),
        Tile("mean", "Answers per task", mean),
        Tile("leased", "In work now", f"{counters.get('leased', 0):,}"),
        Tile("accepted", "Accepted", f"{counters.get('accepted', 0):,}"),
        Tile("paid_micros", "Paid to workers", money(counters.get("paid_micros", 0), progress.job.currency)),
        Tile("retired_confident", "Confident", f"{counters.get('retired_confident', 0):,}"),
        Tile("retired_disputed", "Disputed", f"{counters.get('retired_disputed', 0):,}"),
        Tile("retired_supply", "Out of workers", f"{counters.get('retired_supply', 0):,}"),
    ]


def segments(progress: JobProgress) -> list[Segment]:
    """Return the parts of the bar, left to right."""
    return list(_segments(progress))


def _segments(progress: JobProgress) -> Iterator[Segment]:
    n_tasks = progress.job.n_tasks
    start = 0.0
    for reason in BAR:
        width = 100 * progress.counters.get(f"retired_{reason}", 0) / n_tasks if n_tasks else 0.0
        yield Segment(reason.value, start, width)
        start += width
