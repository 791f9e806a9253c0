"""What every export format is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import orjson

from labeling.core.formats.classes import LabelClass


@dataclass(frozen=True)
class RawAnswer:
    """One counted answer as its worker gave it; the worker is a pseudonym."""

    worker: str
    annotations: list[dict[str, Any]]
    active_ms: int | None
    submitted_at: datetime


@dataclass(frozen=True)
class Checked:
    """A reviewer's verdict, or what an adjudicator held to be right; the reviewer is a pseudonym.

    Attributes
    ----------
    kind : `review` or `adjudicate`.
    verdict : `accept`, `fix` or `reject`; empty for an adjudication.
    """

    kind: str
    worker: str
    verdict: str
    conflicts: list[dict[str, Any]]
    comment: str
    annotations: list[dict[str, Any]]
    submitted_at: datetime


@dataclass(frozen=True)
class Pixels:
    """The stored bytes of an asset, read only when asked for, piece by piece."""

    content_type: str
    n_bytes: int
    read: Callable[[], Iterator[bytes]]


class LabeledTask(NamedTuple):
    """One task with its asset, what was concluded about it, and why no more answers were bought.

    A tuple, as a release may make millions.

    Attributes
    ----------
    ordinal : the task's place in its job, from 1.
    external_id : the requester's own name of the asset; any text.
    width, height : pixels, where known.
    state : `final`, `disputed` or `provisional`; None where nothing was concluded.
    confidence : 0 to 1.
    p_correct : chance that the label is right as gold calibrates it, where there was enough.
    value : a conclusion as docs/annotations.md has it.
    answers : the counted answers, in the order of their ids; empty for a format that does not want them.
    checks : reviews and adjudications, likewise.
    split : `train`, `val` or `test`; empty where the release is not split.
    sha256 : of the asset's bytes; empty where they are not stored here.
    labeled_as : of a copy the id of the asset that was labeled instead; else empty.
    pixels : the asset's bytes; None where they are not stored here, or not wanted.
    scope : the part of the asset that was asked about (`labeling.core.splitting`); None for all of it.
    """

    ordinal: int
    asset_id: str
    external_id: str
    width: int | None
    height: int | None
    state: str | None
    confidence: float | None
    value: dict[str, Any] | None
    n_answers: int
    retired_reason: str
    p_correct: float | None = None
    answers: Sequence[RawAnswer] = ()
    checks: Sequence[Checked] = ()
    split: str = ""
    sha256: str = ""
    labeled_as: str = ""
    pixels: Pixels | None = None
    scope: dict[str, Any] | None = None

    @property
    def is_answered(self) -> bool:
        """Return whether there is a label: an image without annotations is one in which nothing was found."""
        return self.value is not None and self.n_answers > 0


@dataclass(frozen=True)
class Options:
    """What a requester may choose of how a format is written.

    Attributes
    ----------
    voc_one_based : Pascal VOC as its devkit counts pixels, from 1 and inclusive; else from 0, as most readers do.
    """

    voc_one_based: bool = False


@dataclass(frozen=True)
class Licence:
    """Under what the labels may be used; both may be empty."""

    name: str = ""
    url: str = ""


@dataclass(frozen=True)
class Export:
    """What is exported; a remap of classes and a choice of tasks have been made already.

    Attributes
    ----------
    title : the job's name.
    classes : in the order of the ontology.
    annotation_type : of the job.
    created_at : when it was asked for.
    tasks : returns the tasks anew, in their order, each time it is called; they are never all in memory.
    splits : the parts into which tasks are divided, in their order; none where the release is not split.
    answers_only : only the answers are wanted, and no conclusions.
    scratch : returns a new, empty file for what has to wait for its place in the output.
    """

    title: str
    classes: Sequence[LabelClass]
    annotation_type: str
    created_at: datetime
    tasks: Callable[[], Iterable[LabeledTask]]
    splits: Sequence[str] = ()
    licence: Licence = field(default_factory=Licence)
    options: Options = field(default_factory=Options)
    answers_only: bool = False
    scratch: Callable[[], BinaryIO] = BytesIO

    @property
    def class_names(self) -> list[str]:
        """Return the names of the classes in order."""
        return [label.name for label in self.classes]

    @property
    def class_numbers(self) -> dict[str, int]:
        """Return the place of each class, from 0."""
        return {label.name: number for number, label in enumerate(self.classes)}

    def class_named(self) -> Mapping[str, LabelClass]:
        """Return the classes by their names."""
        return {label.name: label for label in self.classes}


class Loss(StrEnum):
    """What a file may have no place for."""

    ATTRIBUTES = "attributes"
    CONFIDENCE = "confidence"
    EMPTY_IMAGES = "empty_images"
    IDS = "ids"
    NAMES = "names"
    RELATIONS = "relations"
    SPLITS = "splits"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A way of writing labels down: one file, which may be an archive of many (see `archives`).

    Attributes
    ----------
    file_name : of the one file that is written.
    annotation_types : the kinds of annotation it can hold.
    write : yields the file's bytes piece by piece, the same for the same tasks.
    lost : what of a label its files do not tell, or not in full; `names` are external ids that are no harmless file
        names. What a side file goes with is told there.
    n_passes : how often `write` goes through the tasks.
    wants_answers : tasks come with their answers and checks; such a format can hold them.
    wants_pixels : tasks come with the bytes of their assets.
    has_side_file : confidence, provenance and names are not all in the file; `provenance.jsonl` goes with it.
    is_parted : where the release is split, there is one file for each part.
    notes : sentences for the manifest about what a reader could not guess, and about what is lost.
    """

    file_name: str
    content_type: str
    annotation_types: frozenset[str]
    write: Callable[[Export], Iterator[bytes]]
    notes: tuple[str, ...]
    lost: frozenset[Loss] = frozenset()
    n_passes: int = 1
    wants_answers: bool = False
    wants_pixels: bool = False
    has_side_file: bool = False
    is_parted: bool = False


# What is copied from a scratch file at a time.
PIECE = 1 << 16


def pieces_of(file: BinaryIO, *, start: int = 0) -> Iterator[bytes]:
    """Yield what a file holds from some place on."""
    file.seek(start)
    while piece := file.read(PIECE):
        yield piece


def to_json(document: Any) -> bytes:
    """Return compact JSON in UTF-8; times as RFC 3339 with `Z`."""
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)
