"""What every export format is given and what it gives back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson


@dataclass(frozen=True)
class RawAnswer:
    """One counted answer as its worker gave it; the worker is a pseudonym."""

    worker: str
    annotations: list[dict[str, Any]]
    active_ms: int | None
    submitted_at: datetime


@dataclass(frozen=True)
class LabeledTask:
    """One task with its asset, what was concluded about it, and why no more answers were bought.

    Attributes
    ----------
    ordinal : the task's place in its job, from 1.
    external_id : the requester's own name of the asset; any text.
    width, height : pixels, where known.
    state : `final`, `disputed` or `provisional`; None where nothing was concluded.
    confidence : 0 to 1.
    value : `{class, posterior}` or `{objects: [{class, box, confidence, ...}]}`, boxes as [x1, y1, x2, y2] in pixels.
    answers : the counted answers, in the order of their ids; empty for a format that does not want them.
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
    answers: Sequence[RawAnswer] = ()


@dataclass(frozen=True)
class Export:
    """What is exported: the job's name, the classes in the order of the ontology, and when it was asked for.

    Attributes
    ----------
    tasks : returns the tasks anew, in their order, each time it is called; they are never all in memory.
    """

    title: str
    classes: Sequence[str]
    created_at: datetime
    tasks: Callable[[], Iterable[LabeledTask]]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A way of writing labels down.

    Attributes
    ----------
    file_name : of the one file that is written.
    annotation_types : the kinds of annotation it can hold.
    write : yields the file's bytes piece by piece, the same for the same tasks.
    n_passes : how often `write` goes through the tasks.
    wants_answers : whether tasks come with the counted answers.
    notes : sentences for the manifest about what a reader could not guess.
    """

    file_name: str
    content_type: str
    annotation_types: frozenset[str]
    write: Callable[[Export], Iterator[bytes]]
    notes: tuple[str, ...]
    n_passes: int = 1
    wants_answers: bool = False


def to_json(document: Any) -> bytes:
    """Return compact JSON in UTF-8; times as RFC 3339 with `Z`."""
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)
