"""GDAL, by pyogrio: features, their geometries and their properties."""

import json
from typing import Any

import numpy as np
import pyogrio
import shapely
from world import World, close, pixels_of


def compare(world: World, form: str, kind: str) -> None:
    """Compare each feature, in the order in which they were written."""
    meta, _, geometries, columns = pyogrio.raw.read(str(world.place(form, kind) / "labels.geojson"))
    rows = [dict(zip(meta["fields"], row, strict=True)) for row in zip(*columns, strict=True)]
    # With an image in which nothing was found goes no feature.
    sent = [
        (name, told["split"], each) for name, told in world.images(form, kind).items() for each in told["annotations"]
    ]
    assert len(rows) == len(sent)
    shapes = [None if each is None else shapely.from_wkb(each) for each in geometries]
    for row, shape, (name, split, told) in zip(rows, shapes, sent, strict=True):
        assert (row["image"], row["split"], row["class"]) == (name, split, told["class"])
        assert (row["annotation"], row["image_width"], row["image_height"]) == (told["id"], world.width, world.height)
        close(row["confidence"], told["confidence"], within=1e-9)
        assert json.loads(row["attributes"] or "{}") == told["attributes"]
        _compare_shape(shape, told, row)


def _compare_shape(shape: Any, told: dict, row: dict) -> None:
    if not told["member"]:
        assert shape is None
        return
    assert shape.is_valid
    if told["member"] == "mask":
        y, x = np.nonzero(pixels_of(told))
        close(shape.symmetric_difference(shapely.union_all(shapely.box(x, y, x + 1, y + 1))).area, 0, within=1e-6)
    elif told["parts"]:
        sent = shapely.union_all([shapely.Polygon(part[0], part[1:]) for part in told["parts"]])
        close(shape.symmetric_difference(sent).area, 0, within=1e-6)
    else:
        points = np.atleast_2d(told["shape"])
        close(shapely.get_coordinates(shape), points[:, :2], within=1e-9)
    if told["member"] == "keypoints":
        visibility = row["visibility"]
        found = json.loads(visibility) if isinstance(visibility, str) else list(visibility)
        assert found == [joint[2] for joint in told["shape"]]
