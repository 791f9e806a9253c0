"""Pascal VOC: an XML of boxes for each image, and lists of images.

Source: Everingham et al. 2010, doi:10.1007/s11263-009-0275-4, and the devkit's Annotations and ImageSets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, pieces_of
from labeling.core.formats.final import FinalAnnotation, final_annotations
from labeling.core.formats.names import Name, named
from labeling.core.formats.xml import element, texts

WHOLE = "trainval"
# Attributes that have a place of their own in the format.
_FLAGS = ("truncated", "difficult", "occluded")


def _members(export: Export) -> Iterator[Member]:
    first = 1.0 if export.options.voc_one_based else 0.0
    lists = {part: export.scratch() for part in export.splits or [WHOLE]}
    try:
        for task, name in named(export.tasks()):
            if not task.is_answered:
                continue
            lists[task.split or WHOLE].write(f"{name.stem}\n".encode())
            yield Member(f"Annotations/{name.stem}.xml", _document(task, name, first).encode())
        for part, file in lists.items():
            yield Member(f"ImageSets/Main/{part}.txt", pieces_of(file))
        names = "".join(f"{_one_line(name)}\n" for name in export.class_names)
        yield Member("labels.txt", names.encode())
    finally:
        for file in lists.values():
            file.close()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _document(task: LabeledTask, name: Name, first: float) -> str:
    size = element("size", texts(width=task.width or 0, height=task.height or 0, depth=3))
    source = element("source", texts(database="", annotation=task.external_id))
    objects = (_object(found, first) for found in final_annotations(task))
    head = texts(folder="", filename=name.image)
    return element("annotation", [*head, source, size, *texts(segmented=0), *objects]) + "\n"


def _object(found: FinalAnnotation, first: float) -> str:
    x1, y1, x2, y2 = map(float, found.shape)
    # The devkit counts pixels from 1, the last one included; else corners are where they are.
    corners = texts(xmin=x1 + first, ymin=y1 + first, xmax=x2, ymax=y2)
    flags = {flag: int(found.attributes.get(flag) is True) for flag in _FLAGS}
    others = {key: value for key, value in found.attributes.items() if key not in _FLAGS}
    parts = [*texts(name=found.class_name, pose="Unspecified", **flags), element("bndbox", corners)]
    return element("object", [*parts, *_attributes(others)])


def _attributes(given: Mapping[str, Any]) -> Iterator[str]:
    if given:
        entries = (element("attribute", texts(name=name, value=value)) for name, value in given.items())
        yield element("attributes", entries)


VOC = Format(
    file_name="voc.zip",
    content_type="application/zip",
    annotation_types=frozenset({"bounding_box"}),
    lost=frozenset({Loss.CONFIDENCE, Loss.IDS, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "voc.zip: corners are pixels from 0 as most readers take them; with voc_one_based they are pixels as the "
        "devkit counts them: xmin and ymin from 1, xmax and ymax the last pixel that belongs to the object.",
        "voc.zip: filename is a harmless name, source/annotation the asset's external id; a size that is not known is "
        "0; characters that XML cannot hold are U+FFFD. Confidence is in provenance.jsonl.",
    ),
    write=zipped(_members),
)
