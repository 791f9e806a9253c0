"""Cityscapes: label and instance images, and polygons.

Source: Cordts et al. 2016, doi:10.1109/CVPR.2016.350, and the scripts of https://github.com/mcordts/cityscapesScripts:
a pixel of `instanceIds` is its class, or class x 1000 + number for one of countable objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from labeling.core.formats import masks, shapes
from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, to_json
from labeling.core.formats.colours import palette
from labeling.core.formats.final import FinalAnnotation, final_annotations
from labeling.core.formats.names import named
from labeling.core.formats.painting import MASKED, class_image, numbered_by_class, painted
from labeling.core.formats.png import png
from labeling.core.formats.tables import line

PER_CLASS = 1_000
WHOLE = "train"
CITY = "all"


def _members(export: Export) -> Iterator[Member]:
    yield Member("labels.csv", _table(export))
    classes = export.class_named()
    ids = {name: number + 1 for name, number in export.class_numbers.items()}
    for task, name in named(export.tasks()):
        if not task.is_answered:
            continue
        stem = f"gtFine/{task.split or WHOLE}/{CITY}/{name.stem}_gtFine"
        found = list(final_annotations(task))
        yield Member(f"{stem}_polygons.json", to_json(_polygons(task, found)))
        if export.annotation_type not in MASKED:
            continue
        labels = class_image(task, export.class_numbers)
        numbers = numbered_by_class(found, ids, classes, per_class=PER_CLASS)
        instances = painted(task, found, numbers, dtype=np.uint16)
        if labels is not None and instances is not None:
            yield Member(f"{stem}_labelIds.png", png(labels))
            yield Member(f"{stem}_instanceIds.png", png(instances))


def _polygons(task: LabeledTask, found: list[FinalAnnotation]) -> dict[str, Any]:
    objects = [
        {"label": annotation.class_name, "polygon": shapes.bridged(part)}
        for annotation in found
        for part in (
            masks.mask_outlines(annotation.shape)
            if annotation.member == "mask"
            else shapes.outlines(annotation.member, annotation.shape)
        )
    ]
    return {"imgHeight": task.height, "imgWidth": task.width, "objects": objects}


def _table(export: Export) -> bytes:
    rows = [("id", "name", "hasInstances", "red", "green", "blue"), ("0", "unlabeled", "0", "0", "0", "0")]
    for number, (label, colour) in enumerate(zip(export.classes, palette(export.classes)[1:], strict=True), start=1):
        red, green, blue = map(str, colour)
        rows.append((str(number), label.name, str(int(label.kind == "thing")), red, green, blue))
    return b"".join(map(line, rows))


CITYSCAPES = Format(
    file_name="cityscapes.zip",
    content_type="application/zip",
    annotation_types=MASKED | {"polygon"},
    lost=frozenset({Loss.ATTRIBUTES, Loss.CONFIDENCE, Loss.IDS, Loss.NAMES, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "cityscapes.zip: ids count from 1 in the order of the ontology (labels.csv), 0 is unlabeled; everything lies "
        "in the one city `all`, and in train where the release is not split. Tasks that nobody answered are left out.",
        "cityscapes.zip: instanceIds is id x 1000 + a number from 0 for things and the id alone for stuff and void; a "
        "thing whose number 16 bits do not hold, or the thousand and first of its class, has the id alone.",
        "cityscapes.zip: a hole of a polygon is reached by a bridge of no width; polygons of a job of polygons come "
        "without images, which cityscapesScripts makes of them.",
    ),
    write=zipped(_members),
)
