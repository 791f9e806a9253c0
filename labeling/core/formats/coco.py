"""COCO instances JSON, written object by object in one pass: boxes, polygons, masks, keypoints.

Source: Lin et al. 2014, doi:10.1007/978-3-319-10602-1_48; the members are those of https://cocodataset.org/#format-data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from labeling.core.formats import masks, shapes
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, pieces_of, to_json
from labeling.core.formats.classes import THING, LabelClass
from labeling.core.formats.final import WHICH_ARE_KEPT, kept_objects, member_of

Things = Sequence[Mapping[str, Any]]


def write(export: Export) -> Iterator[bytes]:
    """Yield the document piece by piece; the images, which come last, wait in the scratch file."""
    head = {"info": info(export), "licenses": licences(export), "categories": categories(export)}
    yield to_json(head)[:-1] + b',"annotations":[\n'
    with export.scratch() as images:
        yield from _annotations(export, images.write)
        yield b'\n],"images":['
        yield from pieces_of(images, start=1)  # past the comma before the first
    yield b"\n]}\n"


def info(export: Export) -> dict[str, Any]:
    """Return what the document says of itself."""
    return {"description": export.title, "year": export.created_at.year, "date_created": export.created_at}


def licences(export: Export) -> list[dict[str, Any]]:
    """Return the one licence, or none."""
    licence = export.licence
    return [{"id": 1, "name": licence.name, "url": licence.url}] if licence.name or licence.url else []


def categories(export: Export) -> list[dict[str, Any]]:
    """Return the classes, numbered from 1; where keypoints are exported each has its joints, if only none."""
    joints = {"keypoints": (), "skeleton": ()} if export.annotation_type == "keypoints" else {}
    return [joints | _category(number, label) for number, label in enumerate(export.classes, start=1)]


def _category(number: int, label: LabelClass) -> dict[str, Any]:
    category: dict[str, Any] = {"id": number, "name": label.name, "supercategory": label.parent}
    if label.kind != THING:
        category["isthing"] = 0
    if label.skeleton is not None:
        category["keypoints"] = label.skeleton.joints
        category["skeleton"] = [[one + 1, other + 1] for one, other in label.skeleton.edges]
        category["sigmas"] = label.skeleton.sigmas
    return category


def image(task: LabeledTask) -> dict[str, Any]:
    """Return an image's entry."""
    entry = {
        "id": task.ordinal,
        "file_name": task.external_id,
        "width": task.width,
        "height": task.height,
        "asset_id": task.asset_id,
        "state": task.state,
        "n_answers": task.n_answers,
    }
    return entry | {"split": task.split} if task.split else entry


def _annotations(export: Export, keep_image: Callable[[bytes], Any]) -> Iterator[bytes]:
    """Yield the objects of all tasks, numbered from 1, and hand on their images."""
    category_ids = {name: number for number, name in enumerate(export.class_names, start=1)}
    has_attributes = any(label.attributes for label in export.classes)
    is_plain = export.annotation_type == "bounding_box" and not has_attributes
    written = _boxes if is_plain else _annotations_of
    number = 1
    separator = b""
    for task in export.tasks():
        if not task.is_answered:
            continue
        keep_image(b",\n" + to_json(image(task)))
        found = written(kept_objects(task), task, number, category_ids)
        if found:
            number += len(found)
            yield separator + to_json(found)[1:-1]
            separator = b",\n"


def _boxes(things: Things, task: LabeledTask, number: int, category_ids: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return what `_annotations_of` does of boxes without attributes: of millions, each step more would be felt."""
    image_id = task.ordinal
    return [
        {
            "id": place,
            "image_id": image_id,
            "category_id": category_ids[thing["class"]],
            "bbox": (x1, y1, x2 - x1, y2 - y1),
            "area": (x2 - x1) * (y2 - y1),
            "segmentation": (),
            "iscrowd": 0,
            "score": thing["confidence"],
        }
        for place, thing in enumerate(things, start=number)
        for x1, y1, x2, y2 in (thing["box"],)
    ]


def _annotations_of(
    things: Things, task: LabeledTask, number: int, category_ids: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return the annotations of a task, numbered on."""
    return [
        _annotation(thing, task, number=place, category_id=category_ids[thing["class"]])
        for place, thing in enumerate(things, start=number)
    ]


def _annotation(thing: Mapping[str, Any], task: LabeledTask, *, number: int, category_id: int) -> dict[str, Any]:
    member = member_of(thing)
    annotation = {
        "id": number,
        "image_id": task.ordinal,
        "category_id": category_id,
        **_SHAPES[member](thing[member]),
        "iscrowd": 0,
        "score": thing["confidence"],
    }
    if attributes := thing.get("attributes"):
        annotation["attributes"] = attributes
    return annotation


def _boxed(box: Sequence[float]) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    return {"bbox": (x1, y1, x2 - x1, y2 - y1), "area": (x2 - x1) * (y2 - y1), "segmentation": ()}


def _turned(rotated_box: Any) -> dict[str, Any]:
    return _outlined("rotated_box", rotated_box) | {"rotated_box": rotated_box}


def _outlined(member: str, shape: Any) -> dict[str, Any]:
    parts = shapes.outlines(member, shape)
    x1, y1, x2, y2 = shapes.bounds(member, shape)
    return {
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": shapes.area(parts),
        "segmentation": [[number for point in shapes.bridged(part) for number in point] for part in parts],
    }


def _masked(mask: Any) -> dict[str, Any]:
    return {**of_mask(mask), "segmentation": masks.as_text(mask)}


def of_mask(mask: Any) -> dict[str, Any]:
    """Return the box around a mask and its area."""
    x1, y1, x2, y2 = masks.mask_bounds(mask)
    return {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": masks.mask_area(mask)}


def _jointed(joints: Any) -> dict[str, Any]:
    x1, y1, x2, y2 = shapes.bounds("keypoints", joints)
    placed = [joint if joint[2] else (0, 0, 0) for joint in joints]
    return {
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1),
        "segmentation": (),
        "keypoints": [number for joint in placed for number in joint],
        "num_keypoints": sum(joint[2] > 0 for joint in joints),
    }


_SHAPES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "box": _boxed,
    "rotated_box": _turned,
    "polygon": lambda shape: _outlined("polygon", shape),
    "ellipse": lambda shape: _outlined("ellipse", shape),
    "mask": _masked,
    "keypoints": _jointed,
}


def joined(documents: Iterable[Any]) -> Iterator[bytes]:
    """Yield the members of a JSON array, one a line."""
    separator = b""
    for document in documents:
        yield separator + to_json(document)
        separator = b",\n"


COCO = Format(
    file_name="coco.json",
    content_type="application/json",
    annotation_types=frozenset(
        {
            "bounding_box",
            "rotated_box",
            "polygon",
            "ellipse",
            "keypoints",
            "instance_segmentation",
            "semantic_segmentation",
            "panoptic_segmentation",
        }
    ),
    lost=frozenset({Loss.IDS, Loss.RELATIONS}),
    is_parted=True,
    notes=(
        "coco.json: category ids count from 1 in the order of the ontology; an image's id is its task's ordinal.",
        "coco.json: file_name is the asset's external id as it was given; check it before using it as a path.",
        "coco.json: width and height are null where the size of an external asset is not known.",
        "coco.json: tasks that nobody answered are left out, so that an image without annotations is one in which "
        "nothing was found. Each image tells the state of its label.",
        f"coco.json: {WHICH_ARE_KEPT}",
        "coco.json: bbox is [x, y, width, height] in pixels, score is the confidence of the object from 0 to 1; an "
        "image's n_answers are the answers behind its label.",
        "coco.json: a hole of a polygon is reached by a bridge of no width; an ellipse is a polygon of 64 corners; a "
        "rotated box is its four corners, and rotated_box has it as [cx, cy, width, height, degrees clockwise]; masks "
        "are compressed run lengths; joints that are not there are 0, 0, 0. Relations are not in it.",
    ),
    write=write,
)
