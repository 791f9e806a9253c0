"""Reading what is exported, past the ORM: its rows and its reading of JSON would take most of the time.

Pages by key and not one long query: each is a short statement, so no snapshot is held open for minutes, and whoever
uses the rows may take as long as it likes. A page ends early where much was drawn, so that memory hangs neither on the
job nor on its images. JSON waits as text until its row is used: millions of small objects that live longer than that
would keep the garbage collector busy. All that is read is immutable by the time a job has ended, but for the erasing
of assets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg import Connection, Cursor, Error, capabilities
from psycopg.rows import TupleRow

PAGE = 2_000
# Characters of JSON after which a page ends; the row that passes it is the last.
PAGE_CHARACTERS = 4_000_000
# Rows that the driver hands over at a time.
ROWS_AT_ONCE = 50
# Annotations in the answers that are held at once; a task with more comes alone.
BATCH_ANNOTATIONS = 20_000


@dataclass(frozen=True)
class Reading:
    """What is read.

    Attributes
    ----------
    run_id : the consensus run whose labels are wanted.
    since_run_id : only what this earlier run concluded otherwise, where there is one.
    with_groups : rows tell which assets show the same.
    """

    job_id: UUID
    snapshot_id: UUID
    run_id: UUID
    since_run_id: UUID | None = None
    with_groups: bool = False


# The columns of an answer or of a check, JSON as text.
Given = tuple[Any, ...]


class Row(NamedTuple):
    """An asset with the task that it was labeled in, and the label.

    Attributes
    ----------
    place : of the task in the job, or of the copy among the copies; ascending.
    group : the same for assets that show the same; empty where it is not wanted.
    ordinal : of the task.
    labeled_as : the asset whose label it is, of a copy; else empty.
    value : JSON.
    scope : JSON, of a part of an asset.
    """

    place: int
    task_id: UUID
    asset_id: str
    external_id: str
    width: int | None
    height: int | None
    sha256: str
    content_type: str
    n_bytes: int
    storage_key: str
    group: str
    ordinal: int
    retired_reason: str
    labeled_as: str
    state: str | None
    confidence: float | None
    p_correct: float | None
    n_answers: int
    value: str | None
    scope: str | None


class Tombstone(NamedTuple):
    """An asset that was erased."""

    asset_id: str
    external_id: str
    erased_at: datetime


_ASSET: LiteralString = """
    a.id::text, a.external_id, a.width, a.height, a.sha256, a.content_type, a.n_bytes,
    CASE WHEN a.storage = '' THEN a.storage_key ELSE '' END"""
_LABEL: LiteralString = "l.state, l.confidence, l.p_correct, coalesce(l.n_answers, 0), l.value::text"
# A copy counts as its first; pictures of the same content belong together even where somebody kept them apart.
_GROUP: LiteralString = """
    coalesce(
        nullif(coalesce(f.content_sha256, a.content_sha256), ''), nullif(coalesce(f.sha256, a.sha256), ''),
        coalesce(f.id, a.id)::text
    )"""
_FIRST: LiteralString = "LEFT JOIN labeling_asset f ON f.id = a.duplicate_of_id"
# Of an asset that was asked about in parts all parts are read, whether or not they changed: they make one label.
_CHANGED: LiteralString = """
    AND (
        t.scope IS NOT NULL
        OR (l.state, l.confidence, l.value, l.n_answers) IS DISTINCT FROM (e.state, e.confidence, e.value, e.n_answers)
    )"""
_EARLIER: LiteralString = "LEFT JOIN quality_consensuslabel e ON e.run_id = %(since)s AND e.task_id = t.id"
_SIZES: LiteralString = """
    SELECT task_id, sum(n_annotations) FROM labeling_answer
    WHERE task_id = ANY(%(tasks)s) AND counted GROUP BY task_id"""
_ANSWERS: LiteralString = """
    SELECT n.task_id, w.pseudonym, p.annotations::text, n.active_ms, n.submitted_at
    FROM labeling_answer n
    JOIN labeling_answerpayload p ON p.answer_id = n.id
    JOIN labeling_jobworker w ON w.job_id = n.job_id AND w.worker_id = n.worker_id
    WHERE n.task_id = ANY(%(tasks)s) AND n.counted ORDER BY n.id"""
_CHECKS: LiteralString = """
    SELECT c.parent_task_id, c.kind, coalesce(w.pseudonym, ''), coalesce(v.verdict, ''),
           coalesce(v.conflicts, '[]')::text, coalesce(v.comment, ''), p.annotations::text, n.submitted_at
    FROM labeling_task c
    JOIN labeling_answer n ON n.task_id = c.id
    JOIN labeling_answerpayload p ON p.answer_id = n.id
    LEFT JOIN labeling_review v ON v.answer_id = n.id
    LEFT JOIN labeling_jobworker w ON w.job_id = n.job_id AND w.worker_id = n.worker_id
    WHERE c.parent_task_id = ANY(%(tasks)s) AND c.kind IN ('review', 'adjudicate') ORDER BY n.id"""


class _Part(NamedTuple):
    """Where rows come from, in the order of a key."""

    key: LiteralString
    after: LiteralString
    labeled_as: LiteralString
    tables: LiteralString
    condition: LiteralString


_TASKS = _Part(
    "t.ordinal",
    "t.ordinal > %(after)s",
    "''",
    "labeling_task t JOIN labeling_asset a ON a.id = t.asset_id",
    "t.job_id = %(job)s AND t.kind = 'annotate'",
)
_COPIES = _Part(
    "o.id",
    # A copy comes once for each part of its asset.
    "(o.id, t.ordinal) > (%(after)s, %(after_ordinal)s)",
    "t.asset_id::text",
    """labeling_snapshotomission o
    JOIN labeling_task t ON t.job_id = %(job)s AND t.kind = 'annotate' AND t.asset_id = o.labeled_as_id
    JOIN labeling_asset a ON a.id = o.asset_id""",
    "o.snapshot_id = %(snapshot)s AND o.reason = 'duplicate'",
)


def read_rows(reading: Reading) -> Iterator[Row]:
    """Yield the job's tasks by ordinal, and then the copies of their assets, each labeled as its first is."""
    raw = _connected()
    # A page ahead: the database works while a page is written. The connection's own lock keeps statements apart.
    with _without_helpers(raw), ThreadPoolExecutor(max_workers=1) as ahead:
        for part in (_TASKS, _COPIES):
            query = _statement(reading, part)
            coming = ahead.submit(_page, raw, query, reading, after=(0, 0))
            while page := coming.result():
                coming = ahead.submit(_page, raw, query, reading, after=(page[-1].place, page[-1].ordinal))
                yield from page


@contextmanager
def _without_helpers(raw: Connection[TupleRow]) -> Iterator[None]:
    """Keep the database from starting parallel workers, which for a page takes longer than the page."""
    raw.execute("SET max_parallel_workers_per_gather = 0")
    try:
        yield
    finally:
        with suppress(Error):  # of a connection that broke, or a transaction that failed, there is nothing to put back
            raw.execute("RESET max_parallel_workers_per_gather")


def read_given(tasks: Sequence[Row]) -> Iterator[tuple[Row, list[Given], list[Given]]]:
    """Yield the rows of tasks with their counted answers and their checks: what `RawAnswer` and `Checked` hold."""
    sizes: dict[UUID, int] = dict(_rows(_SIZES, [task.task_id for task in tasks]))
    for batch in _batches(tasks, sizes):
        ids = [task.task_id for task in batch]
        answers, checks = _by_task(_rows(_ANSWERS, ids)), _by_task(_rows(_CHECKS, ids))
        for task in batch:
            yield task, answers.get(task.task_id, []), checks.get(task.task_id, [])


def _batches(tasks: Sequence[Row], sizes: Mapping[UUID, int]) -> Iterator[list[Row]]:
    """Yield the tasks in groups with a bounded number of annotations in their answers."""
    batch: list[Row] = []
    n_held = 0
    for task in tasks:
        size = int(sizes.get(task.task_id, 0))
        if batch and n_held + size > BATCH_ANNOTATIONS:
            yield batch
            batch, n_held = [], 0
        batch.append(task)
        n_held += size
    if batch:
        yield batch


def _by_task(rows: Iterable[TupleRow]) -> dict[UUID, list[Given]]:
    given: defaultdict[UUID, list[Given]] = defaultdict(list)
    for task_id, *facts in rows:
        given[task_id].append(tuple(facts))
    return given


def _rows(query: LiteralString, task_ids: Sequence[UUID]) -> list[TupleRow]:
    with _connected().cursor(binary=True) as cursor:
        return cursor.execute(query, {"tasks": list(task_ids)}).fetchall()


def _statement(reading: Reading, part: _Part) -> LiteralString:
    group: LiteralString = _GROUP if reading.with_groups else "''"
    joins: LiteralString = (
        (_FIRST if reading.with_groups else "")
        + " LEFT JOIN quality_consensuslabel l ON l.run_id = %(run)s AND l.task_id = t.id "
        + (_EARLIER if reading.since_run_id else "")
    )
    columns: LiteralString = (
        f"{part.key}, t.id, {_ASSET}, {group}, t.ordinal, t.retired_reason, {part.labeled_as}, {_LABEL}, t.scope::text"
    )
    condition: LiteralString = f"{part.condition} AND {part.after} AND a.tombstoned_at IS NULL"
    changed: LiteralString = _CHANGED if reading.since_run_id else ""
    end: LiteralString = f"{changed} ORDER BY {part.key}, t.ordinal LIMIT %(page)s"
    return f"SELECT {columns} FROM {part.tables} {joins} WHERE {condition} {end}"  # noqa: S608 - of literals alone


def _page(raw: Connection[TupleRow], query: LiteralString, reading: Reading, *, after: tuple[int, int]) -> list[Row]:
    names = {
        "job": reading.job_id,
        "snapshot": reading.snapshot_id,
        "run": reading.run_id,
        "since": reading.since_run_id,
        "after": after[0],
        "after_ordinal": after[1],
        "page": PAGE,
    }
    page: list[Row] = []
    n_characters = 0
    with raw.cursor(binary=True) as cursor, closing(_stream(cursor, query, names)) as rows:
        for row in rows:
            page.append(Row._make(row))
            n_characters += len(page[-1].value or "")
            if n_characters > PAGE_CHARACTERS:
                break
    return page


def _stream(
    cursor: Cursor[TupleRow], query: LiteralString, names: Mapping[str, Any]
) -> Generator[TupleRow, None, None]:
    """Yield the rows of a statement; what is left of it is called off when this is closed."""
    yield from cursor.stream(query, names, size=ROWS_AT_ONCE if capabilities.has_stream_chunked() else 1)


def read_tombstones(reading: Reading, *, erased_since: datetime) -> Iterator[Tombstone]:
    """Yield the assets of the job's snapshot, copies among them, that were erased at that moment or later."""
    query: LiteralString = """
        SELECT a.id::text, a.external_id, a.tombstoned_at FROM labeling_asset a
        WHERE a.tombstoned_at >= %(moment)s AND (
            EXISTS (SELECT FROM labeling_snapshotasset m WHERE m.snapshot_id = %(snapshot)s AND m.asset_id = a.id)
            OR EXISTS (
                SELECT FROM labeling_snapshotomission o
                WHERE o.snapshot_id = %(snapshot)s AND o.asset_id = a.id AND o.reason = 'duplicate'
            )
        ) ORDER BY a.id"""
    with _connected().cursor(binary=True) as cursor:
        for row in cursor.stream(query, {"moment": erased_since, "snapshot": reading.snapshot_id}):
            yield Tombstone._make(row)


def _connected() -> Connection[TupleRow]:
    connection.ensure_connection()
    raw: Connection[TupleRow] = connection.connection
    return raw
