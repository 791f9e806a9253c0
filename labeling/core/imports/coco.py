"""COCO instances and keypoints, as JSON or as a zip with one such document.

Source: https://cocodataset.org/#format-data. `bbox` is [x, y, width, height] in pixels; `segmentation` is a list of
outlines, or run lengths, compressed or not; an `iscrowd` region says that many are there, and not where each is: it is
left out, unless regions are what is asked for.

Results (https://cocodataset.org/#format-results) are an array of the same objects with a score: alone, by the ids of
images and categories, or in a zip beside the document that lists these.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import IO, Any

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_ASSETS,
    MAX_CLASSES,
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
    number,
    numbers,
    points,
    size_of,
    text_of,
)
from labeling.core.imports.json_items import Member, members
from labeling.core.imports.rasters import filled
from labeling.core.imports.spool import Spool
from labeling.core.imports.yolo import turned_box

Categories = dict[Any, str]


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each image, in the order of the document."""
    parts = _Parts(source)
    for group in parts.images.groups():
        yield _item(parts, group, parts.images.first(group), annotation_type)
    for image_id, group in parts.strays:
        if parts.categories:
            refusal = ItemRefused("no_such_image", "Annotations name an image that is not listed.")
            yield RefusedItem(str(image_id)[:100], refusal)
        else:
            yield _unlisted(parts, group, image_id, annotation_type)


class _Parts:
    """The document taken apart: images and annotations lie outside memory, the annotations by their image."""

    def __init__(self, source: Source) -> None:
        self._scratch = source.scratch
        self.categories: Categories = {}
        self.images = Spool(source.scratch())
        self.annotations = Spool(source.scratch())
        self._groups: dict[Any, int] = {}
        self._listed: set[int] = set()
        self.has_results = False
        files = _documents(source.file)
        for file in files:
            for member in members(file):
                self._add(member)
        if not self._groups and not self.categories:
            raise UnreadableFile("The document has no images: it is none of COCO's.")
        if len(files) > 1 and not self.has_results:
            raise UnreadableFile("The archive holds 2 documents of this format, and neither is an array of results.")

    def _add(self, member: Member) -> None:
        if not member.in_array:
            return
        if member.name is None:
            if not self.has_results:
                # What is said beside results of the same images is the truth that they are measured by.
                self.has_results, self.annotations = True, Spool(self._scratch())
            self._add_annotation(member.value)
        elif member.name == "images":
            self._add_image(member.value)
        elif member.name == "annotations" and not self.has_results:
            self._add_annotation(member.value)
        elif member.name == "categories":
            self._add_category(member.value)

    @property
    def strays(self) -> list[tuple[Any, int]]:
        """Return the ids of images that annotations name and the document does not list, with their groups."""
        return [(image_id, group) for image_id, group in self._groups.items() if group not in self._listed]

    def _group(self, image_id: Any) -> int:
        group = self._groups.setdefault(_key(image_id), len(self._groups))
        if group >= MAX_ASSETS:
            raise UnreadableFile(f"The document has more than {MAX_ASSETS} images.")
        return group

    def _add_image(self, image: Any) -> None:
        if not isinstance(image, dict):
            raise UnreadableFile("An entry of `images` is no object.")
        group = self._group(image.get("id"))
        if group in self._listed:
            raise UnreadableFile("Two images have one id.")
        self._listed.add(group)
        self.images.add(group, {name: image.get(name) for name in ("file_name", "width", "height")})

    def _add_annotation(self, annotation: Any) -> None:
        if not isinstance(annotation, dict):
            raise UnreadableFile("An entry of `annotations` is no object.")
        self.annotations.add(self._group(annotation.get("image_id")), annotation)

    def _add_category(self, category: Any) -> None:
        if not isinstance(category, dict) or len(self.categories) >= MAX_CLASSES:
            raise UnreadableFile(f"`categories` holds at most {MAX_CLASSES} objects.")
        self.categories[_key(category.get("id"))] = str(category.get("name"))[:200]


def _documents(file: IO[bytes]) -> list[IO[bytes]]:
    """Return the one document, or that of the images and the results that go with it."""
    if not is_archive(file):
        return [file]
    archive = Archive(file)
    found = archive.named(r"(.*/)?[^/]+[.]json")
    if len(found) not in {1, 2}:
        raise UnreadableFile(f"The archive holds {len(found)} documents of this format; send one, or two with results.")
    return [archive.stream(name) for name in found]


def _key(value: Any) -> Any:
    """Return an id as the key of a table."""
    if isinstance(value, bool) or not isinstance(value, int | str) or (isinstance(value, str) and len(value) > 200):
        raise UnreadableFile("An id is no whole number and no short text.")
    return value


def _item(parts: _Parts, group: int, image: Mapping[str, Any], annotation_type: str) -> Item:
    try:
        name = text_of(image["file_name"], "file_name")
    except ItemRefused as refusal:
        return RefusedItem(f"image {group + 1}", refusal)
    shapes = partial(_shapes, parts, group, annotation_type)
    return ImportedAsset(names=(name,), size=size_of(image["width"], image["height"]), shapes=shapes)


def _unlisted(parts: _Parts, group: int, image_id: Any, annotation_type: str) -> ImportedAsset:
    """Return an image of results that come alone: it goes by its id, as COCO's own images do."""
    names = (f"{image_id:012d}", str(image_id)) if isinstance(image_id, int) else (image_id,)
    shapes = partial(_shapes, parts, group, annotation_type)
    return ImportedAsset(names=names, size=None, shapes=shapes, by_stem=True)


def _shapes(parts: _Parts, group: int, annotation_type: str, size: Size | None) -> Shapes:
    for annotation in parts.annotations.read(group):
        if parts.has_results:
            annotation["keypoints"] = _plain_joints(annotation.get("keypoints"))
        yield _shape(annotation, parts, size, _READERS[annotation_type])


def _plain_joints(joints: Any) -> Any:
    """Return joints that are visible wherever they are: in results the third number may be anything, as a score."""
    if not isinstance(joints, list):
        return joints
    return [2 if place % 3 == 2 and value else value for place, value in enumerate(joints)]


def _shape(annotation: dict[str, Any], parts: _Parts, size: Size | None, read_one: Any) -> ImportedShape | None:
    category = annotation.get("category_id")
    known_id = isinstance(category, int | str) and not isinstance(category, bool)
    # Results that come alone do not say what their classes are called.
    class_name = (parts.categories.get(category) if parts.categories else str(category)[:200]) if known_id else None
    if class_name is None:
        raise ItemRefused("no_such_category", "An annotation names a category that is not listed.")
    members_of: dict[str, Any] | None = read_one(annotation, size)
    if members_of is LEFT_OUT:
        return LEFT_OUT
    attributes = annotation.get("attributes")
    score = annotation.get("score")
    return ImportedShape(
        class_name=class_name,
        members=members_of,
        attributes=attributes if isinstance(attributes, dict) else {},
        score=None if score is None else number(score, "score"),
    )


def _box(annotation: dict[str, Any], _size: Size | None) -> dict[str, Any] | None:
    if annotation.get("iscrowd") or "bbox" not in annotation:
        return LEFT_OUT
    x, y, width, height = numbers(annotation["bbox"], "bbox", length=4)
    return {"box": [x, y, x + width, y + height]}


def _polygon(annotation: dict[str, Any], _size: Size | None) -> dict[str, Any] | None:
    outlines = annotation.get("segmentation")
    if annotation.get("iscrowd") or not isinstance(outlines, list) or not outlines:
        return LEFT_OUT
    return {"polygon": _outlines(outlines)}


def _mask(annotation: dict[str, Any], size: Size | None) -> dict[str, Any] | None:
    segmentation = annotation.get("segmentation")
    if annotation.get("iscrowd") or not segmentation:
        return LEFT_OUT
    if isinstance(segmentation, dict):
        return {"mask": {name: segmentation.get(name) for name in ("size", "counts")}}
    if not isinstance(segmentation, list):
        raise ItemRefused("not_a_mask", "`segmentation` is a list of outlines, or run lengths.")
    return {"mask": filled(_outlines(segmentation), known(size))}


def _rotated_box(annotation: dict[str, Any], _size: Size | None) -> dict[str, Any] | None:
    """Return what we write of it, or else of an outline of four corners the rectangle that it is."""
    if annotation.get("iscrowd"):
        return LEFT_OUT
    if "rotated_box" in annotation:
        return {"rotated_box": numbers(annotation["rotated_box"], "rotated_box", length=5)}
    outlines = annotation.get("segmentation")
    if not isinstance(outlines, list) or len(outlines) != 1 or len(_outlines(outlines)[0][0]) != 4:
        return LEFT_OUT
    return {"rotated_box": turned_box(_outlines(outlines)[0][0])}


def _outlines(segmentation: list[Any]) -> list[list[list[list[float]]]]:
    """Return parts of one ring each: COCO has no holes in outlines."""
    return [[points(numbers(flat, "segmentation"), "segmentation")] for flat in segmentation]


def _keypoints(annotation: dict[str, Any], _size: Size | None) -> dict[str, Any] | None:
    if annotation.get("iscrowd") or not annotation.get("keypoints") or not annotation.get("num_keypoints", 1):
        return LEFT_OUT
    flat = numbers(annotation["keypoints"], "keypoints")
    if len(flat) % 3:
        raise ItemRefused("not_keypoints", "`keypoints` is x, y and v of each joint.")
    triples = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return {"keypoints": [[x, y, int(v)] for x, y, v in triples]}


_READERS: dict[str, Any] = {
    "bounding_box": _box,
    "rotated_box": _rotated_box,
    "polygon": _polygon,
    "instance_segmentation": _mask,
    "keypoints": _keypoints,
}

COCO = ImportFormat(annotation_types=frozenset(_READERS), read=read)
