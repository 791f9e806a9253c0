"""A zip of PNG masks as our own `masks.zip` has them: `classes/`, `instances/`, and the tables of both.

`classes.csv` has a row for each class with its number (`id`), its name (`class`) and, for images of colours, its `red`,
`green` and `blue`; `instances.csv` one for each number in an image of instances (`image`, `instance`, `class`). 0 is
nothing.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    MAX_CLASSES,
    MAX_NAME_CHARS,
    MIB,
    ImportedAsset,
    ImportedShape,
    ImportFormat,
    Item,
    ItemRefused,
    Shapes,
    Size,
    Source,
    UnreadableFile,
)
from labeling.core.imports.coco_panoptic import NOTHING, runs_by_value
from labeling.core.imports.rasters import check_size, mask_of_runs
from labeling.core.imports.spool import NamedSpool
from labeling.core.imports.tables import rows

MAX_PNG_BYTES = 64 * MIB
# More numbers than that are written in 16 bits and without colours.
MOST_COLOURS = 256
_GREY = 1 + 256 + 65_536  # a grey of 8 bits has its number in all three colours
_WEIGHTS = np.array([1, 256, 65_536])
_SPLITS = {"train", "val", "test"}
Listed = dict[int, str]


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each image of the folder, in the order of their names."""
    if not is_archive(source.file):
        raise UnreadableFile("Send a zip of the PNG images with their table.")
    archive = Archive(source.file)
    if annotation_type == "semantic_segmentation":
        folder, classes = "classes", _classes(archive)
        listed: Callable[[str], Listed] = lambda _path: classes  # noqa: E731 -- the same for all
    else:
        folder, listed = "instances", partial(_of_image, _instances(archive, source))
    for name in archive.named(rf"(.*/)?{folder}/.+[.]png"):
        yield _item(archive, name, f"/{name}".partition(f"/{folder}/")[2], listed, source)


def _table(archive: Archive, file_name: str) -> Iterator[dict[str, str]]:
    found = archive.named(rf"(.*/)?{re.escape(file_name)}")
    if len(found) != 1:
        raise UnreadableFile(f"The archive holds {len(found)} tables {file_name}; send one.")
    return rows(archive.stream(found[0]))


def _classes(archive: Archive) -> Listed:
    """Return the classes by what decoded pixels come to: a number of 16 bits, a grey of 8, or a colour."""
    by_number, by_grey, by_colour = {}, {}, {}
    for n_rows, row in enumerate(_table(archive, "classes.csv")):
        if n_rows > MAX_CLASSES:
            raise UnreadableFile(f"The table has more than {MAX_CLASSES} classes.")
        number, name = _whole(row.get("id")), row.get("class", "")[:MAX_NAME_CHARS]
        by_number[number] = name
        by_grey[number * _GREY] = name
        colour = [_whole(row[channel]) for channel in ("red", "green", "blue") if row.get(channel)]
        if len(colour) == 3:
            by_colour[int(_WEIGHTS @ colour)] = name
    return (by_grey | by_colour) if len(by_number) <= MOST_COLOURS else by_number


def _whole(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 5:
        raise UnreadableFile("A number in the table is no whole number.")
    return int(text)


def _instances(archive: Archive, source: Source) -> NamedSpool:
    """Return number and class of each instance by the path of its image."""
    listed = NamedSpool(source.scratch())
    for row in _table(archive, "instances.csv"):
        listed.add(row.get("image", ""), [_whole(row.get("instance")), row.get("class", "")[:MAX_NAME_CHARS]])
    return listed


def _of_image(instances: NamedSpool, path: str) -> Listed:
    return dict(instances.of(path))


def _item(archive: Archive, name: str, path: str, listed: Callable[[str], Listed], source: Source) -> ImportedAsset:
    def shapes(_size: Size | None) -> Shapes:
        pixels = source.decode_png(archive.read(name, limit=MAX_PNG_BYTES))
        found = Size(width=pixels.shape[1], height=pixels.shape[0])
        check_size(found)
        if _size is not None and found != _size:
            raise ItemRefused("other_size", f"The PNG has {found.width} x {found.height} pixels, the image others.")
        classes = listed(path)
        for number, runs in runs_by_value(pixels.astype(np.int64) @ _WEIGHTS).items():
            if number != NOTHING and number not in classes:
                raise ItemRefused("no_such_class", "The PNG has pixels of a number or colour that is not in the table.")
            if number != NOTHING and classes[number]:
                yield ImportedShape(classes[number], {"mask": mask_of_runs(runs, found)})

    stem = path[: -len(".png")]
    split, _, rest = stem.partition("/")
    names = (stem, rest) if split in _SPLITS and rest else (stem,)
    return ImportedAsset(names=names, size=None, shapes=shapes, by_stem=True)


MASK_PNG = ImportFormat(
    annotation_types=frozenset({"semantic_segmentation", "instance_segmentation", "panoptic_segmentation"}), read=read
)
