"""Write every format that others read, and what they should find; run in our own environment.

`python -m tests.oracles.write FOLDER` makes a folder for each format and annotation type, laid out as the readers want
it, and FOLDER/expected.json. Of three images the second is in another part and, where the type allows it, the third is
one in which nothing was found.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from labeling.core.formats import FORMATS, LabeledTask, Pixels
from labeling.core.formats.final import FinalAnnotation, final_annotations
from labeling.core.formats.masks import pixels_of
from labeling.core.formats.shapes import bounds, outlines
from tests.labeling.core.formats.samples import CLASSES, HEIGHT, WIDTH, sample
from tests.labeling.core.formats.tasks import written
from tests.oracles.plan import READ_BY

IMAGES = ("photo-1.jpg", "photo-2.jpg", "photo-3.jpg")
SPLITS = ("train", "val")
# Of what is one file, what it is called in the layout of its readers.
FILES = {
    "coco": "annotations/instances_train.json",
    "csv": "labels.csv",
    "cvat": "annotations.xml",
    "geojson": "labels.geojson",
    "jsonl": "labels.jsonl",
    "label_studio": "tasks.json",
    "webdataset": "samples.tar",
}
# Where readers want images beside it; of what is split, those of each part.
PLACES = {
    "coco": "images/train",
    "coco_panoptic": "images/all",
    "cvat": "images",
    "kitti": "training/image_2",
    "kitti_3d": "training/image_2",
    "open_images": "images/{split}",
    "voc": "JPEGImages",
    "yolo_detect": "images/{split}",
    "yolo_obb": "images/{split}",
    "yolo_segment": "images/{split}",
}
SPLIT = frozenset({
    "cityscapes", "geojson", "jsonl", "open_images", "parquet", "voc", "webdataset", "yolo_classify", "yolo_detect",
    "yolo_obb", "yolo_segment",
})  # fmt: skip


def main(folder: Path) -> None:
    """Write everything."""
    images: dict[str, Any] = {}
    for name in sorted({name for asked in READ_BY.values() for name in asked}):
        for kind in sorted(FORMATS[name].annotation_types):
            tasks = _tasks(name, kind)
            splits = SPLITS if name in SPLIT else ()
            content = written(FORMATS[name], tasks, classes=CLASSES, annotation_type=kind, splits=splits)
            place = folder / name / kind
            _unpack(content, place, FILES.get(name, ""))
            for task in tasks if name in PLACES else []:
                path = place / PLACES[name].format(split=task.split) / task.external_id
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(_blank())
            images[f"{name}/{kind}"] = {task.external_id: _of_task(task) for task in tasks}
    document = {"classes": [entry["name"] for entry in CLASSES], "size": [WIDTH, HEIGHT], "images": images}
    (folder / "expected.json").write_text(json.dumps(document))


def _tasks(name: str, kind: str) -> list[LabeledTask]:
    tasks = [sample(kind, ordinal, external_id=image) for ordinal, image in enumerate(IMAGES, start=1)]
    nothing = _nothing(kind)
    tasks = [*tasks[:2], tasks[2]._replace(value=nothing)] if nothing else tasks[:2]
    if FORMATS[name].wants_pixels:
        blank = _blank()
        pixels = Pixels("image/jpeg", len(blank), partial(_pieces, blank))
        tasks = [task._replace(pixels=pixels) for task in tasks]
    return [task._replace(split=SPLITS[number == 1]) for number, task in enumerate(tasks)] if name in SPLIT else tasks


def _nothing(kind: str) -> dict[str, Any] | None:
    """Return the conclusion that there is nothing; None where every image comes to something."""
    if kind in {"image_classification", "semantic_segmentation", "panoptic_segmentation"}:
        return None
    if kind == "multi_label_classification":
        return {"classes": [], "posterior": {"car": 0.02}}
    return {"objects": [], "doubted": [], "p_complete": 0.98}


def _pieces(content: bytes) -> Any:
    return iter([content])


def _blank() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT)).save(buffer, "JPEG")
    return buffer.getvalue()


def _unpack(content: bytes, place: Path, file_name: str) -> None:
    place.mkdir(parents=True)
    if file_name:
        path = place / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(place)


def _of_task(task: LabeledTask) -> dict[str, Any]:
    found = [_told(annotation) for annotation in final_annotations(task)]
    return {"split": task.split, "value": task.value, "annotations": found}


def _told(found: FinalAnnotation) -> dict[str, Any]:
    """Return an annotation in words that a reader without our code can compare with."""
    told: dict[str, Any] = {
        "id": found.id,
        "class": found.class_name,
        "confidence": found.confidence,
        "attributes": dict(found.attributes),
        "member": found.member,
        "shape": found.shape,
    }
    if found.member == "mask":
        return told | {"rows": pixels_of(found.shape).astype(int).tolist()}
    if found.member and found.member != "cuboid_3d":
        told |= {"bounds": bounds(found.member, found.shape), "parts": outlines(found.member, found.shape)}
    return told


if __name__ == "__main__":
    main(Path(sys.argv[1]))
