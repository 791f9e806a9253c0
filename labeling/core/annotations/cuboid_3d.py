"""Cuboids in a point cloud: centre and size in metres, yaw in radians, and where they lean a quaternion.

`{"class": "car", "cuboid_3d": {"center": [x, y, z], "size": [length, width, height], "yaw": 0.5}}`
"""

import math
from typing import Any

from labeling.core.annotations.base import ShapeByShape, Subject, Surface
from labeling.core.annotations.numbers import read_numbers, rounded
from labeling.core.annotations.refusals import Refusal, read_object

# Beyond any projected map grid.
LIMIT_M = 1e8
MIN_SIDE_M, MAX_SIDE_M = 0.001, 10_000.0
LIMIT_RAD = 1e4
# How far a quaternion may be from a unit, and its heading from the yaw stated beside it.
MAX_OFF_UNIT = 0.01
MAX_OFF_YAW_RAD = 0.01

_REQUIRED = frozenset({"center", "size"})
_OPTIONAL = frozenset({"yaw", "quaternion"})
_N_QUATERNION_DECIMALS = 9
_UNIT_TOLERANCE = 1e-8


class Cuboid3d(ShapeByShape):
    """Cuboids; of a yaw and a quaternion one is enough, and where both are given they agree."""

    member = "cuboid_3d"
    surface = Surface.POINT_CLOUD

    def read_shape(self, value: Any, path: str, subject: Subject) -> dict[str, Any]:
        """Return centre, size and yaw, and the quaternion where one was given."""
        given = read_object(value, path, required=_REQUIRED, optional=_OPTIONAL)
        center = read_numbers(given["center"], f"{path}.center", 3, form="[x, y, z]", limit=LIMIT_M)
        size = read_numbers(given["size"], f"{path}.size", 3, form="[length, width, height]", limit=MAX_SIDE_M)
        if min(size) < MIN_SIDE_M:
            raise Refusal(f"{path}.size", f"A side is at least {MIN_SIDE_M} metres.")
        cuboid: dict[str, Any] = {"center": [*map(rounded, center)], "size": [*map(rounded, size)]}
        yaw = _read_yaw(given["yaw"], f"{path}.yaw") if "yaw" in given else None
        if "quaternion" not in given:
            if yaw is None:
                raise Refusal(f"{path}.yaw", "This member is required.")
            return cuboid | {"yaw": yaw}
        quaternion = _read_quaternion(given["quaternion"], f"{path}.quaternion")
        heading = heading_of(quaternion)
        if yaw is not None and abs(math.remainder(yaw - heading, math.tau)) > MAX_OFF_YAW_RAD:
            raise Refusal(f"{path}.yaw", "The yaw is not the heading of the quaternion.")
        return cuboid | {"yaw": heading, "quaternion": quaternion}


def heading_of(quaternion: list[float]) -> float:
    """Return the yaw of a unit quaternion [w, x, y, z]: where it turns the x axis, seen from above."""
    w, x, y, z = quaternion
    return normalised_yaw(math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z)))


def normalised_yaw(yaw: float) -> float:
    """Return a rounded angle from -pi to below pi."""
    # Only what is outside is turned: the remainder of what is inside already would add a rounding error.
    turned = rounded(yaw if -math.pi <= yaw < math.pi else math.remainder(yaw, math.tau))
    # What lies within a rounding of pi may have been rounded over it.
    return turned if -math.pi <= turned < math.pi else rounded(turned - math.copysign(math.tau, turned))


def _read_yaw(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LIMIT_RAD <= value <= LIMIT_RAD:
        raise Refusal(path, "A yaw is an angle in radians.")
    return normalised_yaw(float(value))


def _read_quaternion(value: Any, path: str) -> list[float]:
    """Return a rounded unit quaternion whose first number other than 0 is positive."""
    numbers = read_numbers(value, path, 4, form="[w, x, y, z]", limit=1.0 + MAX_OFF_UNIT)
    length = math.hypot(*numbers)
    if abs(length - 1.0) > MAX_OFF_UNIT:
        raise Refusal(path, "A quaternion has the length 1.")
    # What is a unit as far as it is kept is left alone, so that it stays the same however often it is read.
    unit = numbers if abs(length - 1.0) <= _UNIT_TOLERANCE else [number / length for number in numbers]
    kept = [round(number, _N_QUATERNION_DECIMALS) + 0.0 for number in unit]
    leading = next(number for number in kept if number)
    return kept if leading > 0 else [-number + 0.0 for number in kept]
