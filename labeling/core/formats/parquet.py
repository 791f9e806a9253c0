"""Parquet tables of images and annotations, with what Croissant 1.0 asks to be told of a data set.

Source: https://parquet.apache.org and https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from labeling.core.formats import masks, shapes
from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, pieces_of
from labeling.core.formats.croissant import IMAGES, LABELS, description
from labeling.core.formats.final import SHAPE_MEMBERS, FinalAnnotation, final_annotations

if TYPE_CHECKING:
    import pyarrow

BATCH = 100
GROUP_BYTES = 8 * 2**20


def _members(export: Export) -> Iterator[Member]:
    with export.scratch() as images, export.scratch() as labels:
        with _Table(images, IMAGES) as images_table, _Table(labels, LABELS) as labels_table:
            for task in export.tasks():
                if task.is_answered:
                    images_table.add(_image(task))
                    for found in final_annotations(task):
                        labels_table.add(_label(task, found))
        files = {"images.parquet": images, "annotations.parquet": labels}
        digests = {name: _sha256(file) for name, file in files.items()}
        yield Member("croissant.json", orjson.dumps(description(export, digests), option=orjson.OPT_INDENT_2))
        for name, file in files.items():
            yield Member(name, pieces_of(file))


def _image(task: LabeledTask) -> dict[str, Any]:
    return {
        "image": task.ordinal,
        "external_id": task.external_id,
        "asset_id": task.asset_id,
        "sha256": task.sha256,
        "width": task.width,
        "height": task.height,
        "split": task.split,
        "state": task.state,
        "confidence": task.confidence,
        "n_answers": task.n_answers,
    }


def _label(task: LabeledTask, found: FinalAnnotation) -> dict[str, Any]:
    x1, y1, x2, y2 = _bounds(found)
    return {
        "key": f"{task.ordinal}/{found.id}",
        "image": task.ordinal,
        "annotation": found.id,
        "class": found.class_name,
        "confidence": found.confidence,
        "p_exist": found.p_exist,
        "x1": x1,
        "y1": y1,
        "x2": x2,
        "y2": y2,
        "shape": "" if found.shape is None else orjson.dumps(found.shape).decode(),
        "attributes": orjson.dumps(dict(found.attributes)).decode(),
        "relations": orjson.dumps(list(found.relations)).decode(),
    }


def _bounds(found: FinalAnnotation) -> list[float | None]:
    if not found.member or found.member == "cuboid_3d":
        return [None] * 4
    if found.member == "mask":
        return [float(each) for each in masks.mask_bounds(found.shape)]
    return [float(each) for each in shapes.bounds(found.member, found.shape)]


class _Table:
    """A table on its way into a file: its latest rows as Python knows them, more as the library does."""

    def __init__(self, file: BinaryIO, columns: Mapping[str, str]) -> None:
        import pyarrow  # noqa: PLC0415 -- heavy, and of no use to any other format
        from pyarrow import parquet  # noqa: PLC0415

        kinds = {"text": pyarrow.string(), "integer": pyarrow.int64(), "float": pyarrow.float64()}
        self._library = pyarrow
        self._schema: pyarrow.Schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._batches: list[pyarrow.RecordBatch] = []

    def __enter__(self) -> _Table:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pack()
        self._flush()
        self._writer.close()

    def add(self, row: dict[str, Any]) -> None:
        """Add a row."""
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._pack()
            if sum(batch.nbytes for batch in self._batches) >= GROUP_BYTES:
                self._flush()

    def _pack(self) -> None:
        self._batches.append(self._library.RecordBatch.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    def _flush(self) -> None:
        self._writer.write_table(self._library.Table.from_batches(self._batches, schema=self._schema))
        self._batches = []


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    for piece in pieces_of(file):
        digest.update(piece)
    return digest.hexdigest()


PARQUET = Format(
    file_name="parquet.zip",
    content_type="application/zip",
    annotation_types=frozenset(SHAPE_MEMBERS),
    notes=(
        "parquet.zip: images.parquet has one row an image, annotations.parquet one an annotation, joined by image, the "
        "ordinal of the task; x1 to y2 are the bounds in pixels, shape, attributes and relations are JSON as "
        "docs/annotations.md has them. croissant.json describes both. Tasks that nobody answered are left out.",
    ),
    write=zipped(_members),
)
