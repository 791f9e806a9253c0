"""What is exported, task by task, as the formats want it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

import orjson

from labeling.core.formats import Checked, LabeledTask, Pixels, RawAnswer
from labeling.core.splitting import merged_by_asset
from marketplace.releases.adapters import Given, Reading, Row, pieces_of_asset, read_given, read_rows

SplitOf = Callable[[str], str]
# Tasks whose answers are looked for together.
N_TOGETHER = 500


def _nothing() -> None:
    pass


def exported_tasks(
    reading: Reading,
    *,
    last_ordinal: int = 0,
    split_of: SplitOf | None = None,
    with_answers: bool = False,
    with_pixels: bool = False,
    beat: Callable[[], None] = _nothing,
) -> Iterator[LabeledTask]:
    """Yield the tasks by ordinal, those of one asset as one; copies come after them, numbered from the last ordinal."""
    return merged_by_asset(
        _tasks(reading, last_ordinal, split_of=split_of, with_answers=with_answers, with_pixels=with_pixels),
        beat=beat,
    )


def _tasks(
    reading: Reading, last_ordinal: int, *, split_of: SplitOf | None, with_answers: bool, with_pixels: bool
) -> Iterator[LabeledTask]:
    rows = _numbered(read_rows(reading), last_ordinal)
    tasks = _answered(rows) if with_answers else ((row, (), ()) for row in rows)
    for row, answers, checks in tasks:
        yield LabeledTask(
            row.ordinal,
            row.asset_id,
            row.external_id,
            row.width,
            row.height,
            row.state,
            row.confidence,
            None if row.value is None else orjson.loads(row.value),
            row.n_answers,
            row.retired_reason,
            row.p_correct,
            answers,
            checks,
            split_of(row.group) if split_of else "",
            row.sha256,
            row.labeled_as,
            _pixels(row) if with_pixels and row.storage_key else None,
            None if row.scope is None else orjson.loads(row.scope),
        )


def _numbered(rows: Iterable[Row], last_ordinal: int) -> Iterator[Row]:
    first_copy = None
    for row in rows:
        if not row.labeled_as:
            yield row
            continue
        first_copy = row.place if first_copy is None else first_copy
        yield row._replace(ordinal=last_ordinal + 1 + row.place - first_copy)


def _answered(rows: Iterator[Row]) -> Iterator[tuple[Row, Sequence[RawAnswer], Sequence[Checked]]]:
    """Yield the rows with answers and checks; a copy was answered by nobody."""
    while batch := list(islice(rows, N_TOGETHER)):
        for row, answers, checks in read_given(batch):
            if row.labeled_as:
                yield row, (), ()
            else:
                yield row, [*map(_answer, answers)], [*map(_check, checks)]


def _answer(given: Given) -> RawAnswer:
    worker, annotations, active_ms, submitted_at = given
    return RawAnswer(worker, orjson.loads(annotations), active_ms, submitted_at)


def _check(given: Given) -> Checked:
    kind, worker, verdict, conflicts, comment, annotations, submitted_at = given
    return Checked(kind, worker, verdict, orjson.loads(conflicts), comment, orjson.loads(annotations), submitted_at)


def _pixels(row: Row) -> Pixels:
    return Pixels(row.content_type, row.n_bytes, partial(pieces_of_asset, row.storage_key))
