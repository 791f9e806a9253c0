"""CVAT for images, XML 1.1.

Source: https://docs.cvat.ai/docs/manual/advanced/xml_format/; a mask's run lengths go row by row inside its box, a
cuboid's corners go down each of its four upright edges: front left, front right, back right, back left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from labeling.core.annotations.ontology import Attribute
from labeling.core.formats import masks, shapes
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, pieces_of
from labeling.core.formats.classes import LabelClass
from labeling.core.formats.final import CLASSIFICATIONS, SHAPE_MEMBERS, FinalAnnotation, final_annotations
from labeling.core.formats.xml import DECLARATION, element, escaped, number, texts

_INPUTS = {"enum": "select", "number": "number", "text": "text", "boolean": "checkbox"}
_LABEL_TYPES = {
    "box": "rectangle",
    "rotated_box": "rectangle",
    "cuboid_2d": "cuboid",
    "keypoints": "skeleton",
    "point": "points",
    "": "tag",
}
_FRONT_FIRST = ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2")
# Of our corners, clockwise from the top left of the front face and then of the back one, those of the names above.
_CORNERS = (0, 3, 1, 2, 5, 6, 4, 7)

Attributes = Sequence[str]
Writer = Callable[[FinalAnnotation, LabelClass, dict[str, object]], Iterator[str]]


def write(export: Export) -> Iterator[bytes]:
    """Yield the document; images wait in the scratch file until their number is known."""
    classes = export.class_named()
    n_images = 0
    with export.scratch() as images:
        for task in export.tasks():
            if task.is_answered:
                images.write(_image(task, n_images, classes).encode())
                n_images += 1
        yield f"{DECLARATION}<annotations>\n<version>1.1</version>\n{_meta(export, n_images)}\n".encode()
        yield from pieces_of(images)
    yield b"</annotations>\n"


def _meta(export: Export, n_images: int) -> str:
    moment = export.created_at.isoformat()
    kind = SHAPE_MEMBERS[export.annotation_type]
    labels = element("labels", (_label(label, _LABEL_TYPES.get(kind, kind)) for label in export.classes))
    facts = texts(
        id=1,
        name=export.title,
        size=n_images,
        mode="annotation",
        overlap=0,
        created=moment,
        updated=moment,
        start_frame=0,
        stop_frame=max(n_images - 1, 0),
    )
    return element("meta", [element("task", [*facts, labels]), *texts(dumped=moment)])


def _label(label: LabelClass, kind: str) -> str:
    attributes = element("attributes", (_attribute(attribute) for attribute in label.attributes))
    return element("label", [*texts(name=label.name, color=label.color or "#808080", type=kind), attributes])


def _attribute(attribute: Attribute) -> str:
    facts = texts(
        name=attribute.name,
        mutable="False",
        input_type=_INPUTS[attribute.type],
        default_value=attribute.values[0] if attribute.values else "",
        values="\n".join(attribute.values),
    )
    return element("attribute", facts)


def _image(task: LabeledTask, number_of_image: int, classes: Mapping[str, LabelClass]) -> str:
    found = (
        _annotation(annotation, classes[annotation.class_name], group=place)
        for place, annotation in enumerate(final_annotations(task), start=1)
    )
    split = {"subset": task.split} if task.split else {}
    size = {"width": task.width or 0, "height": task.height or 0}
    return element("image", found, id=number_of_image, name=task.external_id, **split, **size) + "\n"


def _annotation(found: FinalAnnotation, label: LabelClass, *, group: int) -> str:
    common: dict[str, object] = {"label": found.class_name, "source": "manual"}
    if found.member:
        common |= {"occluded": int(found.attributes.get("occluded") is True), "z_order": 0, "group_id": group}
    return "".join(_WRITERS[found.member](found, label, common))


def _told(found: FinalAnnotation) -> list[str]:
    return [element("attribute", escaped(value), name=name) for name, value in found.attributes.items()]


def _points(points: Sequence[Sequence[float]]) -> str:
    return ";".join(f"{number(point[0])},{number(point[1])}" for point in points)


def _tag(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    yield element("tag", _told(found), **common)


def _box(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    x1, y1, x2, y2 = map(float, found.shape)
    yield element("box", _told(found), **common, xtl=x1, ytl=y1, xbr=x2, ybr=y2)


def _rotated_box(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    cx, cy, width, height, degrees = map(float, found.shape)
    corners = {"xtl": cx - width / 2, "ytl": cy - height / 2, "xbr": cx + width / 2, "ybr": cy + height / 2}
    yield element("box", _told(found), **common, **corners, rotation=degrees % 360.0)


def _polygon(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    for part in shapes.polygon_parts(found.shape):
        yield element("polygon", _told(found), **common, points=_points(shapes.bridged(part)))


def _polyline(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    yield element("polyline", _told(found), **common, points=_points(found.shape))


def _point(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    yield element("points", _told(found), **common, points=_points([found.shape]))


def _ellipse(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    cx, cy, rx, ry, degrees = map(float, found.shape)
    yield element("ellipse", _told(found), **common, cx=cx, cy=cy, rx=rx, ry=ry, rotation=degrees % 360.0)


def _cuboid(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    corners: dict[str, object] = {}
    for name, corner in zip(_FRONT_FIRST, _CORNERS, strict=True):
        x, y = map(float, found.shape[corner])
        corners |= {f"x{name}": x, f"y{name}": y}
    yield element("cuboid", _told(found), **common, **corners)


def _skeleton(found: FinalAnnotation, label: LabelClass, common: dict[str, object]) -> Iterator[str]:
    names = label.skeleton.joints if label.skeleton else [str(place) for place in range(len(found.shape))]
    joints = (
        element(
            "points",
            label=name,
            source="manual",
            outside=int(joint[2] == 0),
            occluded=int(joint[2] == 1),
            points=_points([joint]),
        )
        for name, joint in zip(names, found.shape, strict=False)
    )
    yield element("skeleton", [*joints, *_told(found)], **common)


def _mask(found: FinalAnnotation, _: LabelClass, common: dict[str, object]) -> Iterator[str]:
    x1, y1, x2, y2 = masks.mask_bounds(found.shape)
    if x2 == x1:
        return
    inside = np.zeros((y2 - y1, x2 - x1), dtype=bool)
    for column, top, bottom in masks.stretches(found.shape).tolist():
        inside[top - y1 : bottom - y1, column - x1] = True
    flat = inside.ravel()
    ends = np.append(np.flatnonzero(np.diff(flat)) + 1, flat.size)
    runs = np.diff(np.concatenate([[0, 0] if flat[0] else [0], ends]))
    place = {"left": x1, "top": y1, "width": x2 - x1, "height": y2 - y1}
    yield element("mask", _told(found), **common, rle=", ".join(map(str, runs.tolist())), **place)


_WRITERS: dict[str, Writer] = {
    "": _tag,
    "box": _box,
    "rotated_box": _rotated_box,
    "polygon": _polygon,
    "polyline": _polyline,
    "point": _point,
    "ellipse": _ellipse,
    "cuboid_2d": _cuboid,
    "keypoints": _skeleton,
    "mask": _mask,
}

CVAT = Format(
    file_name="annotations.xml",
    content_type="application/xml",
    annotation_types=CLASSIFICATIONS | {name for name, member in SHAPE_MEMBERS.items() if member in _WRITERS},
    lost=frozenset({Loss.CONFIDENCE, Loss.IDS, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "annotations.xml: an image's name is the asset's external id; check it before using it as a path. Characters "
        "that XML cannot hold are U+FFFD; a size that is not known is 0. Tasks that nobody answered are left out.",
        "annotations.xml: the parts of a polygon are polygons of one group_id; a hole is reached by a bridge of no "
        "width. Relations are in provenance.jsonl alone, and so is confidence.",
    ),
    write=write,
)
