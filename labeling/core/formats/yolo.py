"""YOLO in the layouts that Ultralytics reads: a text file of numbers for each image, and data.yaml.

Source: https://docs.ultralytics.com/datasets/, of detection, segmentation, pose, oriented boxes and classification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from labeling.core.formats import masks, shapes
from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, pieces_of
from labeling.core.formats.classes import LabelClass, mirrored
from labeling.core.formats.final import final_annotations
from labeling.core.formats.names import named
from labeling.core.formats.yaml import flow

WHOLE = "train"
MODEL_PARTS = ("train", "val")


class _Frame(NamedTuple):
    """What turns pixels into shares; and how many joints each pose has."""

    width: int
    height: int
    n_joints: int

    def shares(self, points: Iterable[Sequence[float]]) -> list[float]:
        """Return x and y in turn, cut to the image: readers throw away what lies beyond."""
        flat: list[float] = []
        for point in points:
            flat += (_cut(point[0] / self.width), _cut(point[1] / self.height))
        return flat

    def box(self, bounds: Sequence[float]) -> list[float]:
        """Return centre and size."""
        x1, y1, x2, y2 = self.shares((bounds[:2], bounds[2:]))
        return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


# Of a shape, the numbers of each of its lines.
Rows = Callable[[str, Any, _Frame], Iterator[list[float]]]


def _cut(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _detect(_: str, box: Any, frame: _Frame) -> Iterator[list[float]]:
    yield frame.box(box)


def _segment(member: str, shape: Any, frame: _Frame) -> Iterator[list[float]]:
    parts = masks.mask_outlines(shape) if member == "mask" else shapes.outlines(member, shape)
    for part in parts:
        yield frame.shares(shapes.bridged(part))


def _oriented(_: str, rotated_box: Any, frame: _Frame) -> Iterator[list[float]]:
    yield frame.shares(shapes.rotated_corners(rotated_box))


def _pose(member: str, joints: Any, frame: _Frame) -> Iterator[list[float]]:
    numbers = frame.box(shapes.bounds(member, joints))
    for x, y, visibility in joints:
        numbers += (*frame.shares([(x, y)]), visibility) if visibility else (0, 0, 0)
    yield numbers + [0.0] * 3 * (frame.n_joints - len(joints))


def _labels(rows: Rows) -> Callable[[Export], Iterator[Member]]:
    """Return what writes a folder of labels and data.yaml."""

    def members(export: Export) -> Iterator[Member]:
        n_joints = max((len(label.skeleton.joints) for label in export.classes if label.skeleton), default=0)
        yield Member("data.yaml", _data_yaml(export, n_joints if rows is _pose else 0))
        numbers = export.class_numbers
        for task, name in named(export.tasks()):
            if task.is_answered and task.width and task.height:
                content = _text(task, rows, _Frame(task.width, task.height, n_joints), numbers)
                yield Member(f"labels/{task.split or WHOLE}/{name.stem}.txt", content)

    return members


def _text(task: LabeledTask, rows: Rows, frame: _Frame, class_numbers: dict[str, int]) -> bytes:
    lines = (
        f"{class_numbers[found.class_name]} {' '.join(map(_number, row))}\n"
        for found in final_annotations(task)
        for row in rows(found.member, found.shape, frame)
    )
    return "".join(lines).encode()


def _number(share: float) -> str:
    """Return a share to a hundred-millionth: of the largest images still a thousandth of a pixel."""
    text = f"{share:.8f}"
    return text.rstrip("0").rstrip(".")


def _data_yaml(export: Export, n_joints: int) -> bytes:
    # Both parts have to be named even where nothing was split.
    parts = {part: f"images/{part}" for part in export.splits} or dict.fromkeys(MODEL_PARTS, f"images/{WHOLE}")
    lines = ["path: .", *(f"{part}: {folder}" for part, folder in parts.items())]
    if n_joints:
        lines += [f"kpt_shape: [{n_joints}, 3]", f"flip_idx: {_mirrored(export.classes, n_joints)}"]
    lines += ["names:", *(f"  {number}: {flow(name)}" for number, name in enumerate(export.class_names))]
    return "\n".join([*lines, ""]).encode()


def _mirrored(classes: Sequence[LabelClass], n_joints: int) -> list[int]:
    """Return which joint takes each joint's place in a mirror image; of the first class whose joints change places."""
    for label in classes:
        if label.skeleton is not None and label.skeleton.swaps:
            places = mirrored(label.skeleton)
            return [*places, *range(len(places), n_joints)]
    return list(range(n_joints))


def _classify(export: Export) -> Iterator[Member]:
    """Yield the stored images in a folder for each class, and a list of all."""
    folders = {name: f"{number:04d}_{_plain(name)}" for number, name in enumerate(export.class_names)}
    with export.scratch() as listed:
        for task, name in named(export.tasks()):
            for found in final_annotations(task):
                path = f"{task.split or WHOLE}/{folders[found.class_name]}/{name.image}"
                listed.write(f"{path}\n".encode())
                if task.pixels is not None:
                    yield Member(path, task.pixels.read())
        names = "".join(f"{folder}: {flow(name)}\n" for name, folder in folders.items())
        yield Member("names.yaml", names.encode())
        yield Member("images.txt", pieces_of(listed))


def _plain(name: str) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in name[:40])


_LOST = frozenset({Loss.ATTRIBUTES, Loss.CONFIDENCE, Loss.IDS, Loss.NAMES, Loss.RELATIONS})
_IN_GENERAL = (
    "numbers are shares of the image's sides, cut to the image; classes count from 0 in the order of the ontology. "
    "Tasks of unknown size and those that nobody answered are left out; confidence and attributes are in "
    "provenance.jsonl. Where the release is not split, everything is in train, and val names the same folder."
)


def _format(kind: str, rows: Rows, annotation_types: set[str], *notes: str) -> Format:
    file_name = f"yolo_{kind}.zip"
    return Format(
        file_name=file_name,
        content_type="application/zip",
        annotation_types=frozenset(annotation_types),
        lost=_LOST,
        has_side_file=True,
        notes=tuple(f"{file_name}: {note}" for note in (_IN_GENERAL, *notes)),
        write=zipped(_labels(rows)),
    )


YOLO_DETECT = _format("detect", _detect, {"bounding_box"})
YOLO_SEGMENT = _format(
    "segment",
    _segment,
    {"polygon", "ellipse", "instance_segmentation"},
    "each part of an object is a line of its own; a hole is reached by a bridge of no width; masks are the outlines of "
    "their pixels; an ellipse is a polygon of 64 corners.",
)
YOLO_OBB = _format("obb", _oriented, {"rotated_box"})
YOLO_POSE = _format(
    "pose",
    _pose,
    {"keypoints"},
    "all classes have as many joints as the largest skeleton, what is missing is 0 0 0; flip_idx is of the first class "
    "whose joints change places in a mirror image; the box is that around the placed joints.",
)
YOLO_CLASSIFY = Format(
    file_name="yolo_classify.zip",
    content_type="application/zip",
    annotation_types=frozenset({"image_classification"}),
    wants_pixels=True,
    lost=frozenset({Loss.ATTRIBUTES, Loss.CONFIDENCE, Loss.NAMES}),
    has_side_file=True,
    notes=(
        "yolo_classify.zip: the stored images as they are, in a folder for each class, whose names names.yaml gives; "
        "images.txt lists also those that are not stored here. Tied classes and attributes are not in it; confidence "
        "is in provenance.jsonl.",
    ),
    write=zipped(_classify),
)
