"""Write every format that others read, and what they should find; run in our own environment.

`python -m tests.oracles.write FOLDER` makes a folder for each format and annotation type, laid out as the readers want
it, and FOLDER/expected.json.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

from labeling.core.formats import FORMATS
from labeling.core.formats.final import FinalAnnotation, final_annotations
from labeling.core.formats.masks import pixels_of
from labeling.core.formats.shapes import bounds, outlines
from tests.labeling.core.formats.samples import CLASSES, HEIGHT, WIDTH, sample
from tests.labeling.core.formats.tasks import written

IMAGES = ("photo-1.jpg", "photo-2.jpg")
# Of a format, what it is called in the layout of its readers, and where they want images.
PLACES = {
    "coco": ("annotations/instances_train.json", "images/train"),
    "coco_panoptic": ("", "images/all"),
    "voc": ("", "JPEGImages"),
    "cvat": ("annotations.xml", "images"),
    "yolo_detect": ("", "images/train"),
    "label_studio": ("tasks.json", ""),
}


def main(folder: Path) -> None:
    """Write everything."""
    expected: dict[str, Any] = {}
    for name, (file_name, images) in PLACES.items():
        for kind in sorted(FORMATS[name].annotation_types):
            tasks = [sample(kind, ordinal, external_id=image) for ordinal, image in enumerate(IMAGES, start=1)]
            content = written(FORMATS[name], tasks, classes=CLASSES, annotation_type=kind)
            place = folder / name / kind
            _unpack(content, place, file_name)
            if images:
                _blank_images(place / images)
            expected[f"{name}/{kind}"] = [_told(found) for found in final_annotations(tasks[0])]
    classes = [entry["name"] for entry in CLASSES]
    document = {"classes": classes, "images": IMAGES, "size": [WIDTH, HEIGHT], "annotations": expected}
    (folder / "expected.json").write_text(json.dumps(document))


def _unpack(content: bytes, place: Path, file_name: str) -> None:
    place.mkdir(parents=True)
    if file_name:
        path = place / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(place)


def _blank_images(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in IMAGES:
        Image.new("RGB", (WIDTH, HEIGHT)).save(folder / name)


def _told(found: FinalAnnotation) -> dict[str, Any]:
    """Return an annotation in words that a reader without our code can compare with."""
    told: dict[str, Any] = {"class": found.class_name, "attributes": dict(found.attributes)}
    if not found.member:
        return told
    told |= {"member": found.member, "shape": found.shape}
    if found.member == "mask":
        return told | {"rows": pixels_of(found.shape).astype(int).tolist()}
    if found.member != "cuboid_3d":
        told |= {"bounds": bounds(found.member, found.shape), "parts": outlines(found.member, found.shape)}
    return told


if __name__ == "__main__":
    main(Path(sys.argv[1]))
