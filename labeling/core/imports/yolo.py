"""YOLO: a zip with one text file of labels for each image, and the classes in `data.yaml` or `classes.txt`.

Source: https://docs.ultralytics.com/datasets/. A line is the number of a class and shares of the image's width and
height: `x y width height` around the middle (detect), `x y x y ...` (segment), `x1 y1 ... x4 y4` (OBB), or a box and
then `x y` or `x y visibility` of each joint (pose); a last number beyond those of a box is its score. For
classification the folder that an image lies in is its class.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import yaml

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    MAX_CLASSES,
    MAX_SHAPES_OF_ASSET,
    ImportedAsset,
    ImportedShape,
    ImportFormat,
    Item,
    ItemRefused,
    Shapes,
    Size,
    Source,
    UnreadableFile,
    known,
    text_number,
)
from labeling.core.imports.rasters import filled

MAX_YAML_BYTES = 128 * 1024
MAX_YAML_DEPTH = 8
_IMAGE = r".*/[^/]+/[^/]+\.(?:jpe?g|png|webp|bmp|tiff?)|[^/]+/[^/]+\.(?:jpe?g|png|webp|bmp|tiff?)"
_LABELS = re.compile(r"(?:^|/)labels/", re.IGNORECASE)
# Beside the labels lie lists of classes and of images.
_NO_LABELS = {"classes.txt", "obj.names", "train.txt", "val.txt", "test.txt", "readme.txt", "requirements.txt"}
_SPLITS = {"train", "val", "valid", "test"}
_CORNER_TOLERANCE = 0.02


@dataclass(frozen=True)
class _Layout:
    """What the archive says of its labels: the classes by number and how many numbers a joint has."""

    classes: dict[int, str] = field(default_factory=dict)
    joint_size: int = 3


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each file of labels, or each image of a folder, in the order of their names."""
    if not is_archive(source.file):
        raise UnreadableFile("Send a zip of the label files with data.yaml or classes.txt.")
    archive = Archive(source.file)
    if annotation_type == "image_classification":
        yield from _folders(archive)
        return
    layout = _layout(archive)
    for name in archive.named(r".*\.txt"):
        if name.rpartition("/")[2].lower() not in _NO_LABELS:
            yield _item(archive, name, layout, annotation_type)


def _folders(archive: Archive) -> Iterator[Item]:
    classes = _folder_names(archive)
    for name in archive.named(_IMAGE):
        *_, folder, file_name = name.split("/")
        of_folder = partial(_of_folder, classes.get(folder, folder))
        yield ImportedAsset(names=(name, f"{folder}/{file_name}"), size=None, shapes=of_folder)


def _folder_names(archive: Archive) -> dict[str, str]:
    """Return what the folders stand for: our exports put that beside them, as classes may have names of any kind."""
    for name in archive.named(r"(.*/)?names\.yaml"):
        told = _yaml(archive, name)
        if isinstance(told, dict) and len(told) <= MAX_CLASSES:
            return {str(folder)[:200]: str(each)[:200] for folder, each in told.items() if isinstance(folder, str)}
    return {}


def _of_folder(folder: str, _size: Size | None) -> Shapes:
    return [ImportedShape(folder)]


def _item(archive: Archive, name: str, layout: _Layout, annotation_type: str) -> ImportedAsset:
    def shapes(size: Size | None) -> Shapes:
        lines = archive.read(name).decode("utf-8", "replace").splitlines()
        wanted = [line.split() for line in lines if line.strip()]
        if len(wanted) > MAX_SHAPES_OF_ASSET:
            raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
        for index, words in enumerate(wanted):
            try:
                yield _shape(words, layout, known(size), annotation_type)
            except ItemRefused as refusal:
                raise ItemRefused(refusal.code, refusal.detail, field=f"line {index + 1}") from None

    stem = _LABELS.split(name)[-1][: -len(".txt")]
    split, _, rest = stem.partition("/")
    names = (stem, rest) if split.lower() in _SPLITS and rest else (stem,)
    return ImportedAsset(names=names, size=None, shapes=shapes, by_stem=True)


def _shape(words: Sequence[str], layout: _Layout, size: Size, annotation_type: str) -> ImportedShape:
    if not words[0].isascii() or not words[0].isdigit() or len(words[0]) > 9:
        raise ItemRefused("no_such_class", "A line begins with the number of a class.")
    class_name = layout.classes.get(int(words[0]))
    if class_name is None:
        raise ItemRefused("no_such_class", f"The archive names no class {words[0]} in data.yaml or classes.txt.")
    values = [text_number(word, "A coordinate") for word in words[1:]]
    members, score = _MEMBERS[annotation_type](values, size, layout)
    return ImportedShape(class_name, members, score=score)


Read = tuple[dict[str, Any], float | None]


def _box_of(values: Sequence[float], size: Size) -> list[float]:
    x, y, width, height = (share * side for share, side in zip(values, (*size, *size), strict=True))
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def _detect(values: list[float], size: Size, _layout: _Layout) -> Read:
    if len(values) not in {4, 5}:
        raise ItemRefused("wrong_length", "A box is four numbers after its class, and maybe a score.")
    return {"box": _box_of(values[:4], size)}, values[4] if len(values) == 5 else None


def _outline(values: list[float], size: Size) -> list[list[float]]:
    if len(values) < 6 or len(values) % 2:
        raise ItemRefused("wrong_length", "An outline is three or more pairs of numbers after its class.")
    return [[x * size.width, y * size.height] for x, y in zip(values[::2], values[1::2], strict=True)]


def _segment(values: list[float], size: Size, _layout: _Layout) -> Read:
    return {"polygon": [[_outline(values, size)]]}, None


def _mask(values: list[float], size: Size, _layout: _Layout) -> Read:
    return {"mask": filled([[_outline(values, size)]], size)}, None


def _obb(values: list[float], size: Size, _layout: _Layout) -> Read:
    if len(values) not in {8, 9}:
        raise ItemRefused("wrong_length", "A rotated box is four pairs of numbers after its class, and maybe a score.")
    return {"rotated_box": turned_box(_outline(values[:8], size))}, values[8] if len(values) == 9 else None


def turned_box(corners: Sequence[Sequence[float]]) -> list[float]:
    """Return [cx, cy, width, height, degrees] of four corners, one after the other along the edge.

    Corners that make no rectangle are refused: opposite sides differ, or the angle is none of 90 degrees.
    """
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    width, height = math.hypot(bx - ax, by - ay), math.hypot(cx - bx, cy - by)
    slack = _CORNER_TOLERANCE * max(width, height) + 1e-9
    skew = max(abs(ax + cx - bx - dx), abs(ay + cy - by - dy))  # the diagonals halve each other ...
    lean = abs(math.hypot(cx - ax, cy - ay) - math.hypot(dx - bx, dy - by))  # ... and are as long as each other
    if max(skew, lean) > max(slack, 1.0):
        raise ItemRefused("no_rectangle", "The four corners are those of no rectangle.")
    degrees = math.degrees(math.atan2(by - ay, bx - ax))
    return [(ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4, width, height, degrees]


def _pose(values: list[float], size: Size, layout: _Layout) -> Read:
    joints = values[4:]
    if len(values) < 4 or not joints or len(joints) % layout.joint_size:
        raise ItemRefused("wrong_length", "A pose is a box and then the numbers of each joint after its class.")
    read_joints = []
    for start in range(0, len(joints), layout.joint_size):
        x, y, *seen = joints[start : start + layout.joint_size]
        visible = int(seen[0]) if seen else (2 if x or y else 0)
        read_joints.append([x * size.width, y * size.height, visible] if visible else [0.0, 0.0, 0])
    return {"keypoints": read_joints}, None


_MEMBERS: dict[str, Any] = {
    "bounding_box": _detect,
    "polygon": _segment,
    "instance_segmentation": _mask,
    "rotated_box": _obb,
    "keypoints": _pose,
}


def _layout(archive: Archive) -> _Layout:
    """Read the classes; the topmost of several lists counts."""
    for name in sorted(archive.named(r"(.*/)?[^/]+\.ya?ml"), key=lambda name: name.count("/")):
        described = _described(archive, name)
        if described is not None:
            return described
    for name in archive.named(r"(.*/)?(classes\.txt|obj\.names|[^/]+\.names)"):
        lines = archive.read(name, limit=MAX_YAML_BYTES).decode("utf-8", "replace").splitlines()
        return _Layout(classes={number: line.strip()[:200] for number, line in enumerate(lines[:MAX_CLASSES])})
    raise UnreadableFile("The archive names no classes: add data.yaml or classes.txt.")


def _described(archive: Archive, name: str) -> _Layout | None:
    try:
        # What is no text is turned into one here: a number may have more digits than Python writes out.
        return _layout_of(_yaml(archive, name))
    except (ValueError, TypeError, RecursionError, OverflowError):
        return None


def _yaml(archive: Archive, name: str) -> Any:
    """Return what a small document holds; nothing where it is none."""
    try:
        text = archive.read(name, limit=MAX_YAML_BYTES).decode("utf-8", "replace")
        return yaml.safe_load(text) if _is_plain(text) else None
    except (ItemRefused, yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError):
        return None


def _layout_of(described: Any) -> _Layout | None:
    if not isinstance(described, dict):
        return None
    names = described.get("names")
    entries = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(entries, dict) or not 0 < len(entries) <= MAX_CLASSES:
        return None
    shape = described.get("kpt_shape")
    joint_size = 2 if isinstance(shape, list) and len(shape) == 2 and shape[1] == 2 else 3
    classes = {number: str(each)[:200] for number, each in entries.items() if isinstance(number, int)}
    return _Layout(classes=classes, joint_size=joint_size)


def _is_plain(text: str) -> bool:
    """Return whether YAML nests little and refers to nothing: references make a little text into a lot."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_YAML_DEPTH or isinstance(event, yaml.AliasEvent):
            return False
    return True


YOLO = ImportFormat(annotation_types=frozenset(_MEMBERS) | {"image_classification"}, read=read)
