"""Open Images: a zip of tables of boxes, of classes of whole images, or of masks with their PNG images.

Source: https://storage.googleapis.com/openimages/web/download_v7.html. Places are shares of the image's sides; an image
is called by its file without the suffix. A class of the confidence 0 was looked for and is not there; a box around a
group is no object.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_CLASSES,
    MAX_NAME_CHARS,
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
    known,
    text_number,
    text_of,
)
from labeling.core.imports.rasters import mask_of_window
from labeling.core.imports.spool import NamedSpool
from labeling.core.imports.tables import records, rows

MAX_PNG_BYTES = 16 * MIB
_DESCRIPTIONS = r"(.*/)?[^/]*class-descriptions[^/]*[.]csv"
# Of each type a column that only its tables have; all have `imageid`, and lists of images `subset`.
_TELLING = {"bounding_box": "xmin", "instance_segmentation": "maskpath"}
_FLAGS = {"isoccluded": "occluded", "istruncated": "truncated"}
# What else a table may hold is not kept until its image is read.
_KEPT = (
    "labelname", "confidence", "xmin", "xmax", "ymin", "ymax", "isgroupof", "maskpath", "predictediou", *_FLAGS,
)  # fmt: skip


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each image, in the order in which the tables first name them."""
    if not is_archive(source.file):
        raise UnreadableFile("Send a zip of the tables.")
    archive = Archive(source.file)
    names = _display_names(archive)
    images = NamedSpool(source.scratch())
    for table in sorted({*archive.named(r".*[.]csv")} - {*archive.named(_DESCRIPTIONS)}):
        for row in rows(archive.stream(table)):
            if row.get("imageid"):
                kept = {name: row[name] for name in _KEPT if name in row}
                images.add(row["imageid"], *([kept] if _is_about(row, annotation_type) else []))
    for name, said in images.items():
        yield _item(name, said, _Means(source, archive, names), annotation_type)


class _Means:
    """What reading a row needs beside it."""

    def __init__(self, source: Source, archive: Archive, names: Mapping[str, str]) -> None:
        self.names = names
        self._source = source
        self._archive = archive
        self._paths = {path.rpartition("/")[2]: path for path in archive.named(r".*[.]png")}

    def pixels(self, name: str) -> Any:
        """Return the decoded mask of that name."""
        if name not in self._paths:
            raise ItemRefused("no_png", "The archive holds no PNG of this name.")
        return self._source.decode_png(self._archive.read(self._paths[name], limit=MAX_PNG_BYTES))


def _display_names(archive: Archive) -> dict[str, str]:
    """Return the names of the classes by their labels; lists of before version 6 have no header."""
    names: dict[str, str] = {}
    for table in archive.named(_DESCRIPTIONS):
        for row in records(archive.stream(table)):
            if len(names) > MAX_CLASSES:
                raise UnreadableFile(f"The tables name more than {MAX_CLASSES} classes.")
            if len(row) > 1:
                names[row[0][:MAX_NAME_CHARS]] = row[1][:MAX_NAME_CHARS]
    return names


def _is_about(row: Mapping[str, str], annotation_type: str) -> bool:
    """Return whether a row says something of the type."""
    telling = _TELLING.get(annotation_type)
    if telling is not None:
        return telling in row
    return "labelname" in row and not any(other in row for other in _TELLING.values())


def _item(name: str, said: Callable[[], Iterator[Any]], means: _Means, annotation_type: str) -> Item:
    try:
        text_of(name, "ImageID")
    except ItemRefused as refusal:
        return RefusedItem(name[:200], refusal)

    def shapes(size: Size | None) -> Shapes:
        for row in said():
            label = row.get("labelname") or ""
            given = row.get("confidence") or row.get("predictediou")
            score = text_number(given, "Confidence") if given else None
            members = _READERS[annotation_type](row, size, means)
            if members is LEFT_OUT:
                yield LEFT_OUT
            elif score != 0 or annotation_type not in _OF_THE_IMAGE:
                flags = {ours: row[theirs] for theirs, ours in _FLAGS.items() if row.get(theirs) in {"0", "1"}}
                yield ImportedShape(means.names.get(label, label), members, flags, score)

    return ImportedAsset(names=(name,), size=None, shapes=shapes, by_stem=True)


def _class(_row: Mapping[str, str], _size: Size | None, _means: _Means) -> dict[str, Any]:
    return {}


def _box(row: Mapping[str, str], size: Size | None, _means: _Means) -> dict[str, Any] | None:
    if row.get("isgroupof") == "1":
        return LEFT_OUT
    whole = known(size)
    x1, x2, y1, y2 = (text_number(row.get(name), name) for name in ("xmin", "xmax", "ymin", "ymax"))
    return {"box": [x1 * whole.width, y1 * whole.height, x2 * whole.width, y2 * whole.height]}


def _mask(row: Mapping[str, str], size: Size | None, means: _Means) -> dict[str, Any]:
    pixels = means.pixels(row.get("maskpath") or "").astype(bool).any(axis=2)
    found = Size(width=pixels.shape[1], height=pixels.shape[0])
    if size is not None and found != size:
        raise ItemRefused("other_size", f"The PNG has {found.width} x {found.height} pixels, the image others.")
    return {"mask": mask_of_window(pixels, left=0, top=0, size=found)}


_OF_THE_IMAGE = frozenset({"image_classification", "multi_label_classification"})
_READERS: dict[str, Callable[[Mapping[str, str], Size | None, _Means], dict[str, Any] | None]] = {
    "image_classification": _class,
    "multi_label_classification": _class,
    "bounding_box": _box,
    "instance_segmentation": _mask,
}

OPEN_IMAGES = ImportFormat(annotation_types=frozenset(_READERS), read=read)
