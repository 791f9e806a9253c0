"""Writing the files of a release."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from django.db.models import Max

from labeling.core.formats import FORMATS, PROVENANCE, Export, Format, LabeledTask, Licence, Options, classes_of
from labeling.core.formats.base import to_json
from labeling.core.formats.final import final_classes
from labeling.core.formats.remap import Remap, remapped_classes
from marketplace.operations.adapters import database_now
from marketplace.operations.models import Operation
from marketplace.operations.services import record_progress
from marketplace.releases.adapters import AttemptFolder, Reading, StoredFile, read_tombstones, scratch_file
from marketplace.releases.core.wishes import What, Wishes
from marketplace.releases.models import Release
from marketplace.releases.services.rows import exported_tasks

PROVENANCE_NAME = "provenance"
TOMBSTONES_NAME = "tombstones.jsonl"
TOMBSTONES_FORMAT = "tombstones"
# Of a lease of half a minute.
RENEW_EVERY_S = 2.0
# Tasks after which the clock is looked at; what carries pixels looks after each.
LOOK_EVERY = 100
COUNTED_AT_ONCE = 10_000
JSON_LINES = "application/jsonl"


@dataclass(frozen=True)
class WrittenFile:
    """A file of a release; `split` is the part that it holds, where it holds one."""

    name: str
    format: str
    content_type: str
    stored: StoredFile
    split: str = ""


@dataclass
class Tally:
    """What was written, by the part it went to; of a release that is not split, the part is empty.

    Attributes
    ----------
    labels : by state; tasks that nobody answered have none.
    annotations : by class.
    """

    assets: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    annotations: dict[str, Counter[str]] = field(default_factory=dict)
    copies: int = 0
    tombstones: int = 0
    _seen: dict[str, list[str]] = field(default_factory=dict)

    def count(self, task: LabeledTask) -> None:
        """Count a task."""
        self.assets[task.split] += 1
        self.copies += bool(task.labeled_as)
        if task.state is not None:
            self.labels[task.state] += 1
        # Names are counted many at a time, which takes a tenth of the time.
        seen = self._seen.setdefault(task.split, [])
        seen += final_classes(task)
        if len(seen) > COUNTED_AT_ONCE:
            self.close()

    def close(self) -> None:
        """Count what is still to be counted."""
        for part, seen in self._seen.items():
            self.annotations.setdefault(part, Counter()).update(seen)
            seen.clear()


class ReleaseWriter:
    """Goes through the tasks for one file after the other, and renews the operation's lease on the way."""

    def __init__(self, release: Release, operation: Operation, folder: AttemptFolder) -> None:
        self._release = release
        self._operation = operation
        self._folder = folder
        self._wishes = Wishes.from_plain(release.wishes)
        job = release.job
        self._classes = remapped_classes(classes_of(job.ontology.rules), self._wishes.class_remap)
        self._remap = Remap.of(self._wishes.class_remap, self._classes, job.annotation_type)
        self._last_ordinal = job.tasks.annotations().aggregate(last=Max("ordinal"))["last"] or 0
        self._plan = self._planned()
        self._n_read = 0
        self._renewed_at = monotonic()
        self._n_to_read = max(1, job.n_tasks * sum(form.n_passes for _, form, _ in self._plan))
        self.tally = Tally()

    def _planned(self) -> list[tuple[str, Format, str]]:
        """Return the name of each format, the format, and the part that a file of it holds."""
        parts = self._wishes.split.parts if self._wishes.split else []
        planned = []
        for name in self._release.formats:
            form = FORMATS[name]
            planned += [(name, form, part) for part in (parts if form.is_parted and parts else [""])]
        if any(FORMATS[name].has_side_file for name in self._release.formats):
            planned.append((PROVENANCE_NAME, PROVENANCE, ""))
        return planned

    def write(self) -> list[WrittenFile]:
        """Write all files."""
        with _no_search_for_cycles():
            return self._write_all()

    def _write_all(self) -> list[WrittenFile]:
        written = [self._write(name, form, part, is_first=not at) for at, (name, form, part) in enumerate(self._plan)]
        if self._release.since is not None:
            written.append(self._write_tombstones())
        return written

    def _write(self, name: str, form: Format, part: str, *, is_first: bool) -> WrittenFile:
        tasks = self._tasks(form)
        if is_first:
            tasks = _tallied(tasks, self.tally)
        if part:
            tasks = _of_part(tasks, part)
        export = self._export(tasks)
        file_name = _parted(form.file_name, part)
        return WrittenFile(
            file_name, name, form.content_type, self._folder.write(file_name, form.write(export)), split=part
        )

    def _export(self, tasks: Callable[[], Iterable[LabeledTask]]) -> Export:
        wishes, job = self._wishes, self._release.job
        return Export(
            title=job.name,
            classes=self._classes,
            annotation_type=job.annotation_type,
            created_at=self._release.created_at,
            tasks=tasks,
            splits=wishes.split.parts if wishes.split else (),
            licence=Licence(**wishes.licence),
            options=Options(**wishes.options),
            answers_only=wishes.what is What.RAW,
            scratch=scratch_file,
        )

    def _tasks(self, form: Format) -> Callable[[], Iterable[LabeledTask]]:
        split = self._wishes.split

        def tasks() -> Iterator[LabeledTask]:
            found = exported_tasks(
                self._reading(),
                last_ordinal=self._last_ordinal,
                split_of=split.part_of if split else None,
                with_answers=form.wants_answers and self._wishes.what is not What.FINAL,
                with_pixels=form.wants_pixels,
                beat=self._renew,
            )
            for task in found:
                yield self._remap.task(task) if self._wishes.class_remap else task
                self._n_read += 1
                if self._n_read % LOOK_EVERY == 0 or form.wants_pixels:
                    self._renew()

        return tasks

    def _reading(self) -> Reading:
        release = self._release
        return Reading(
            job_id=release.job_id,
            snapshot_id=release.job.snapshot_id,
            run_id=release.run_id,
            since_run_id=release.since.run_id if release.since else None,
            with_groups=self._wishes.split is not None,
        )

    def _renew(self) -> None:
        """Renew the lease now and then, and say how far it is.

        Raises
        ------
        LeaseLost
            Another runner took over, or the operation was cancelled.
        """
        if monotonic() - self._renewed_at >= RENEW_EVERY_S:
            record_progress(self._operation, percent=100 * self._n_read // self._n_to_read, now=database_now())
            self._renewed_at = monotonic()

    def _write_tombstones(self) -> WrittenFile:
        assert self._release.since is not None  # noqa: S101 - asked by the caller
        erased_since = self._release.since.created_at
        stones = read_tombstones(self._reading(), erased_since=erased_since)
        stored = self._folder.write(TOMBSTONES_NAME, (self._stone(stone._asdict()) for stone in stones))
        return WrittenFile(TOMBSTONES_NAME, TOMBSTONES_FORMAT, JSON_LINES, stored)

    def _stone(self, document: dict[str, object]) -> bytes:
        self.tally.tombstones += 1
        return to_json(document) + b"\n"


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Let no garbage be looked for: of millions of objects that come and go none is in a cycle, and it takes time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parted(file_name: str, part: str) -> str:
    stem, dot, suffix = file_name.rpartition(".")
    return f"{stem}-{part}{dot}{suffix}" if part else file_name


def _tallied(tasks: Callable[[], Iterable[LabeledTask]], tally: Tally) -> Callable[[], Iterator[LabeledTask]]:
    """Return what counts the tasks of its first round."""
    rounds = 0

    def counted() -> Iterator[LabeledTask]:
        nonlocal rounds
        rounds += 1
        is_first = rounds == 1
        for task in tasks():
            if is_first:
                tally.count(task)
            yield task
        tally.close()

    return counted


def _of_part(tasks: Callable[[], Iterable[LabeledTask]], part: str) -> Callable[[], Iterator[LabeledTask]]:
    return lambda: (task for task in tasks() if task.split == part)
