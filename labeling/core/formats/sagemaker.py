"""SageMaker's augmented manifest: one JSON document a line, with an image, its label and what is known of the label.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labeling.core.formats.base import Export, Format, LabeledTask, Loss, to_json
from labeling.core.formats.final import FinalAnnotation, final_annotations

LABEL = "labels"
_DEPTH = 3  # of colours; ground truth asks for it


def write(export: Export) -> Iterator[bytes]:
    """Yield one line a task."""
    describe = _DESCRIBERS[export.annotation_type]
    for task in export.tasks():
        found = list(final_annotations(task))
        if not task.is_answered or (export.annotation_type == "image_classification" and not found):
            continue
        label, facts = describe(task, found, export.class_numbers)
        metadata = facts | {
            "human-annotated": "yes",
            "creation-date": export.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "job-name": f"labeling-job/{export.title}",
        }
        split = {"split": task.split} if task.split else {}
        yield to_json({"source-ref": task.external_id, LABEL: label, f"{LABEL}-metadata": metadata} | split) + b"\n"


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
