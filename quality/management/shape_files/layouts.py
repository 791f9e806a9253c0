"""Under which key each kind of shape stands in a line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Say how a kind of shape is written.

    Parameters
    ----------
    shape : the kind.
    key : the line's member that holds the shapes.
    """

    shape: str
    key: str


LAYOUTS: dict[str, Layout] = {
    shape: Layout(shape, key)
    for shape, key in {
        "box": "boxes",
        "rotated_box": "rotated_boxes",
        "polygon": "polygons",
        "polyline": "polylines",
        "keypoints": "keypoints",
        "point": "points",
        "ellipse": "ellipses",
        "mask": "rle",
        "cuboid_2d": "cuboids_2d",
        "cuboid_3d": "cuboids_3d",
    }.items()
}
