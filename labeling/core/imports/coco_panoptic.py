"""COCO panoptic: a zip with one JSON document and a PNG for each image, whose colours are the ids of segments.

Source: https://cocodataset.org/#format-data. A segment's id is R + 256 G + 65536 B; pixels of the id 0 belong to none
and are void, where the ontology has one such class.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_ASSETS,
    MAX_CLASSES,
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
    size_of,
    text_of,
)
from labeling.core.imports.json_items import members
from labeling.core.imports.rasters import MAX_CROSSINGS, Runs, check_size, mask_of_runs
from labeling.core.imports.spool import Spool

MAX_PNG_BYTES = 64 * MIB
NOTHING = 0


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each image that has a PNG, in the order of `annotations`."""
    if not is_archive(source.file):
        raise UnreadableFile("Send a zip with the JSON document and the PNG images.")
    archive = Archive(source.file)
    documents = archive.named(r"(.*/)?[^/]+\.json")
    if len(documents) != 1:
        raise UnreadableFile(f"The archive holds {len(documents)} JSON documents; send one.")
    parts = _Parts(source, archive, documents[0])
    for group in parts.annotations.groups():
        [annotation] = parts.annotations.read(group)
        yield _item(source, parts, annotation, annotation_type)


class _Parts:
    def __init__(self, source: Source, archive: Archive, name: str) -> None:
        self.archive = archive
        self.pngs = {png.rpartition("/")[2]: png for png in archive.named(r".*\.png")}
        self.categories: dict[int, tuple[str, bool]] = {}
        self.images = Spool(source.scratch())
        self.annotations = Spool(source.scratch())
        self.numbers: dict[Any, int] = {}
        for member in members(archive.stream(name)):
            if not member.in_array or not isinstance(member.value, dict):
                continue
            if member.name == "images":
                self._add_image(member.value)
            elif member.name == "annotations":
                self.annotations.add(len(self.annotations), member.value)
            elif member.name == "categories":
                self._add_category(member.value)

    def _add_image(self, image: dict[str, Any]) -> None:
        image_id = image.get("id")
        if not isinstance(image_id, int | str) or len(self.numbers) >= MAX_ASSETS:
            raise UnreadableFile(f"`images` holds at most {MAX_ASSETS} objects, each with an id.")
        self.images.add(self.numbers.setdefault(image_id, len(self.numbers)), image)

    def _add_category(self, category: dict[str, Any]) -> None:
        number = category.get("id")
        if not isinstance(number, int) or len(self.categories) >= MAX_CLASSES:
            raise UnreadableFile(f"`categories` holds at most {MAX_CLASSES} objects, each with an id.")
        self.categories[number] = (str(category.get("name"))[:200], bool(category.get("isthing", 1)))

    def image_of(self, annotation: dict[str, Any]) -> dict[str, Any]:
        """Return the image that an annotation is about."""
        image_id = annotation.get("image_id")
        number = self.numbers.get(image_id) if isinstance(image_id, int | str) else None
        if number is None:
            raise ItemRefused("no_such_image", "The annotation names an image that is not listed.")
        image: dict[str, Any] = next(iter(self.images.read(number)))
        return image


def _item(source: Source, parts: _Parts, annotation: dict[str, Any], annotation_type: str) -> Item:
    try:
        image = parts.image_of(annotation)
        name = text_of(image.get("file_name"), "file_name")
    except ItemRefused as refusal:
        return RefusedItem(str(annotation.get("file_name"))[:200], refusal)

    def shapes(size: Size | None) -> Shapes:
        yield from _segments(source, parts, annotation, size, annotation_type)

    return ImportedAsset(names=(name,), size=size_of(image.get("width"), image.get("height")), shapes=shapes)


def _segments(
    source: Source, parts: _Parts, annotation: dict[str, Any], size: Size | None, annotation_type: str
) -> Shapes:
    ids = _ids(source, parts, annotation)
    found = Size(width=ids.shape[1], height=ids.shape[0])
    if size is not None and found != size:
        raise ItemRefused("other_size", f"The PNG has {found.width} x {found.height} pixels, the image others.")
    runs = runs_by_value(ids)
    classes = _classes(parts, annotation)
    merged: dict[str, list[Runs]] = {}
    for segment, stretches in runs.items():
        if segment == NOTHING:
            continue
        if segment not in classes:
            raise ItemRefused("no_such_segment", f"The PNG has the segment {segment}, which is not listed.")
        class_name, is_thing = classes[segment]
        if annotation_type == "instance_segmentation" and not is_thing:
            yield LEFT_OUT
        elif annotation_type == "semantic_segmentation" or not is_thing:
            merged.setdefault(class_name, []).append(stretches)
        else:
            yield ImportedShape(class_name, {"mask": mask_of_runs(stretches, found)})
    for class_name, groups in merged.items():
        yield ImportedShape(class_name, {"mask": mask_of_runs(np.concatenate(groups), found)})


def _classes(parts: _Parts, annotation: dict[str, Any]) -> dict[int, tuple[str, bool]]:
    """Return class and kind by the id of a segment."""
    listed = annotation.get("segments_info")
    classes: dict[int, tuple[str, bool]] = {}
    for segment in listed if isinstance(listed, list) else []:
        category = segment.get("category_id") if isinstance(segment, dict) else None
        if not isinstance(category, int) or category not in parts.categories:
            raise ItemRefused("no_such_category", "A segment names a category that is not listed.")
        if isinstance(segment.get("id"), int):
            classes[segment["id"]] = parts.categories[category]
    return classes


def _ids(source: Source, parts: _Parts, annotation: dict[str, Any]) -> NDArray[np.int64]:
    file_name = annotation.get("file_name")
    png = parts.pngs.get(file_name.rpartition("/")[2]) if isinstance(file_name, str) else None
    if png is None:
        raise ItemRefused("no_png", "The archive holds no PNG of this name.")
    pixels = source.decode_png(parts.archive.read(png, limit=MAX_PNG_BYTES))
    check_size(Size(width=pixels.shape[1], height=pixels.shape[0]))
    ids: NDArray[np.int64] = pixels.astype(np.int64) @ np.array([1, 256, 65_536])
    return ids


def runs_by_value(values: NDArray[np.signedinteger[Any]]) -> dict[int, Runs]:
    """Return the stretches of each value of a (height, width) array, numbered column by column."""
    flat = values.T.ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    if len(starts) > MAX_CROSSINGS:
        raise ItemRefused("too_many", "The segments are too intricate to be read.")
    runs = np.stack([starts, np.concatenate([starts[1:], [len(flat)]])], axis=1)
    order = np.argsort(flat[starts], kind="stable")
    distinct, first = np.unique(flat[starts][order], return_index=True)
    return dict(zip(distinct.tolist(), np.split(runs[order], first[1:]), strict=True))


COCO_PANOPTIC = ImportFormat(
    annotation_types=frozenset({"panoptic_segmentation", "semantic_segmentation", "instance_segmentation"}), read=read
)
