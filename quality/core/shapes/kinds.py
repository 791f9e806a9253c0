"""How annotations hold the shapes of each kind, and in which measure these are compared.

Lines and points have no size of their own, so how near is near is a share of the image: they are compared in
thousandths of its diagonal. All images of a job, large and small, can then be matched by one geometry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labeling.core.geometry.base import Frame, Geometry, Shapes
from labeling.core.geometry.boxes import BoxGeometry, as_boxes
from labeling.core.geometry.cuboids_2d import Cuboid2dGeometry
from labeling.core.geometry.cuboids_3d import Cuboid3dGeometry
from labeling.core.geometry.ellipses import EllipseGeometry
from labeling.core.geometry.keypoints import KeypointGeometry
from labeling.core.geometry.masks import Mask, MaskGeometry
from labeling.core.geometry.points import PointGeometry
from labeling.core.geometry.polygons import PolygonGeometry
from labeling.core.geometry.polylines import PolylineGeometry
from labeling.core.geometry.rotated_boxes import RotatedBoxGeometry
from quality.core.shapes.coded_masks import plain_masks, read_masks
from quality.core.shapes.scale import typical_radius
from quality.core.shapes.scoring import NamedShapes
from quality.core.terms import Scene, Terms

Json = Mapping[str, Any]

# Lines and points half alike are so far apart, in thousandths of the image's diagonal: 8 pixels of 640 x 480.
TOLERANCE = 10.0
DIAGONAL = 1_000.0
# Where the image's size is not known, a diagonal of this many pixels is taken.
UNKNOWN_DIAGONAL_PX = 1_000.0
# What a job's own points show of how near is near is believed within these limits.
LEAST_RADIUS, MOST_RADIUS = 2.0, 20.0


class ShapeKind:
    """Shapes that annotations hold as their geometry reads them.

    Parameters
    ----------
    member : where an annotation holds its shape.
    pair_cost : time of comparing two shapes over that of comparing two boxes; an estimate, for shapes of usual size.
    likeness : what the similarity of two shapes is called.

    Attributes
    ----------
    is_large : a job's shapes may be too many bytes to be held at once.
    """

    is_large = False

    def __init__(self, member: str, geometry: type[Geometry], *, pair_cost: float = 1.0, likeness: str = "iou") -> None:
        self.member = member
        self.pair_cost = pair_cost
        self.likeness = likeness
        self._geometry = geometry

    def geometry(self, terms: Terms, *, tolerance: float | None = None) -> Geometry:
        """Return how shapes are compared.

        Parameters
        ----------
        tolerance : what `learned` found in a job's answers; not every kind has one.
        """
        return self._geometry()

    def read(self, value: Any, scene: Scene) -> Any:
        """Return the shape that an annotation holds, in the measure of the geometry."""
        return self._geometry().read(value)

    def plain(self, shape: Any, scene: Scene) -> Any:
        """Return the shape as annotations hold it."""
        return self._geometry().written(shape)

    def frame(self, scene: Scene) -> Frame | None:
        """Return the image's size, in the measure of the geometry."""
        return scene.frame

    def learned(self, tasks: Sequence[Sequence[Sequence[Any] | Shapes]]) -> float | None:
        """Return how near is near as a job's shapes show it, by task and worker; None where it is a given."""
        return None

    def shapes(self, annotations: Sequence[Json], scene: Scene) -> Sequence[Any]:
        """Return the shapes of an answer."""
        return [self.read(each[self.member], scene) for each in annotations]

    def named(self, annotations: Sequence[Json], scene: Scene, geometry: Geometry) -> NamedShapes:
        """Return the shapes of an answer with their classes."""
        return NamedShapes(
            shapes=geometry.collect(self.shapes(annotations, scene)),
            labels=tuple(each["class"] for each in annotations),
        )


class BoxKind(ShapeKind):
    """Axis-parallel boxes, read an answer at a time."""

    def shapes(self, annotations: Sequence[Json], scene: Scene) -> Any:
        """Return (n, 4)."""
        return as_boxes([each[self.member] for each in annotations])

    def plain(self, shape: Any, scene: Scene) -> Any:
        """Return four numbers, halves of a thousandth rounded as the labels of earlier versions were."""
        return [round(number, 3) for number in shape.tolist()]


class ScaledKind(ShapeKind):
    """Shapes compared in thousandths of the image's diagonal."""

    def read(self, value: Any, scene: Scene) -> Any:
        """Return the shape scaled."""
        return super().read(value, scene) / _unit_px(scene)

    def plain(self, shape: Any, scene: Scene) -> Any:
        """Return the shape in pixels."""
        return super().plain(shape * _unit_px(scene), scene)

    def frame(self, scene: Scene) -> Frame | None:
        """Return the image's size, scaled."""
        if scene.frame is None:
            return None
        unit = _unit_px(scene)
        return Frame(width=scene.frame.width / unit, height=scene.frame.height / unit)


class PolylineKind(ScaledKind):
    """Lines, half alike at a mean distance of a hundredth of the image's diagonal."""

    def geometry(self, terms: Terms, *, tolerance: float | None = None) -> Geometry:
        """Return lines with that tolerance."""
        return PolylineGeometry(tolerance or TOLERANCE)


class PointKind(ScaledKind):
    """Points, half alike at a hundredth of the image's diagonal unless a job's answers show another scale."""

    def geometry(self, terms: Terms, *, tolerance: float | None = None) -> Geometry:
        """Return points with that radius."""
        return PointGeometry(tolerance or TOLERANCE)

    def learned(self, tasks: Sequence[Sequence[Sequence[Any] | Shapes]]) -> float | None:
        """Return the distance within which points of different workers most plainly mark the same thing."""
        found = typical_radius(
            [np.reshape(np.array(points, dtype=np.float64), (-1, 2)) for points in workers] for workers in tasks
        )
        return None if found is None else float(np.clip(found, LEAST_RADIUS, MOST_RADIUS))


class KeypointKind(ShapeKind):
    """Skeletons, each joint with the tolerance that the ontology states."""

    def geometry(self, terms: Terms, *, tolerance: float | None = None) -> Geometry:
        """Return skeletons with the sigmas of the ontology; twice a sigma is the tolerance, as COCO has it.

        Classes play no part in matching, so where several have as many joints, these have the mean of their sigmas.
        """
        by_joints: dict[int, list[tuple[float, ...]]] = {}
        for sigmas in terms.sigmas.values():
            by_joints.setdefault(len(sigmas), []).append(sigmas)
        return KeypointGeometry(
            spreads={n_joints: tuple(2.0 * np.mean(found, axis=0)) for n_joints, found in by_joints.items()}
        )


class CuboidKind(ShapeKind):
    """Upright cuboids; of a quaternion nothing but the heading counts."""

    def frame(self, scene: Scene) -> Frame | None:
        """Return None: a point cloud has no frame."""
        return None


class MaskKind(ShapeKind):
    """Sets of pixels, each read with the image on its side; see `coded_masks`."""

    is_large = True

    def read(self, value: Any, scene: Scene) -> Mask:
        """Return the mask."""
        return read_masks([value])[0]

    def plain(self, shape: Mask, scene: Scene) -> Any:
        """Return the size and the run lengths."""
        return plain_masks([shape])[0]

    def shapes(self, annotations: Sequence[Json], scene: Scene) -> Sequence[Any]:
        """Return the masks, read all at once."""
        return read_masks([each[self.member] for each in annotations])

    def frame(self, scene: Scene) -> Frame | None:
        """Return None: masks are of their image's size."""
        return None


def _unit_px(scene: Scene) -> float:
    diagonal = UNKNOWN_DIAGONAL_PX if scene.frame is None else float(np.hypot(scene.frame.width, scene.frame.height))
    return diagonal / DIAGONAL


SHAPE_KINDS: dict[str, ShapeKind] = {
    "bounding_box": BoxKind("box", BoxGeometry),
    "rotated_box": ShapeKind("rotated_box", RotatedBoxGeometry, pair_cost=40.0),
    "polygon": ShapeKind("polygon", PolygonGeometry, pair_cost=60.0),
    "polyline": PolylineKind("polyline", PolylineGeometry, pair_cost=500.0, likeness="nearness"),
    "keypoints": KeypointKind("keypoints", KeypointGeometry, pair_cost=100.0, likeness="oks"),
    "point": PointKind("point", PointGeometry, likeness="nearness"),
    "instance_segmentation": MaskKind("mask", MaskGeometry, pair_cost=100.0),
    "ellipse": ShapeKind("ellipse", EllipseGeometry, pair_cost=100.0),
    "cuboid_2d": ShapeKind("cuboid_2d", Cuboid2dGeometry, pair_cost=60.0, likeness="similarity"),
    "cuboid_3d": CuboidKind("cuboid_3d", Cuboid3dGeometry, pair_cost=40.0),
}
