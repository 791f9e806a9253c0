"""What a Label Studio ML backend answers, read entry by entry: nothing in it is believed."""

import io
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from labeling.core.imports.base import Item, ItemRefused, UnreadableFile
from labeling.core.imports.json_items import members
from labeling.core.imports.label_studio import item_of_task

MAX_ENTRY_BYTES = 4 * 2**20
MAX_VERSION_CHARS = 200
_MAX_SETUP_BYTES = 64 * 2**10


class Predicted(NamedTuple):
    """What a model says of one image."""

    item: Item
    score: float | None
    version: str


def read_predictions(answer: bytes) -> Iterator[Any]:
    """Yield the entries of an answer to /predict, one for each task that was sent.

    Raises
    ------
    UnreadableFile
        It is no JSON object with a list `results`, or is too large or too deep.
    """
    for member in members(io.BytesIO(answer), max_item_bytes=MAX_ENTRY_BYTES):
        if member.name is None or (member.name == "results" and not member.in_array):
            raise UnreadableFile("The model's answer is no object with a list `results`.")
        if member.name == "results":
            yield member.value


def read_prediction(entry: Any, *, name: str, annotation_type: str, version: str) -> Predicted:
    """Return what an entry says of the image of that name; of several predictions the first counts.

    Raises
    ------
    ItemRefused
        There is no prediction in it, or its version or score is none.
    """
    found = next(iter(entry), None) if isinstance(entry, list) else entry
    if not isinstance(found, dict) or not isinstance(found.get("result"), list):
        raise ItemRefused("no_prediction", "The model says nothing of this image.")
    told = version_of(found.get("model_version"))
    item = item_of_task(0, {"data": {"image": name}, "predictions": [found]}, annotation_type)
    return Predicted(item, _score(found.get("score")), told or version)


def read_version(answer: bytes) -> str:
    """Return the version that an answer to /setup tells, empty where it tells none.

    Raises
    ------
    UnreadableFile
        It is no JSON object.
    ItemRefused
        The version is none.
    """
    try:
        document = orjson.loads(answer[: _MAX_SETUP_BYTES + 1])
    except orjson.JSONDecodeError:
        raise UnreadableFile("The model's answer to its setup is no JSON object.") from None
    if not isinstance(document, dict):
        raise UnreadableFile("The model's answer to its setup is no JSON object.")
    return version_of(document.get("model_version"))


def version_of(value: Any) -> str:
    """Return a version as it is kept, empty for none; numbers are taken as they are written."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_VERSION_CHARS or not value.isprintable():
        raise ItemRefused(
            "not_a_version",
            f"A model's version is printable text of at most {MAX_VERSION_CHARS} characters.",
            field="model_version",
        )
    return value.strip()


def _score(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ItemRefused("not_a_number", "A score is a finite number.", field="score")
    return float(value)
