"""LabelMe: a JSON document for each image, alone or in a zip.

Source: https://github.com/wkentaro/labelme. Of shapes with one label and one `group_id` polygons are parts of one
object, and points the joints of one skeleton: the description of each is its name, the flag `hidden` its visibility.
Flags of the document that are set are classes of the whole image.
"""

import base64
import binascii
import io
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_ITEM_BYTES,
    MAX_SHAPES_OF_ASSET,
    NAMED_JOINTS,
    ImportedAsset,
    ImportedShape,
    ImportFormat,
    Item,
    ItemRefused,
    RefusedItem,
    Shapes,
    Size,
    Source,
    UnreadableFile,
    known,
    numbers,
    size_of,
    text_of,
)
from labeling.core.imports.json_items import documents
from labeling.core.imports.rasters import check_size, filled, mask_of_window
from labeling.core.imports.yolo import turned_box

Drawn = list[dict[str, Any]]


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each document, in the order of their names."""
    if not is_archive(source.file):
        content = source.file.read(MAX_ITEM_BYTES + 1)
        yield _item("", content, source, annotation_type)
        return
    archive = Archive(source.file)
    for name in archive.named(r"(.*/)?[^/]+\.json"):
        try:
            yield _item(name, archive.read(name), source, annotation_type)
        except ItemRefused as refusal:
            yield RefusedItem(name, refusal)


def _item(name: str, content: bytes, source: Source, annotation_type: str) -> Item:
    try:
        told = _document(content)
        image = told.get("imagePath")
        file_name = text_of(image, "imagePath").replace("\\", "/")
    except ItemRefused as refusal:
        return RefusedItem(name or "document", refusal)

    def shapes(size: Size | None) -> Shapes:
        yield from _shapes(told, size, source, annotation_type)

    whole = size_of(told.get("imageWidth"), told.get("imageHeight"))
    names = tuple(dict.fromkeys((_beside(name, file_name), file_name.rpartition("/")[2])))
    return ImportedAsset(names=names, size=whole, shapes=shapes)


def _document(content: bytes) -> dict[str, Any]:
    try:
        told = next(documents(io.BytesIO(content)), None)
    except UnreadableFile as fault:
        raise ItemRefused("unreadable", fault.detail) from None
    if not isinstance(told, dict):
        raise ItemRefused("unreadable", "The document is no JSON object.")
    return told


def _beside(name: str, image: str) -> str:
    """Return the path of an image that is told from where the document lies."""
    folder = name.rpartition("/")[0].split("/") if "/" in name else []
    for part in image.split("/"):
        if part == "..":
            folder = folder[:-1]
        elif part not in {"", "."}:
            folder = [*folder, part]
    return "/".join(folder) or image


def _shapes(told: Mapping[str, Any], size: Size | None, source: Source, annotation_type: str) -> Shapes:
    drawn = told.get("shapes")
    if not isinstance(drawn, list) or not all(isinstance(each, dict) for each in drawn):
        raise ItemRefused("unreadable", "`shapes` is no list of objects.")
    if len(drawn) > 2 * MAX_SHAPES_OF_ASSET:
        raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
    if annotation_type in _OF_THE_IMAGE:
        flags = told.get("flags")
        yield from (
            ImportedShape(name) for name, is_set in (flags if isinstance(flags, dict) else {}).items() if is_set
        )
        yield from (LEFT_OUT for _ in drawn)
        return
    for group in _groups(drawn, annotation_type):
        members = _MEMBERS[annotation_type](group, size, source)
        if members is LEFT_OUT:
            yield LEFT_OUT
        else:
            yield ImportedShape(text_of(group[0].get("label"), "label"), members, _attributes(group[0]))


def _groups(drawn: Drawn, annotation_type: str) -> list[Drawn]:
    """Return the shapes, those that are one object together."""
    groups: dict[Any, Drawn] = {}
    for place, each in enumerate(drawn):
        kind, group = each.get("shape_type"), each.get("group_id")
        together = _TOGETHER.get(annotation_type)
        is_part = group is not None and together is not None and kind == together
        key = (str(each.get("label"))[:200], str(group)[:100]) if is_part else place
        groups.setdefault(key, []).append(each)
    return list(groups.values())


def _attributes(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags, and of the description what is told as `name=value; name=value`."""
    flags, text = shape.get("flags"), shape.get("description")
    told = dict(flags) if isinstance(flags, dict) else {}
    for part in text.split("; ")[:200] if isinstance(text, str) else []:
        name, is_told, value = part.partition("=")
        if is_told:
            told[name] = value
    return told


def _kind(group: Drawn) -> str:
    return str(group[0].get("shape_type"))


def _points(shape: Mapping[str, Any], *, least: int, most: int | None = None) -> list[list[float]]:
    given = shape.get("points")
    if not isinstance(given, list) or len(given) < least or (most is not None and len(given) > most):
        raise ItemRefused("not_points", f"`points` has {least} points at least.")
    return [numbers(point, "points", length=2) for point in given]


def _box(group: Drawn, _size: Size | None, _source: Source) -> dict[str, Any] | None:
    if _kind(group) != "rectangle":
        return LEFT_OUT
    xs, ys = zip(*_points(group[0], least=2, most=4), strict=True)
    return {"box": [min(xs), min(ys), max(xs), max(ys)]}


def _rotated_box(group: Drawn, _size: Size | None, _source: Source) -> dict[str, Any] | None:
    if _kind(group) not in {"polygon", "oriented_rectangle"}:
        return LEFT_OUT
    corners = _points(group[0], least=3)
    return {"rotated_box": turned_box(corners)} if len(corners) == 4 else LEFT_OUT


def _polygon(group: Drawn, _size: Size | None, _source: Source) -> dict[str, Any] | None:
    if _kind(group) != "polygon":
        return LEFT_OUT
    return {"polygon": [[_points(each, least=3)] for each in group]}


def _ellipse(group: Drawn, _size: Size | None, _source: Source) -> dict[str, Any] | None:
    if _kind(group) != "circle":
        return LEFT_OUT
    (cx, cy), (x, y) = _points(group[0], least=2, most=2)
    radius = math.hypot(x - cx, y - cy)
    return {"ellipse": [cx, cy, radius, radius, 0.0]}


def _line(group: Drawn, _size: Size | None, _source: Source) -> dict[str, Any] | None:
    if _kind(group) not in {"line", "linestrip"}:
        return LEFT_OUT
    return {"polyline": _points(group[0], least=2)}


def _point(group: Drawn, _size: Size | None, _source: Source) -> dict[str, Any] | None:
    return {"point": _points(group[0], least=1, most=1)[0]} if _kind(group) == "point" else LEFT_OUT


def _joints(group: Drawn, _size: Size | None, _source: Source) -> dict[str, Any] | None:
    if _kind(group) != "point":
        return LEFT_OUT
    return {NAMED_JOINTS: [_joint(each) for each in group]}


def _joint(shape: Mapping[str, Any]) -> tuple[str, list[float]]:
    flags = shape.get("flags")
    hidden = isinstance(flags, dict) and flags.get("hidden") is True
    return str(shape.get("description"))[:200], [*_points(shape, least=1, most=1)[0], 1 if hidden else 2]


def _mask(group: Drawn, size: Size | None, source: Source) -> dict[str, Any] | None:
    kind, whole = _kind(group), known(size)
    check_size(whole)
    if kind == "polygon":
        return {"mask": filled([[_points(each, least=3)] for each in group], whole)}
    if kind != "mask":
        return LEFT_OUT
    (left, top), *_ = _points(group[0], least=2, most=2)
    if not (0 <= left < whole.width and 0 <= top < whole.height):
        raise ItemRefused("not_a_mask", "A mask lies outside the image.")
    try:
        content = base64.b64decode(str(group[0].get("mask")), validate=True)
    except (binascii.Error, ValueError):
        raise ItemRefused("not_a_mask", "A mask is a PNG in base64.") from None
    inside = source.decode_png(content).astype(bool).any(axis=2)
    return {"mask": mask_of_window(np.asarray(inside), left=int(left), top=int(top), size=whole)}


_OF_THE_IMAGE = frozenset({"image_classification", "multi_label_classification"})
# What kind of shape makes one object of several, where they have one label and one group.
_TOGETHER = {"polygon": "polygon", "instance_segmentation": "polygon", "keypoints": "point"}
_MEMBERS: dict[str, Callable[[Drawn, Size | None, Source], dict[str, Any] | None]] = {
    "bounding_box": _box,
    "rotated_box": _rotated_box,
    "polygon": _polygon,
    "ellipse": _ellipse,
    "polyline": _line,
    "point": _point,
    "keypoints": _joints,
    "instance_segmentation": _mask,
    "semantic_segmentation": _mask,
    "panoptic_segmentation": _mask,
}

LABELME = ImportFormat(annotation_types=_OF_THE_IMAGE | frozenset(_MEMBERS), read=read)
