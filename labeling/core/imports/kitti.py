"""KITTI: a zip with a text file for each image or point cloud, and for cuboids the calibration of each.

Source: the development kit of the object benchmark, http://www.cvlibs.net/datasets/kitti/eval_object.php: type,
truncated, occluded, alpha, four of the box in the image, height, width, length, the middle of the bottom in the frame
of the rectified camera, the turn about the camera's y, and maybe a score. `DontCare` is no object.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.imports.archives import Archive, is_archive
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_SHAPES_OF_ASSET,
    MIB,
    ImportedAsset,
    ImportedShape,
    ImportFormat,
    Item,
    ItemRefused,
    Shapes,
    Size,
    Source,
    UnreadableFile,
    text_number,
)

MAX_CALIBRATION_BYTES = MIB
_N_FIELDS = (15, 16)
_IGNORED = "DontCare"
_OCCLUDED = {0: False, 1: True, 2: True}  # 3 is "unknown"


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each file of labels, in the order of their names."""
    if not is_archive(source.file):
        raise UnreadableFile("Send a zip of the text files, for cuboids with those of the calibration.")
    archive = Archive(source.file)
    calibrations = {_stem(name): name for name in archive.named(r"(.*/)?calib/[^/]+\.txt")}
    names = [name for name in archive.named(r".*\.txt") if not _lies_in(name, "calib")]
    # Beside the labels lie lists of images and what else a mapping may be told in.
    for name in [name for name in names if _lies_in(name, "label_2")] or names:
        yield _item(archive, name, calibrations, annotation_type)


def _lies_in(name: str, folder: str) -> bool:
    return f"/{name}".rpartition("/")[0].endswith(f"/{folder}")


def _stem(name: str) -> str:
    return name.rpartition("/")[2][: -len(".txt")]


def _item(archive: Archive, name: str, calibrations: dict[str, str], annotation_type: str) -> ImportedAsset:
    def shapes(_size: Size | None) -> Shapes:
        lines = [line.split() for line in archive.read(name).decode("utf-8", "replace").splitlines() if line.strip()]
        if len(lines) > MAX_SHAPES_OF_ASSET:
            raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
        to_cloud = _to_cloud(archive, calibrations.get(_stem(name))) if annotation_type == "cuboid_3d" else None
        for index, words in enumerate(lines):
            try:
                yield _shape(words, to_cloud)
            except ItemRefused as refusal:
                raise ItemRefused(refusal.code, refusal.detail, field=f"line {index + 1}") from None

    return ImportedAsset(names=(_stem(name),), size=None, shapes=shapes, by_stem=True)


def _shape(words: Sequence[str], to_cloud: NDArray[np.float64] | None) -> ImportedShape | None:
    if len(words) not in _N_FIELDS:
        raise ItemRefused("wrong_length", "A line has 15 fields, and maybe a score.")
    if words[0] == _IGNORED:
        return LEFT_OUT
    values = [text_number(word, "A field") for word in words[1:]]
    truncated = values[0] if values[0] >= 0 else None
    flags: dict[str, Any] = {"truncated": truncated, "occluded": _OCCLUDED.get(int(values[1]))}
    members = {"box": values[3:7]} if to_cloud is None else _cuboid(values[7:14], to_cloud)
    if members is LEFT_OUT:
        return LEFT_OUT
    return ImportedShape(words[0][:200], members, flags, values[14] if len(values) > 14 else None)


def _cuboid(values: Sequence[float], to_cloud: NDArray[np.float64]) -> dict[str, Any] | None:
    height, width, length, x, y, z, turn = values
    if min(height, width, length) < 0:
        return LEFT_OUT  # what was seen in the image alone
    center = to_cloud @ [x, y - height / 2, z, 1.0]
    ahead = to_cloud[:, :3] @ [math.cos(turn), 0.0, -math.sin(turn)]
    yaw = math.atan2(ahead[1], ahead[0])
    return {"cuboid_3d": {"center": center.tolist(), "size": [length, width, height], "yaw": yaw}}


def _to_cloud(archive: Archive, name: str | None) -> NDArray[np.float64]:
    """Return (3, 4) what turns places of the rectified camera into those of the point cloud."""
    if name is None:
        raise ItemRefused("no_calibration", "The archive has no calibration (calib/) for this point cloud.")
    rows: dict[str, list[float]] = {}
    for line in archive.read(name, limit=MAX_CALIBRATION_BYTES).decode("utf-8", "replace").splitlines():
        key, is_told, numbers = line.partition(":")
        if is_told and key.strip() in {"R0_rect", "R_rect", "Tr_velo_to_cam", "Tr_velo_cam"}:
            rows[key.strip()] = [text_number(word, f"A number of {key.strip()[:20]}") for word in numbers.split()]
    rectified, camera = rows.get("R0_rect", rows.get("R_rect")), rows.get("Tr_velo_to_cam", rows.get("Tr_velo_cam"))
    if rectified is None or camera is None or (len(rectified), len(camera)) != (9, 12):
        raise ItemRefused("no_calibration", "The calibration has no R0_rect of 9 numbers, or no Tr_velo_to_cam of 12.")
    whole = np.eye(4)
    whole[:3] = np.reshape(rectified, (3, 3)) @ np.reshape(camera, (3, 4))
    if np.abs(whole).max() > 1e9 or abs(np.linalg.det(whole[:3, :3]) - 1.0) > 0.01:
        raise ItemRefused("no_calibration", "The calibration turns and moves nothing: it is no rotation.")
    return np.asarray(np.linalg.inv(whole)[:3], dtype=np.float64)


KITTI = ImportFormat(annotation_types=frozenset({"bounding_box", "cuboid_3d"}), read=read)
