"""What is known already, in the formats that requesters have it in: documents to be imported."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from marketplace.management.driving.recorded_shapes import BOXES, MASKS, PANOPTIC, SEMANTIC
from marketplace.management.driving.recording import CLASSIFICATION, Annotations, RecordedTask, Recording
from quality.core.shapes.coded_masks import read_masks

Json = dict[str, Any]
Known = Mapping[str, Annotations]


@dataclass(frozen=True)
class LabelFormat:
    """A format of labels: its name, how a document of it is written, and the file that an export of it is in."""

    name: str
    write: Callable[[Recording, Known], bytes]
    exported_as: str


def _label_studio(recording: Recording, known: Known) -> bytes:
    def result(task: RecordedTask, each: Json) -> Json:
        if recording.annotation_type == CLASSIFICATION:
            return {"type": "choices", "from_name": "c", "to_name": "i", "value": {"choices": [each["class"]]}}
        width, height = task.width or 1, task.height or 1
        x, y = each["point"]
        value = {"x": 100 * x / width, "y": 100 * y / height, "width": 0.1, "keypointlabels": [each["class"]]}
        size = {"original_width": width, "original_height": height}
        return {"type": "keypointlabels", "from_name": "p", "to_name": "i", "value": value, **size}

    return orjson.dumps(
        [
            {
                "data": {"image": task.name},
                "annotations": [{"result": [result(task, each) for each in known[task.name]]}],
            }
            for task in _tasks(recording, known)
        ]
    )


def _coco(recording: Recording, known: Known) -> bytes:
    categories = {name: number for number, name in enumerate(recording.classes, start=1)}
    images: list[Json] = []
    annotations: list[Json] = []
    for number, task in enumerate(_tasks(recording, known), start=1):
        images.append({"id": number, "file_name": task.name, "width": task.width, "height": task.height})
        for each in known[task.name]:
            head = {"id": len(annotations) + 1, "image_id": number, "category_id": categories[each["class"]]}
            annotations.append(head | {"iscrowd": 0} | _coco_shape(each))
    return orjson.dumps(
        {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": number, "name": name} for name, number in categories.items()],
        }
    )


def _coco_shape(each: Json) -> Json:
    if "box" in each:
        x1, y1, x2, y2 = each["box"]
        return {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}
    return {"segmentation": each["mask"]}


def _coco_panoptic(recording: Recording, known: Known) -> bytes:
    """Return a zip: one document, and for each image a PNG whose colours are the ids of its segments."""
    from PIL import Image  # noqa: PLC0415 -- heavy

    categories = {name: number for number, name in enumerate(recording.classes, start=1)}
    images, annotations = [], []
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for number, task in enumerate(_tasks(recording, known), start=1):
                images.append({"id": number, "file_name": task.name, "width": task.width, "height": task.height})
                pixels = np.zeros((task.height or 0, task.width or 0, 3), dtype=np.uint8)
                segments = []
                for place, (each, mask) in enumerate(_masks(known[task.name]), start=1):
                    pixels[mask, 0] = place
                    segments.append({"id": place, "category_id": categories[each["class"]], "iscrowd": 0})
                png = task.name.rpartition(".")[0] + ".png"
                annotations.append({"image_id": number, "file_name": png, "segments_info": segments})
                with archive.open(f"panoptic/{png}", "w") as member:
                    Image.fromarray(pixels).save(member, "PNG")
            kinds = {name: int(recording.kinds.get(name) != "stuff") for name in categories}
            told = [{"id": number, "name": name, "isthing": kinds[name]} for name, number in categories.items()]
            document = {"images": images, "annotations": annotations, "categories": told}
            archive.writestr("panoptic.json", orjson.dumps(document))
        return file.getvalue()


def _masks(annotations: Annotations) -> list[tuple[Json, Any]]:
    masks = read_masks([each["mask"] for each in annotations])  # of the image on its side
    return [(each, mask.to_pixels().T) for each, mask in zip(annotations, masks, strict=True)]


def _tasks(recording: Recording, known: Known) -> list[RecordedTask]:
    return [task for task in recording.tasks if task.name in known]


_LABEL_STUDIO = LabelFormat("label_studio", _label_studio, exported_as="label_studio.json")
_COCO = LabelFormat("coco", _coco, exported_as="coco.json")
_COCO_PANOPTIC = LabelFormat("coco_panoptic", _coco_panoptic, exported_as="coco_panoptic.zip")
# By annotation type, the format in which labels come and are read back.
LABEL_FORMATS: Mapping[str, LabelFormat] = {
    CLASSIFICATION: _LABEL_STUDIO,
    "point": _LABEL_STUDIO,
    BOXES: _COCO,
    MASKS: _COCO,
    SEMANTIC: _COCO_PANOPTIC,
    PANOPTIC: _COCO_PANOPTIC,
}
