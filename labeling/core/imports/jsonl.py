"""Our own JSON Lines: a document for each image, with a conclusion as `labels.jsonl` has it, or with annotations.

`{"external_id": "a.jpg", "value": {...}}` as releases write it, or `{"external_id": "a.jpg", "annotations": [...]}`,
both as docs/annotations.md has them; `width` and `height` where they are known.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.formats.masks import runs_of
from labeling.core.imports.archives import document
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_ASSETS,
    MAX_MASK_PIXELS,
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
from labeling.core.imports.json_items import documents
from labeling.core.imports.partitions import PARTITIONS

MAX_COUNTS = 1_000_000
# Of what is not final, what more likely is there than not; as releases have it.
MIN_EXISTENCE = 0.5


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each document, in their order."""
    for index, told in enumerate(documents(document(source.file, r"(.*/)?(labels|[^/]+)\.jsonl"))):
        if not isinstance(told, dict) or index >= MAX_ASSETS:
            raise UnreadableFile(f"The file holds something else than at most {MAX_ASSETS} JSON objects.")
        yield _item(index, told, annotation_type)


def _item(index: int, told: dict[str, Any], annotation_type: str) -> Item:
    try:
        name = text_of(told.get("external_id"), "external_id")
    except ItemRefused as refusal:
        return RefusedItem(f"line {index + 1}", refusal)

    def shapes(_size: Size | None) -> Shapes:
        for each in _said(told):
            yield _shape(each, told, annotation_type)

    return ImportedAsset(names=names_of(name), size=size_of(told.get("width"), told.get("height")), shapes=shapes)


def _said(told: Mapping[str, Any]) -> list[Any]:
    """Return annotations, or what was concluded, as objects that each have a class."""
    value = told.get("value")
    if "annotations" in told and value is None:
        said = told["annotations"]
    elif not isinstance(value, dict):
        raise ItemRefused("no_annotation", "The document has neither a conclusion nor annotations.")
    elif "objects" in value:
        said = value["objects"]
    elif "classes" in value:
        said = value["classes"]
        said = [{"class": name} for name in said] if isinstance(said, list) else said
    else:
        said = [{name: value.get(name) for name in ("class", "attributes")}]
    if not isinstance(said, list):
        raise ItemRefused("no_annotation", "What was annotated is no list.")
    return said


def _shape(each: Any, told: Mapping[str, Any], annotation_type: str) -> ImportedShape | None:
    if not isinstance(each, dict):
        raise ItemRefused("no_annotation", "An annotation is no object.")
    member = ANNOTATION_TYPES[annotation_type].member
    if each.get("class") is None or (member and member not in each) or not _is_kept(each, told):
        return LEFT_OUT
    shape = each[member] if member else None
    if annotation_type in PARTITIONS:
        shape = _with_numbers(shape)
    attributes, score = each.get("attributes"), each.get("confidence", told.get("confidence"))
    return ImportedShape(
        text_of(each["class"], "The class"),
        {member: shape} if member else {},
        attributes if isinstance(attributes, dict) else {},
        None if score is None else number(score, "confidence"),
        is_ours=True,
    )


def _is_kept(each: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    exists = each.get("p_exist", each.get("confidence"))
    return told.get("state", "final") == "final" or exists is None or number(exists, "p_exist") >= MIN_EXISTENCE


def _with_numbers(mask: Any) -> dict[str, Any]:
    """Return a mask whose run lengths are numbers."""
    size = mask.get("size") if isinstance(mask, dict) else None
    told = size_of(*size[::-1]) if isinstance(size, list) and len(size) == 2 else None
    counts = mask.get("counts") if isinstance(mask, dict) else None
    if told is None or not isinstance(counts, str | list) or len(counts) > MAX_COUNTS:
        raise ItemRefused("not_a_mask", "A mask is its size and its run lengths.")
    if told.width * told.height > MAX_MASK_PIXELS:
        raise ItemRefused("image_too_large", f"Masks are read of images of at most {MAX_MASK_PIXELS} pixels.")
    try:
        return {"size": size, "counts": runs_of({"size": size, "counts": counts}).tolist()}
    except (ValueError, TypeError, OverflowError):
        raise ItemRefused("not_a_mask", "The run lengths do not fill the image.") from None


JSONL = ImportFormat(annotation_types=frozenset(ANNOTATION_TYPES), read=read)
