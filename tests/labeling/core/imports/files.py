"""Files to be imported, made by the tests themselves, and what is taken of them."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.adapters.segment_images import decode_segments
from labeling.core.annotations import ANNOTATION_TYPES, Refusal, Subject
from labeling.core.annotations.ontology import ClassKind, LabelClass, Ontology
from labeling.core.imports import (
    IMPORTS,
    ImportedAsset,
    Item,
    ItemRefused,
    RefusedItem,
    Size,
    Source,
    Taken,
    UnreadableFile,
    Wanted,
    take,
)

WORDS = Ontology(
    (
        LabelClass(name="car"),
        LabelClass(name="person"),
        LabelClass(name="road", kind=ClassKind.STUFF),
        LabelClass(name="void", kind=ClassKind.VOID),
    )
)


def zipped(**contents: str | bytes) -> bytes:
    """Return a zip of members; `__` in a name stands for a slash, `_dot_` for a dot."""
    return archive({name.replace("__", "/").replace("_dot_", "."): content for name, content in contents.items()})


def archive(contents: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of members by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in contents.items():
            made.writestr(name, content)
    return buffer.getvalue()


def as_json(document: Any) -> bytes:
    """Return JSON with spaces and line breaks, as many tools write it."""
    return json.dumps(document, indent=1).encode()


def source(content: bytes) -> Source:
    """Return an uploaded file; a 'PNG' is what `png` made, or one."""
    return Source(io.BytesIO(content), io.BytesIO, _unpack)


def png(ids: NDArray[np.int64]) -> bytes:
    """Return segment ids in a form that `source` decodes: this is about formats and not about decoders."""
    rgb = np.stack([ids % 256, ids // 256 % 256, ids // 65_536], axis=-1).astype(np.uint8)
    buffer = io.BytesIO()
    np.save(buffer, rgb)
    return buffer.getvalue()


def _unpack(content: bytes) -> NDArray[np.uint8]:
    if content.startswith(b"\x89PNG"):
        return decode_segments(content)
    try:
        pixels: NDArray[np.uint8] = np.load(io.BytesIO(content))
    except (ValueError, EOFError):
        raise ItemRefused("no_png", "The image is no PNG.") from None
    return pixels


def items(form: str, content: bytes, annotation_type: str) -> list[Item]:
    """Return what a format reads."""
    return list(IMPORTS[form].read(source(content), annotation_type))


def taken(
    form: str,
    content: bytes,
    annotation_type: str,
    *,
    size: Size | None = None,
    class_map: Mapping[str, str | None] | None = None,
    words: Ontology = WORDS,
) -> dict[str, Taken | str]:
    """Return what is taken by the likeliest name of each asset, or the code of why it is refused."""
    wanted = Wanted(annotation_type, words, class_map or {})
    return dict(_one(item, wanted, size) for item in items(form, content, annotation_type))


def _one(item: Item, wanted: Wanted, size: Size | None) -> tuple[str, Taken | str]:
    if isinstance(item, RefusedItem):
        return item.name, item.refusal.code
    try:
        return item.names[0], take(item, wanted, item.size or size)
    except ItemRefused as refusal:
        return item.names[0], refusal.code


def only(found: Mapping[str, Taken | str]) -> list[dict[str, Any]]:
    """Return the annotations of the one asset there is."""
    [one] = found.values()
    assert isinstance(one, Taken), one
    return one.annotations


def pixels(mask: Mapping[str, Any]) -> list[str]:
    """Return a mask as rows of `#` and `.`."""
    height, width = mask["size"]
    flat = np.repeat(np.arange(len(mask["counts"])) % 2 == 1, mask["counts"])
    rows = flat.reshape(width, height).T
    return ["".join("#" if each else "." for each in row) for row in rows]


def asset_of(form: str, content: bytes, annotation_type: str) -> ImportedAsset:
    """Return the one asset of a file."""
    [item] = items(form, content, annotation_type)
    assert isinstance(item, ImportedAsset), item
    return item


def brush(rows: list[str], *, n_values: int | None = None) -> list[int]:
    """Return rows of `#` and `.` as Label Studio's brush: the first row value by value, the others as repeats."""
    values = [255 if sign == "#" else 0 for row in rows for sign in row for _ in range(4)]
    n_plain = 4 * len(rows[0])
    bits = (
        f"{len(values) if n_values is None else n_values:032b}"
        + f"{7:05b}"
        + "".join(f"{n - 1:04b}" for n in (3, 4, 8, 16))
    )
    bits += f"011{n_plain - 1:016b}" + "".join(f"{value:08b}" for value in values[:n_plain])
    at = n_plain
    while at < len(values):
        end = next((place for place in range(at, len(values)) if values[place] != values[at]), len(values))
        end = min(end, at + 256)
        bits += f"110{end - at - 1:08b}{values[at]:08b}"
        at = end
    bits += "0" * (-len(bits) % 8)
    return [int(bits[start : start + 8], 2) for start in range(0, len(bits), 8)]


SIZE = Size(width=64, height=48)


def read_all(form: str, content: bytes, annotation_type: str, *, words: Ontology = WORDS) -> int:
    """Read a file as the service does, down to the canonical form; return how many assets came through."""
    surface = "point_cloud" if annotation_type == "cuboid_3d" else "image"
    subject = Subject(ontology=words, width=SIZE.width, height=SIZE.height, kind=surface)
    n_taken = 0
    try:
        for item in IMPORTS[form].read(source(content), annotation_type):
            if not isinstance(item, ImportedAsset):
                continue
            try:
                found = take(item, Wanted(annotation_type, words, {}), SIZE)
                ANNOTATION_TYPES[annotation_type].parse(found.annotations, subject)
                n_taken += 1
            except (ItemRefused, Refusal):
                continue
    except UnreadableFile:
        pass
    return n_taken
