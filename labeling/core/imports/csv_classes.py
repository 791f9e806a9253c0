"""A table with a row for each image and class, as spreadsheets and our own `labels.csv` have it.

A column called `external_id`, `image`, `file_name`, `filename` or `path` names the image, `class` or `label` its class,
and `confidence` or `score`, where there is one, how sure that is. An image without a class has a row with an empty one.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labeling.core.imports.archives import document
from labeling.core.imports.base import (
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
    text_number,
    text_of,
)
from labeling.core.imports.spool import NamedSpool
from labeling.core.imports.tables import rows

_IMAGES = ("external_id", "image", "file_name", "filename", "path")
_CLASSES = ("class", "label")
_SCORES = ("confidence", "score")
# What our table puts before a cell that a spreadsheet would take for a formula.
_QUOTED = tuple(f"'{sign}" for sign in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each image, in the order in which the table first names them."""
    images = NamedSpool(source.scratch())
    n_without = 0
    for row in rows(document(source.file, r"(.*/)?[^/]+\.csv")):
        name, class_name = _cell(row, _IMAGES), _cell(row, _CLASSES)
        if name is None or class_name is None:
            raise UnreadableFile("The table has no column for images, or none for classes.")
        if not name:
            n_without += 1
            continue
        images.add(name, *([[class_name, _cell(row, _SCORES) or ""]] if class_name else []))
    for number in range(n_without):
        yield RefusedItem(f"row without an image {number + 1}", ItemRefused("not_a_name", "The row names no image."))
    for name, said in images.items():
        yield _item(name, said, annotation_type)


def _cell(row: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in row:
            cell = row[name].strip()
            return cell[1:] if cell.startswith(_QUOTED) else cell
    return None


def _item(name: str, said: Callable[[], Iterator[Any]], annotation_type: str) -> Item:
    try:
        text_of(name, "The name of an image")
    except ItemRefused as refusal:
        return RefusedItem(name[:200], refusal)

    def shapes(_size: Size | None) -> Shapes:
        n_classes = 0
        for class_name, score in said():
            n_classes += 1
            yield ImportedShape(class_name, score=text_number(score, "The confidence") if score else None)
        if annotation_type == "image_classification" and n_classes != 1:
            raise ItemRefused("not_one_class", "The image has none or several classes, and one is asked for.")

    return ImportedAsset(names=names_of(name), size=None, shapes=shapes)


CSV = ImportFormat(annotation_types=frozenset({"image_classification", "multi_label_classification"}), read=read)
