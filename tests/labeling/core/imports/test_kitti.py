"""KITTI's text files, of images and of point clouds."""

import math

import numpy as np
import pytest

from labeling.core.imports import Taken
from tests.labeling.core.imports.files import archive, only, taken

LINE = "car 0.00 1 -1.57 10.50 20.00 40.00 44.25 1.50 2.00 4.00 {x} {y} {z} {turn} 0.5"
# A camera that stands 1 m before the point cloud's origin and looks along its y.
RECTIFIED = np.array([[math.cos(0.01), 0, math.sin(0.01)], [0, 1, 0], [-math.sin(0.01), 0, math.cos(0.01)]])
CAMERA = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, -1]])


def _words(matrix: np.ndarray) -> str:
    return " ".join(f"{number:.12f}" for number in matrix.ravel())


CALIBRATION = f"P0: 1 0 0\nR0_rect: {_words(RECTIFIED)}\nTr_velo_to_cam: {_words(CAMERA)}\n\n"


def test_boxes_have_their_flags_and_what_is_not_cared_for_is_none() -> None:
    other = LINE.replace("car", "DontCare").format(x=-1000, y=-1000, z=-1000, turn=-10)
    content = archive({"training/label_2/000001.txt": LINE.format(x=1, y=2, z=3, turn=0) + "\n" + other + "\n"})
    [found] = taken("kitti", content, "bounding_box").values()
    assert isinstance(found, Taken)
    assert found.annotations == [{"class": "car", "box": [10.5, 20, 40, 44.25]}]
    assert (found.n_left_out, found.score) == (1, 0.5)


def test_cuboids_go_back_to_the_point_cloud_by_the_calibration() -> None:
    center, yaw = np.array([3.0, 11.0, 0.75]), 0.7
    bottom = RECTIFIED @ (CAMERA @ [*(center - [0, 0, 0.75]), 1.0])
    ahead = RECTIFIED @ CAMERA[:, :3] @ [math.cos(yaw), math.sin(yaw), 0]
    # KITTI's turn takes the camera's x to where the length points: (cos, 0, -sin).
    turn = math.atan2(-ahead[2], ahead[0])
    x, y, z = bottom
    line = LINE.format(x=f"{x:.9f}", y=f"{y:.9f}", z=f"{z:.9f}", turn=f"{turn:.9f}")
    [found] = only(taken("kitti", archive({"label_2/1.txt": line, "calib/1.txt": CALIBRATION}), "cuboid_3d"))
    assert found["cuboid_3d"]["center"] == pytest.approx(center.tolist(), abs=1e-6)
    assert found["cuboid_3d"]["size"] == [4.0, 2.0, 1.5]
    assert found["cuboid_3d"]["yaw"] == pytest.approx(yaw, abs=1e-6)


@pytest.mark.parametrize(
    ("calibration", "code"),
    [
        (None, "no_calibration"),
        ("R0_rect: 1 0 0 0 1 0 0 0 1\n", "no_calibration"),
        ("R0_rect: 1 0 0 0 1 0 0 0 1\nTr_velo_to_cam: 0 0 0 0 0 0 0 0 0 0 0 0\n", "no_calibration"),
        ("R0_rect: 1 0 0 0 1 0 0 0 1\nTr_velo_to_cam: 1e400 0 0 0 0 0 0 0 0 0 0 0\n", "not_a_number"),
    ],
)
def test_without_a_calibration_that_turns_there_are_no_cuboids(calibration: str | None, code: str) -> None:
    beside = {} if calibration is None else {"calib/1.txt": calibration}
    content = archive({"label_2/1.txt": LINE.format(x=1, y=2, z=3, turn=0), **beside})
    assert list(taken("kitti", content, "cuboid_3d").values()) == [code]


def test_a_line_of_another_length_is_refused() -> None:
    assert list(taken("kitti", archive({"1.txt": "car 1 2 3"}), "bounding_box").values()) == ["wrong_length"]
