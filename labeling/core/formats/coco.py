"""COCO instances JSON for boxes, written object by object.

Source: Lin et al. 2014, doi:10.1007/978-3-319-10602-1_48; the members are those of https://cocodataset.org/#format-data.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from labeling.core.formats.base import Export, Format, LabeledTask, to_json
from labeling.core.formats.final import is_kept


def write(export: Export) -> Iterator[bytes]:
    """Yield the document piece by piece."""
    info = {"description": export.title, "year": export.created_at.year, "date_created": export.created_at}
    category_ids = {name: number for number, name in enumerate(export.class_names, start=1)}
    categories = [{"id": number, "name": name, "supercategory": ""} for name, number in category_ids.items()]
    yield b'{"info":' + to_json(info) + b',"licenses":[],"categories":' + to_json(categories) + b',"images":[\n'
    yield from _joined(_image(task) for task in _answered(export.tasks()))
    yield b'\n],"annotations":[\n'
    yield from _joined(_annotations(_answered(export.tasks()), category_ids))
    yield b"\n]}\n"


def _answered(tasks: Iterable[LabeledTask]) -> Iterator[LabeledTask]:
    return (task for task in tasks if task.is_answered)


def _image(task: LabeledTask) -> dict[str, Any]:
    return {
        "id": task.ordinal,
        "file_name": task.external_id,
        "width": task.width,
        "height": task.height,
        "asset_id": task.asset_id,
        "state": task.state,
    }


def _annotations(tasks: Iterable[LabeledTask], category_ids: dict[str, int]) -> Iterator[dict[str, Any]]:
    """Yield the objects of all tasks, numbered from 1."""
    number = 0
    for task in tasks:
        for thing in (task.value or {})["objects"]:
            if is_kept(thing, task):
                number += 1
                yield _annotation(thing, task, number=number, category_id=category_ids[thing["class"]])


def _annotation(thing: dict[str, Any], task: LabeledTask, *, number: int, category_id: int) -> dict[str, Any]:
    x1, y1, x2, y2 = thing["box"]
    width, height = x2 - x1, y2 - y1
    return {
        "id": number,
        "image_id": task.ordinal,
        "category_id": category_id,
        "bbox": [x1, y1, width, height],
        "area": width * height,
        "segmentation": [],
        "iscrowd": 0,
        "score": thing["confidence"],
        "n_answers": task.n_answers,
    }


def _joined(documents: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the members of a JSON array, one a line."""
    separator = b""
    for document in documents:
        yield separator + to_json(document)
        separator = b",\n"


COCO = Format(
    file_name="coco.json",
    content_type="application/json",
    annotation_types=frozenset({"bounding_box"}),
    n_passes=2,
    notes=(
        "coco.json: category ids count from 1 in the order of the ontology; an image's id is its task's ordinal.",
        "coco.json: file_name is the asset's external id as it was given; check it before using it as a path.",
        "coco.json: width and height are null where the size of an external asset is not known.",
        "coco.json: tasks that nobody answered are left out, so that an image without annotations is one in which "
        "nothing was found. Each image tells the state of its label.",
        "coco.json: of labels that are not final only objects with an existence of at least 0.5 are kept "
        "(their confidence counts where no existence is given); an object whose class is tied is left out.",
        "coco.json: bbox is [x, y, width, height] in pixels, score is the confidence of the object from 0 to 1, "
        "n_answers are the answers behind the image's label.",
    ),
    write=write,
)
