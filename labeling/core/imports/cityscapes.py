"""Cityscapes: a zip of `*_polygons.json`, one an image.

Source: the scripts of https://github.com/mcordts/cityscapesScripts: objects are painted in their order, each over those
before it; a label that ends in `group` is of many, and no object. The image is called as the document, with
`_leftImg8bit` in the place of `_gtFine_polygons`.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_SHAPES_OF_ASSET,
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
from labeling.core.imports.coco_panoptic import runs_by_value
from labeling.core.imports.json_items import documents
from labeling.core.imports.rasters import MAX_CROSSINGS, check_size, filled, mask_of_runs

_DOCUMENT = r".*_polygons[.]json"
_KIND = re.compile(r"_gt(Fine|Coarse)?_polygons[.]json$|_polygons[.]json$", re.IGNORECASE)
_GROUP = "group"
Drawn = list[tuple[str, list[list[float]]]]


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each document, in the order of their names."""
    if not is_archive(source.file):
        raise UnreadableFile("Send a zip of the documents *_polygons.json.")
    archive = Archive(source.file)
    for name in archive.named(_DOCUMENT):
        try:
            yield _item(name, archive.read(name), annotation_type)
        except ItemRefused as refusal:
            yield RefusedItem(name, refusal)


def _item(name: str, content: bytes, annotation_type: str) -> ImportedAsset:
    try:
        told = next(documents(io.BytesIO(content)), None)
    except UnreadableFile as fault:
        raise ItemRefused("unreadable", fault.detail) from None
    if not isinstance(told, dict):
        raise ItemRefused("unreadable", "The document is no JSON object.")

    def shapes(size: Size | None) -> Shapes:
        drawn = _drawn(told)
        if annotation_type == "polygon":
            for label, ring in drawn:
                yield ImportedShape(label, {"polygon": [[ring]]}) if not label.endswith(_GROUP) else LEFT_OUT
        else:
            yield from _painted(drawn, known(size), by_class=annotation_type == "semantic_segmentation")

    stem = _KIND.sub("", name.rpartition("/")[2])
    whole = size_of(told.get("imgWidth"), told.get("imgHeight"))
    return ImportedAsset(names=(stem, f"{stem}_leftImg8bit"), size=whole, shapes=shapes, by_stem=True)


def _drawn(told: dict[str, Any]) -> Drawn:
    objects = told.get("objects")
    if not isinstance(objects, list) or len(objects) > MAX_SHAPES_OF_ASSET:
        raise ItemRefused("too_many", f"`objects` is a list of at most {MAX_SHAPES_OF_ASSET}.")
    drawn: Drawn = []
    for each in objects:
        ring = each.get("polygon") if isinstance(each, dict) else None
        if not isinstance(ring, list):
            raise ItemRefused("not_points", "An object has a polygon of points.")
        if not each.get("deleted"):
            drawn.append((text_of(each.get("label"), "label"), [numbers(at, "polygon", length=2) for at in ring]))
    return drawn


def _painted(drawn: Drawn, size: Size, *, by_class: bool) -> Shapes:
    """Yield the pixels of each object, or of each class, that nothing later covers."""
    check_size(size)
    _check_effort(drawn, size)
    places = {label: place for place, (label, _) in enumerate(drawn, start=1)} if by_class else {}
    canvas = np.zeros(size.width * size.height, dtype=np.int32)
    labels: dict[int, str] = {}
    for place, (label, ring) in enumerate(drawn, start=1):
        number = places.get(label, place)
        labels[number] = label
        bounds = np.cumsum(filled([[ring]], size)["counts"]).tolist()
        for start, end in zip(bounds[::2], bounds[1::2], strict=False):
            canvas[start:end] = number
    for number, runs in runs_by_value(canvas.reshape(size.width, size.height).T).items():
        if number:
            is_many = labels[number].endswith(_GROUP) and not by_class
            yield LEFT_OUT if is_many else ImportedShape(labels[number], {"mask": mask_of_runs(runs, size)})


def _check_effort(drawn: Drawn, size: Size) -> None:
    """Refuse what would take long to be painted: all of it is, before the first pixel is told."""
    n_columns = 0.0
    for _, ring in drawn:
        across = np.clip([point[0] for point in ring], 0, size.width)
        n_columns += float(np.abs(across - np.roll(across, 1)).sum())
    if n_columns > MAX_CROSSINGS:
        raise ItemRefused("too_many", "The outlines are too intricate to be filled.")


CITYSCAPES = ImportFormat(
    annotation_types=frozenset({"polygon", "instance_segmentation", "semantic_segmentation", "panoptic_segmentation"}),
    read=read,
)
