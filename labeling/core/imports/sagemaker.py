"""SageMaker's augmented manifest: one JSON document a line, or a zip with it and the images of its classes.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html. The label is whichever member has beside
it one of its name and `-metadata` that says that it is of the type wanted; of several the last.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from labeling.core.imports.archives import Archive, document, is_archive
from labeling.core.imports.base import (
    MAX_ASSETS,
    MAX_SHAPES_OF_ASSET,
    MIB,
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
    names_of,
    number,
    size_of,
    text_of,
)
from labeling.core.imports.coco_panoptic import runs_by_value
from labeling.core.imports.json_items import documents
from labeling.core.imports.rasters import mask_of_runs

METADATA = "-metadata"
MAX_PNG_BYTES = 64 * MIB
BACKGROUND = "BACKGROUND"
_TYPES = {
    "image_classification": "groundtruth/image-classification",
    "multi_label_classification": "groundtruth/image-classification-multilabel",
    "bounding_box": "groundtruth/object-detection",
    "semantic_segmentation": "groundtruth/semantic-segmentation",
}
_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
Masks = Callable[[str], Any]


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each line."""
    manifest = document(source.file, r"(.*/)?[^/]+\.(manifest|jsonl)")
    masks = _masks(source)
    for index, line in enumerate(documents(manifest)):
        if not isinstance(line, dict) or index >= MAX_ASSETS:
            raise UnreadableFile(f"The manifest holds something else than at most {MAX_ASSETS} JSON objects.")
        yield _item(index, line, annotation_type, masks)


def _item(index: int, line: dict[str, Any], annotation_type: str, masks: Masks) -> Item:
    try:
        reference = text_of(line.get("source-ref"), "source-ref")
        label, metadata = _label(line, annotation_type)
    except ItemRefused as refusal:
        return RefusedItem(f"line {index + 1}", refusal)

    def shapes(_size: Size | None) -> Shapes:
        yield from _READERS[annotation_type](label, metadata, masks)

    return ImportedAsset(names=names_of(reference), size=_told_size(label), shapes=shapes)


def _masks(source: Source) -> Masks:
    """Return what gives the pixels of the image that a line refers to, by the last part of its address."""
    archive = Archive(source.file) if is_archive(source.file) else None
    paths = {path.rpartition("/")[2]: path for path in archive.named(r".*[.]png")} if archive else {}

    def pixels(reference: str) -> Any:
        path = paths.get(reference.replace("\\", "/").rpartition("/")[2])
        if archive is None or path is None:
            raise ItemRefused("no_png", "The PNG is not beside the manifest in a zip.")
        return source.decode_png(archive.read(path, limit=MAX_PNG_BYTES))

    return pixels


def _label(line: Mapping[str, Any], annotation_type: str) -> tuple[Any, dict[str, Any]]:
    for name in reversed(list(line)):
        metadata = line.get(f"{name}{METADATA}", line.get(f"{name.removesuffix('-ref')}{METADATA}"))
        if isinstance(metadata, dict) and metadata.get("type") == _TYPES[annotation_type]:
            return line[name], metadata
    raise ItemRefused("no_annotation", f"The line has no label of the type {_TYPES[annotation_type]}.")


def _told_size(label: Any) -> Size | None:
    sizes = label.get("image_size") if isinstance(label, dict) else None
    first = sizes[0] if isinstance(sizes, list) and sizes else None
    return size_of(first.get("width"), first.get("height")) if isinstance(first, dict) else None


def _score(value: Any) -> float | None:
    return None if value is None else number(value, "confidence")


def _entry(metadata: Mapping[str, Any], name: str, key: Any) -> Any:
    """Return what a map of the metadata has for a number."""
    entries = metadata.get(name)
    return entries.get(str(key)) if isinstance(entries, dict) and isinstance(key, int | str) else None


def _class(_: Any, metadata: Mapping[str, Any], _masks: Masks) -> Shapes:
    yield ImportedShape(text_of(metadata.get("class-name"), "class-name"), score=_score(metadata.get("confidence")))


def _classes(label: Any, metadata: Mapping[str, Any], _masks: Masks) -> Shapes:
    for key in _list(label):
        name = text_of(_entry(metadata, "class-map", key), "An entry of class-map")
        yield ImportedShape(name, score=_score(_entry(metadata, "confidence-map", key)))


def _boxes(label: Any, metadata: Mapping[str, Any], _masks: Masks) -> Shapes:
    boxes = _list(label.get("annotations") if isinstance(label, dict) else None)
    objects = metadata.get("objects")
    scores = [each.get("confidence") for each in objects if isinstance(each, dict)] if isinstance(objects, list) else []
    if len(scores) != len(boxes):
        scores = [None] * len(boxes)
    for box, score in zip(boxes, scores, strict=True):
        if not isinstance(box, dict):
            raise ItemRefused("not_numbers", "An entry of `annotations` is no object.")
        left, top, width, height = (number(box.get(name), name) for name in ("left", "top", "width", "height"))
        name = text_of(_entry(metadata, "class-map", box.get("class_id")), "An entry of class-map")
        yield ImportedShape(name, {"box": [left, top, left + width, top + height]}, score=_score(score))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_SHAPES_OF_ASSET:
        raise ItemRefused("too_many", f"The label is no list of at most {MAX_SHAPES_OF_ASSET}.")
    return value


def _colours(label: Any, metadata: Mapping[str, Any], masks: Masks) -> Shapes:
    entries = metadata.get("internal-color-map")
    classes: dict[int, tuple[str, float | None]] = {}
    for entry in entries.values() if isinstance(entries, dict) else []:
        if not isinstance(entry, dict):
            raise ItemRefused("no_such_class", "An entry of internal-color-map is no object.")
        name = text_of(entry.get("class-name"), "class-name")
        classes[_colour(entry.get("hex-color"))] = (name, _score(entry.get("confidence")))
    image = masks(text_of(label, "The reference to the PNG"))
    size = Size(width=image.shape[1], height=image.shape[0])
    for colour, runs in runs_by_value(image.astype(np.int64) @ np.array([1, 256, 65_536])).items():
        if colour not in classes:
            raise ItemRefused("no_such_class", "The PNG has a colour that internal-color-map does not list.")
        name, score = classes[colour]
        if name != BACKGROUND:
            yield ImportedShape(name, {"mask": mask_of_runs(runs, size)}, score=score)


def _colour(text: Any) -> int:
    """Return red + 256 green + 65,536 blue of `#rrggbb`."""
    if not isinstance(text, str) or not _HEX_COLOUR.fullmatch(text):
        raise ItemRefused("no_such_class", "A colour is told as #rrggbb.")
    return int.from_bytes(bytes.fromhex(text[1:]), "little")


_READERS: dict[str, Callable[[Any, Mapping[str, Any], Masks], Shapes]] = {
    "image_classification": _class,
    "multi_label_classification": _classes,
    "bounding_box": _boxes,
    "semantic_segmentation": _colours,
}

SAGEMAKER = ImportFormat(annotation_types=frozenset(_READERS), read=read)
