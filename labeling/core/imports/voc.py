"""Pascal VOC: a zip of XML files, one an image.

Source: Everingham et al., the PASCAL VOC 2012 development kit, section 6. The kit counts pixels from 1 and includes the
last one; nearly all tools since write edges counted from 0. Which it is cannot be seen: there is a format for each.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

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
    size_of,
    text_number,
    text_of,
)
from labeling.core.imports.xml_items import Node, whole

_ATTRIBUTES = ("pose", "truncated", "difficult", "occluded")


def read(source: Source, _annotation_type: str, *, first_pixel: int) -> Iterator[Item]:
    """Yield an item for each XML file, in the order of their names."""
    if not is_archive(source.file):
        raise UnreadableFile("Send a zip of the XML files.")
    archive = Archive(source.file)
    for name in archive.named(r".*\.xml"):
        try:
            yield _item(name, whole(archive.read(name), root="annotation"), first_pixel)
        except ItemRefused as refusal:
            yield RefusedItem(name, refusal)
        except UnreadableFile as fault:
            yield RefusedItem(name, ItemRefused("unreadable", fault.detail))


def _item(name: str, image: Node, first_pixel: int) -> ImportedAsset:
    file_name = image.text_at("filename")
    told = _size(image)

    def shapes(_size: Size | None) -> Shapes:
        things = [node for node in image.children if node.tag == "object"]
        if len(things) > MAX_SHAPES_OF_ASSET:
            raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
        return (_shape(node, first_pixel) for node in things)

    stem = name.rpartition("/")[2][: -len(".xml")]
    if not file_name:
        return ImportedAsset(names=(stem,), size=told, shapes=shapes, by_stem=True)
    text_of(file_name, "filename")
    folder = image.text_at("folder")
    names = (f"{folder}/{file_name}", file_name) if folder else (file_name,)
    return ImportedAsset(names=names, size=told, shapes=shapes)


def _size(image: Node) -> Size | None:
    sides = [image.text_at("size", side) or "" for side in ("width", "height")]
    return size_of(*(int(side) if side.isascii() and side.isdigit() and len(side) < 10 else None for side in sides))


def _shape(node: Node, first_pixel: int) -> ImportedShape | None:
    if node.child("bndbox") is None:
        return LEFT_OUT
    x1, y1, x2, y2 = (
        text_number(node.text_at("bndbox", name), f"bndbox.{name}") for name in ("xmin", "ymin", "xmax", "ymax")
    )
    attributes: dict[str, Any] = {name: text for name in _ATTRIBUTES if (text := node.text_at(name)) is not None}
    # Most tools write further attributes so.
    others = node.child("attributes")
    for told in others.children if others else []:
        attributes[told.text_at("name") or ""] = told.text_at("value") or ""
    box = [x1 - first_pixel, y1 - first_pixel, x2, y2]
    return ImportedShape(node.text_at("name") or "", {"box": box}, attributes)


VOC = ImportFormat(annotation_types=frozenset({"bounding_box"}), read=partial(read, first_pixel=0))
VOC_DEVKIT = ImportFormat(annotation_types=frozenset({"bounding_box"}), read=partial(read, first_pixel=1))
