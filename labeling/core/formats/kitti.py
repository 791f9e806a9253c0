"""KITTI: a text file for each image or point cloud, in two dimensions and in three.

Source: Geiger et al. 2012, doi:10.1109/CVPR.2012.6248074, and the development kit of the object benchmark: 15 fields
and a score; an object in space is height, width, length, the middle of its bottom in the camera's frame (x right, y
down, z forward) and its turn about the camera's y. What is not known is -1, -10 or -1000.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, Loss
from labeling.core.formats.final import FinalAnnotation, final_annotations
from labeling.core.formats.names import named

WHOLE = "training"
_UNKNOWN_3D = (-1, -1, -1, -1_000, -1_000, -1_000, -10)
_UNKNOWN_2D = (-1, -1, -1, -1)
_UNKNOWN_ALPHA = -10
# From our frame (x forward, y left, z up) to a camera that looks forward from the same place.
CALIBRATION = (
    "".join(f"P{camera}: 1 0 0 0 0 1 0 0 0 0 1 0\n" for camera in range(4))
    + "R0_rect: 1 0 0 0 1 0 0 0 1\n"
    + "Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0\n"
    + "Tr_imu_to_velo: 1 0 0 0 0 1 0 0 0 0 1 0\n"
)


def _writer(fields: Callable[[Any], tuple[tuple[float, ...], tuple[float, ...]]], *, calibrated: bool) -> Any:
    def members(export: Export) -> Iterator[Member]:
        for task, name in named(export.tasks()):
            if not task.is_answered:
                continue
            folder = task.split or WHOLE
            text = "".join(_line(found, *fields(found.shape)) for found in final_annotations(task))
            yield Member(f"{folder}/label_2/{name.stem}.txt", text.encode())
            if calibrated:
                yield Member(f"{folder}/calib/{name.stem}.txt", CALIBRATION.encode())

    return zipped(members)


def _line(found: FinalAnnotation, flat: tuple[float, ...], space: tuple[float, ...]) -> str:
    truncated = found.attributes.get("truncated")
    occluded = found.attributes.get("occluded")
    facts: list[float] = [
        float(truncated) if isinstance(truncated, bool | int | float) else -1,
        int(occluded) if isinstance(occluded, bool) else 3,  # 3 is "unknown"
        _UNKNOWN_ALPHA,
    ]
    score = [] if found.confidence is None else [found.confidence]
    return " ".join([_word(found.class_name), *map(_number, [*facts, *flat, *space, *score])]) + "\n"


def _word(class_name: str) -> str:
    """Return a name without spaces, which part the fields."""
    return "_".join(class_name.split()) or "_"


def _number(value: float) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _box(box: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(box), _UNKNOWN_3D


def _cuboid(cuboid: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    x, y, z = cuboid["center"]
    length, width, height = cuboid["size"]
    turn = math.remainder(-cuboid["yaw"] - math.pi / 2, 2 * math.pi)
    return _UNKNOWN_2D, (height, width, length, -y, height / 2 - z, x, turn)


_LOST = frozenset({Loss.ATTRIBUTES, Loss.IDS, Loss.NAMES, Loss.RELATIONS})
_IN_GENERAL = (
    "spaces in names of classes are _; truncated and occluded are those attributes, -1 and 3 where there are none; the "
    "last field is the confidence. Tasks that nobody answered are left out."
)

KITTI = Format(
    file_name="kitti.zip",
    content_type="application/zip",
    annotation_types=frozenset({"bounding_box"}),
    lost=_LOST,
    has_side_file=True,
    notes=(f"kitti.zip: {_IN_GENERAL}",),
    write=_writer(_box, calibrated=False),
)
KITTI_3D = Format(
    file_name="kitti_3d.zip",
    content_type="application/zip",
    annotation_types=frozenset({"cuboid_3d"}),
    lost=_LOST,
    has_side_file=True,
    notes=(
        f"kitti_3d.zip: {_IN_GENERAL}",
        "kitti_3d.zip: places are those of a camera that looks along x of the point cloud from its origin (calib/); "
        "put your own calibration in its place and turn the places with it. rotation_y is -yaw - pi/2; a tilt, which "
        "KITTI does not know, is in jsonl alone. Boxes in the image are not known.",
    ),
    write=_writer(_cuboid, calibrated=True),
)
