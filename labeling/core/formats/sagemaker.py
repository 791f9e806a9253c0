"""SageMaker's augmented manifest: one JSON document a line, with an image, its label and what is known of the label.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, pieces_of, to_json
from labeling.core.formats.colours import Colour, distinct
from labeling.core.formats.final import FinalAnnotation, final_annotations
from labeling.core.formats.names import named
from labeling.core.formats.painting import class_image
from labeling.core.formats.png import png

LABEL = "labels"
BACKGROUND = "BACKGROUND"
_WHITE = (255, 255, 255)
_DEPTH = 3  # of colours; ground truth asks for it


def write(export: Export) -> Iterator[bytes]:
    """Yield one line a task."""
    describe = _DESCRIBERS[export.annotation_type]
    for task in export.tasks():
        found = list(final_annotations(task))
        if not task.is_answered or (export.annotation_type == "image_classification" and not found):
            continue
        label, facts = describe(task, found, export.class_numbers)
        yield _line(export, task, LABEL, label, facts)


def _line(export: Export, task: LabeledTask, name: str, label: Any, facts: dict[str, Any]) -> bytes:
    metadata = facts | {
        "human-annotated": "yes",
        "creation-date": export.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "job-name": f"labeling-job/{export.title}",
    }
    split = {"split": task.split} if task.split else {}
    return to_json({"source-ref": task.external_id, name: label, f"{name}-metadata": metadata} | split) + b"\n"


def _segmented(export: Export) -> Iterator[Member]:
    """Yield an image of colours for each task, and then the manifest."""
    colours = distinct(export.classes, nothing=_WHITE)
    table = np.array(colours, dtype=np.uint8)
    with export.scratch() as manifest:
        for task, name in named(export.tasks()):
            found = list(final_annotations(task))
            classes = class_image(task, export.class_numbers) if task.is_answered else None
            if classes is None:
                continue
            path = f"masks/{task.split}/{name.stem}.png" if task.split else f"masks/{name.stem}.png"
            yield Member(path, png(table[classes]))
            manifest.write(_line(export, task, f"{LABEL}-ref", path, _colour_map(export, found, colours)))
        yield Member("augmented.manifest", pieces_of(manifest))


def _colour_map(export: Export, found: list[FinalAnnotation], colours: Sequence[Colour]) -> dict[str, Any]:
    """Return what the colours of an image stand for, and how sure each class is."""
    numbers = export.class_numbers
    entries = {"0": {"class-name": BACKGROUND, "hex-color": _hex(colours[0]), "confidence": 0.0}}
    for each in found:
        number = numbers[each.class_name] + 1
        facts = {"class-name": each.class_name, "hex-color": _hex(colours[number]), "confidence": _confidence(each)}
        entries[str(number)] = facts
    return {"internal-color-map": entries, "type": "groundtruth/semantic-segmentation"}


def _hex(colour: Colour) -> str:
    return f"#{bytes(colour).hex()}"


Described = tuple[Any, dict[str, Any]]


def _class(_: LabeledTask, found: list[FinalAnnotation], numbers: dict[str, int]) -> Described:
    [chosen] = found
    facts = {"class-name": chosen.class_name, "confidence": _confidence(chosen)}
    return numbers[chosen.class_name], facts | {"type": "groundtruth/image-classification"}


def _classes(_: LabeledTask, found: list[FinalAnnotation], numbers: dict[str, int]) -> Described:
    chosen = {str(numbers[each.class_name]): each for each in found}
    facts: dict[str, Any] = {
        "class-map": {number: each.class_name for number, each in chosen.items()},
        "confidence-map": {number: _confidence(each) for number, each in chosen.items()},
        "type": "groundtruth/image-classification-multilabel",
    }
    return [numbers[each.class_name] for each in found], facts


def _boxes(task: LabeledTask, found: list[FinalAnnotation], numbers: dict[str, int]) -> Described:
    boxes = []
    for each in found:
        x1, y1, x2, y2 = each.shape
        place = {"left": x1, "top": y1, "width": x2 - x1, "height": y2 - y1}
        boxes.append({"class_id": numbers[each.class_name]} | place)
    label = {
        "image_size": [{"width": task.width, "height": task.height, "depth": _DEPTH}],
        "annotations": boxes,
    }
    facts: dict[str, Any] = {
        "objects": [{"confidence": _confidence(each)} for each in found],
        "class-map": {str(numbers[each.class_name]): each.class_name for each in found},
        "type": "groundtruth/object-detection",
    }
    return label, facts


def _confidence(found: FinalAnnotation) -> float:
    return 0.0 if found.confidence is None else found.confidence


_DESCRIBERS = {"image_classification": _class, "multi_label_classification": _classes, "bounding_box": _boxes}

SAGEMAKER = Format(
    file_name="augmented.manifest",
    content_type="application/jsonl",
    annotation_types=frozenset(_DESCRIBERS),
    lost=frozenset({Loss.ATTRIBUTES, Loss.IDS, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "augmented.manifest: source-ref is the asset's external id: put the address of your bucket before it where it "
        "is none; the label attribute is called labels; classes count from 0 in the order of the ontology. Tied "
        "classes and tasks that nobody answered are left out. Boxes keep their fractions of a pixel.",
    ),
    write=write,
)

SAGEMAKER_SEGMENTATION = Format(
    file_name="sagemaker_segmentation.zip",
    content_type="application/zip",
    annotation_types=frozenset({"semantic_segmentation"}),
    lost=frozenset({Loss.ATTRIBUTES, Loss.IDS, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "sagemaker_segmentation.zip: augmented.manifest as Ground Truth writes it of semantic segmentation: labels-ref "
        "is the PNG in this archive; put the address of your bucket before it and before source-ref, the asset's "
        "external id. internal-color-map has the classes of the image; white is BACKGROUND, what is no class.",
    ),
    write=zipped(_segmented),
)
