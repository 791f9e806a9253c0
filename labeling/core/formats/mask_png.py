"""PNG images of masks: one whose pixels are classes, one whose pixels are instances, and a table of both."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, Loss, pieces_of
from labeling.core.formats.colours import palette
from labeling.core.formats.final import final_annotations
from labeling.core.formats.names import named
from labeling.core.formats.painting import MASKED, class_image, instance_numbers, painted
from labeling.core.formats.png import png
from labeling.core.formats.tables import line

_INSTANCES = ("image", "instance", "class_id", "class", "confidence")


def _members(export: Export) -> Iterator[Member]:
    colours = palette(export.classes)
    numbers = export.class_numbers
    yield Member("classes.csv", _table(export))
    with export.scratch() as listed:
        listed.write(line(_INSTANCES))
        for task, name in named(export.tasks()):
            found = list(final_annotations(task))
            classes = class_image(task, numbers) if task.is_answered else None
            instances = painted(task, found, instance_numbers(found), dtype=np.uint16)
            if classes is None or instances is None:
                continue
            folder = f"{task.split}/" if task.split else ""
            is_small = classes.dtype == np.uint8
            yield Member(f"classes/{folder}{name.stem}.png", png(classes, palette=colours if is_small else None))
            yield Member(f"instances/{folder}{name.stem}.png", png(instances))
            for instance, annotation in enumerate(found, start=1):
                sure = "" if annotation.confidence is None else repr(annotation.confidence)
                class_id = str(numbers[annotation.class_name] + 1)
                cells = (f"{folder}{name.stem}.png", str(instance), class_id, annotation.class_name, sure)
                listed.write(line(cells))
        yield Member("instances.csv", pieces_of(listed))


def _table(export: Export) -> bytes:
    rows = [("id", "class", "kind", "red", "green", "blue"), ("0", "", "", "0", "0", "0")]
    for number, (label, colour) in enumerate(zip(export.classes, palette(export.classes)[1:], strict=True), start=1):
        red, green, blue = map(str, colour)
        rows.append((str(number), label.name, str(label.kind), red, green, blue))
    return b"".join(map(line, rows))


MASK_PNG = Format(
    file_name="masks.zip",
    content_type="application/zip",
    annotation_types=MASKED,
    lost=frozenset({Loss.ATTRIBUTES, Loss.IDS, Loss.NAMES, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "masks.zip: classes/ has images whose pixels are classes, numbered from 1 in the order of the ontology and "
        "coloured as in classes.csv (16 bits and no colours where there are more than 255); 0 is nothing.",
        "masks.zip: instances/ has images of 16 bits whose pixels are annotations, numbered from 1 in each image as "
        "instances.csv lists them; where masks overlap, the later one is on top. Tasks that nobody answered are "
        "left out.",
    ),
    write=zipped(_members),
)
