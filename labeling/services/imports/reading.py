"""Reading a file: item by item into the canonical form, kept in chunks, each with what became of its items."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Any, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F

from labeling.adapters.segment_images import decode_segments
from labeling.core.annotations import Refusal
from labeling.core.imports import (
    IMPORTS,
    ImportedAsset,
    Item,
    ItemRefused,
    RefusedItem,
    Size,
    Source,
    UnreadableFile,
    Wanted,
)
from labeling.core.imports.base import Shapes
from labeling.errors import UnreadableImport
from labeling.models import AnnotationImport, Asset, ImportItem, ImportItemState
from labeling.services.imports.beating import BeatingFile, Beats
from labeling.services.imports.canonical import MAX_NAME, canonical, problem_of, shown_text
from labeling.services.imports.matching import AssetFinder
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import DomainError, LeaseLost, TryAgainLater
from marketplace.operations.models import FINISHED_STATES, Operation
from marketplace.operations.services import claim_operation, fail_operation, record_progress, succeed_operation

CHUNK = 200
# Shapes, and characters of their masks and outlines, held at once.
CHUNK_SHAPES = 20_000
# Of what is said of one image.
ITEM_CPU_S = 20.0
# Of all items together, from one attempt's start: what comes after is refused unread.
IMPORT_CPU_S = 1_800.0
_COPY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Prepared:
    """What a file says of an asset, in canonical form."""

    ordinal: int
    asset: Asset
    annotations: list[dict[str, Any]]
    n_left_out: int
    score: float | None


@dataclass(frozen=True)
class Outcome:
    """What became of something prepared; a refusal where it was not kept."""

    state: ImportItemState
    refusal: DomainError | None = None


Keep = Callable[[AnnotationImport, Sequence[Prepared]], Sequence[Outcome]]


def read_import(import_id: UUID, *, keep: Keep) -> None:
    """Read the file of an import, or go on where it was cut off; what is prepared is kept by `keep`.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    related = ("ontology", "job__snapshot", "dataset")
    annotation_import = AnnotationImport.objects.select_related(*related).get(pk=import_id)
    operation = claim_operation(annotation_import.operation_id, now=database_now())
    if operation is None:
        _leave(annotation_import)
        return
    try:
        with ExitStack() as stack:
            _Reading(annotation_import, operation, keep, stack).run()
    except LeaseLost:
        _leave(annotation_import)


def _leave(annotation_import: AnnotationImport) -> None:
    """End without the lease: the work is finished, or was given up, or somebody else is at it."""
    if Operation.objects.get(pk=annotation_import.operation_id).state not in FINISHED_STATES:
        raise TryAgainLater  # the other may yet fail
    default_storage.delete(annotation_import.storage_key)


class _Reading:
    """One attempt at a file, while the lease of its operation is held."""

    def __init__(self, annotation_import: AnnotationImport, operation: Operation, keep: Keep, stack: ExitStack) -> None:
        self._import = annotation_import
        self._operation = operation
        self._keep = keep
        self._stack = stack
        self._finder = AssetFinder(annotation_import)
        ontology, class_map = annotation_import.ontology.rules, annotation_import.class_map
        self._wanted = Wanted(annotation_import.annotation_type, ontology, class_map)
        self._beats = Beats(operation, n_bytes=annotation_import.n_bytes)
        self._spent_s = 0.0

    def run(self) -> None:
        """Read to the end and finish the operation."""
        try:
            for first, chunk in self._chunks():
                self._keep_chunk(first, chunk)
        except UnreadableFile as fault:
            error = UnreadableImport(fault.detail, field="file", **self._counts())
            fail_operation(self._operation, error=error, now=database_now())
        else:
            succeed_operation(self._operation, result=self._counts(), now=database_now())
        default_storage.delete(self._import.storage_key)

    def _chunks(self) -> Iterator[tuple[int, list[Item]]]:
        """Yield items that were not dealt with before, with the ordinal of the first."""
        items = self._items()
        ordinal = sum(1 for _ in islice(items, self._import.n_items))
        while chunk := list(islice(items, CHUNK)):
            yield ordinal, chunk
            ordinal += len(chunk)

    def _items(self) -> Iterator[Item]:
        file = cast("IO[bytes]", BeatingFile(self._local_copy(), self._beats))
        source = Source(file, self._scratch, decode_segments)
        return IMPORTS[self._import.format].read(source, self._import.annotation_type)

    def _scratch(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.TemporaryFile())

    def _local_copy(self) -> IO[bytes]:
        """Return the file on this machine: an archive is read here and there, many times over."""
        copy = self._scratch()
        with default_storage.open(self._import.storage_key) as stored:
            while chunk := stored.read(_COPY_BYTES):
                copy.write(chunk)
                self._beats.beat()
        copy.seek(0)
        return copy

    def _keep_chunk(self, first: int, chunk: Sequence[Item]) -> None:
        known = [item for item in chunk if isinstance(item, ImportedAsset)]
        assets = iter(self._finder.find(known))
        rows: list[ImportItem] = []
        prepared: list[tuple[Prepared, ImportItem]] = []
        for ordinal, item in enumerate(chunk, start=first):
            asset = next(assets) if isinstance(item, ImportedAsset) else None
            ready = self._prepare(ordinal, item, asset)
            row = _row(self._import, ordinal, item)
            rows.append(row)
            if isinstance(ready, Prepared):
                prepared.append((ready, row))
            else:
                _refuse(row, code=ready.code, detail=ready.detail, field=ready.field)
            self._beats.beat()
            if sum(len(each.annotations) for each, _ in prepared) > CHUNK_SHAPES:
                self._store(rows, prepared)
                rows, prepared = [], []
        self._store(rows, prepared)

    def _prepare(self, ordinal: int, item: Item, asset: Asset | ItemRefused | None) -> Prepared | ItemRefused:
        if isinstance(item, RefusedItem):
            return item.refusal
        if not isinstance(asset, Asset):
            return asset or ItemRefused("no_such_asset", "There is no asset of this name.", field="name")
        if self._spent_s > IMPORT_CPU_S:
            told = f"What comes before took more than {IMPORT_CPU_S:g} s to be read; give the rest in another file."
            return ItemRefused("import_too_long", told)
        began_s = time.thread_time()
        try:
            found = canonical(replace(item, shapes=self._watched(item)), asset, self._wanted)
        except ItemRefused as refusal:
            return refusal
        except Refusal as refusal:
            return ItemRefused("invalid_annotation", refusal.detail, field=refusal.field)
        finally:
            self._spent_s += time.thread_time() - began_s
        return Prepared(ordinal, asset, found.annotations, found.n_left_out, found.score)

    def _watched(self, item: ImportedAsset) -> Callable[[Size | None], Shapes]:
        """Return the shapes of an item as they are read, the lease renewed between them and their time bounded.

        A few bytes may stand for a mask of millions of pixels, and an item for thousands of those.
        """

        def shapes(size: Size | None) -> Shapes:
            end = time.thread_time() + ITEM_CPU_S
            for shape in item.shapes(size):
                yield shape
                self._beats.beat()
                if time.thread_time() > end:
                    raise ItemRefused(
                        "too_intricate", f"What is said of this image takes more than {ITEM_CPU_S:g} s to be read."
                    )

        return shapes

    def _store(self, rows: Sequence[ImportItem], prepared: Sequence[tuple[Prepared, ImportItem]]) -> None:
        """Keep what is ready and write what became of each, all or nothing."""
        with transaction.atomic():
            record_progress(self._operation, percent=self._beats.percent, now=database_now())
            outcomes = self._keep(self._import, [each for each, _ in prepared])
            for (each, row), outcome in zip(prepared, outcomes, strict=True):
                row.asset, row.n_annotations, row.n_left_out = each.asset, len(each.annotations), each.n_left_out
                row.state = outcome.state
                if outcome.refusal is not None:
                    _refuse(row, **outcome.refusal.entry())
            ImportItem.objects.bulk_create(rows)
            states = [row.state for row in rows]
            AnnotationImport.objects.filter(pk=self._import.pk).update(
                n_taken=F("n_taken") + states.count(ImportItemState.TAKEN),
                n_unchanged=F("n_unchanged") + states.count(ImportItemState.UNCHANGED),
                n_refused=F("n_refused") + states.count(ImportItemState.REFUSED),
            )

    def _counts(self) -> dict[str, Any]:
        counted = AnnotationImport.objects.get(pk=self._import.pk)
        counts = {name: getattr(counted, name) for name in ("n_taken", "n_unchanged", "n_refused")}
        return {"import": str(self._import.pk)} | counts


def _row(annotation_import: AnnotationImport, ordinal: int, item: Item) -> ImportItem:
    name = item.name if isinstance(item, RefusedItem) else item.names[0]
    return ImportItem(annotation_import=annotation_import, ordinal=ordinal + 1, name=shown_text(name, MAX_NAME))


def _refuse(row: ImportItem, *, code: str | None, detail: str | None, field: str | None) -> None:
    row.state = ImportItemState.REFUSED
    row.n_annotations = 0
    row.problem = problem_of(code=code, detail=detail, field=field)
