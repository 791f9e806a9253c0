"""COCO panoptic: an image of numbered segments for each asset, and a JSON that says what the numbers are.

Source: Kirillov et al. 2019, doi:10.1109/CVPR.2019.00963; https://cocodataset.org/#format-data, panoptic segmentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, pieces_of, to_json
from labeling.core.formats.classes import THING, VOID
from labeling.core.formats.coco import image, info, licences, of_mask
from labeling.core.formats.final import FinalAnnotation, final_annotations
from labeling.core.formats.masks import stretches
from labeling.core.formats.names import named
from labeling.core.formats.png import png

WHOLE = "all"


def _members(export: Export) -> Iterator[Member]:
    """Yield the images, and then a document for each part."""
    parts = export.splits or [WHOLE]
    lists = {part: (export.scratch(), export.scratch()) for part in parts}
    try:
        category_ids = _category_ids(export)
        for task, name in named(export.tasks()):
            part = task.split or WHOLE
            segments = [found for found in final_annotations(task) if found.class_name in category_ids]
            if not task.is_answered or not segments:
                continue
            file_name = f"{name.stem}.png"
            images, annotations = lists[part]
            images.write(b",\n" + to_json(image(task)))
            annotations.write(b",\n" + to_json(_annotation(task, segments, file_name, category_ids)))
            yield Member(f"annotations/panoptic_{part}/{file_name}", png(_pixels(segments)))
        for part, (images, annotations) in lists.items():
            yield Member(f"annotations/panoptic_{part}.json", _document(export, images, annotations))
    finally:
        for files in lists.values():
            for file in files:
                file.close()


def _category_ids(export: Export) -> dict[str, int]:
    """Return the numbers of the classes from 1; what is void has none and is 0 in the images."""
    return {label.name: number for number, label in enumerate(export.classes, start=1) if label.kind != VOID}


def _annotation(
    task: LabeledTask, segments: list[FinalAnnotation], file_name: str, category_ids: dict[str, int]
) -> dict[str, Any]:
    infos = [
        {
            "id": number,
            "category_id": category_ids[segment.class_name],
            **of_mask(segment.shape),
            "iscrowd": 0,
            "score": segment.confidence,
        }
        for number, segment in enumerate(segments, start=1)
    ]
    return {"image_id": task.ordinal, "file_name": file_name, "segments_info": infos, "n_answers": task.n_answers}


def _pixels(segments: list[FinalAnnotation]) -> NDArray[np.uint8]:
    """Return (height, width, 3): the number of each pixel's segment as R + 256 G + 65,536 B, 0 for none."""
    height, width = segments[0].shape["size"]
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    for number, segment in enumerate(segments, start=1):
        colour = (number & 255, number >> 8 & 255, number >> 16)
        for column, top, bottom in stretches(segment.shape).tolist():
            pixels[top:bottom, column] = colour
    return pixels


def _document(export: Export, images: BinaryIO, annotations: BinaryIO) -> Iterator[bytes]:
    categories = [
        {"id": number, "name": label.name, "supercategory": label.parent, "isthing": int(label.kind == THING)}
        for number, label in enumerate(export.classes, start=1)
        if label.kind != VOID
    ]
    head = {"info": info(export), "licenses": licences(export), "categories": categories}
    yield to_json(head)[:-1] + b',"images":['
    yield from pieces_of(images, start=1)  # past the comma before the first
    yield b'\n],"annotations":['
    yield from pieces_of(annotations, start=1)
    yield b"\n]}\n"


COCO_PANOPTIC = Format(
    file_name="coco_panoptic.zip",
    content_type="application/zip",
    annotation_types=frozenset({"panoptic_segmentation", "semantic_segmentation"}),
    lost=frozenset({Loss.ATTRIBUTES, Loss.IDS, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "coco_panoptic.zip: a pixel's segment is R + 256 G + 65,536 B; 0 is void, and so are the pixels of the classes "
        "of that kind. Ids of segments count from 1 in each image, those of categories as in coco.json.",
        "coco_panoptic.zip: attributes are in provenance.jsonl alone; tasks without a segment are left out.",
    ),
    write=zipped(_members),
)
