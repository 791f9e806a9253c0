"""cityscapesscripts, of those who made the format: polygons, and instances with their pixels."""

import csv

import numpy as np
from cityscapesscripts.evaluation.instance import Instance
from cityscapesscripts.helpers.annotation import Annotation
from PIL import Image
from world import World, close, pixels_of


def compare(world: World, form: str, kind: str) -> None:
    """Compare the outlines of each object; of masks class, instance and pixels too."""
    place = world.place(form, kind)
    with (place / "labels.csv").open() as table:
        rows = {row["name"]: row for row in csv.DictReader(table)}
    for name, told in world.images(form, kind).items():
        stem = place / "gtFine" / told["split"] / "all" / f"{name.removesuffix('.jpg')}_gtFine"
        annotation = Annotation()
        annotation.fromJsonFile(f"{stem}_polygons.json")
        assert (annotation.imgWidth, annotation.imgHeight) == (world.width, world.height)
        if kind == "polygon":
            _compare_corners(annotation, told["annotations"])
            continue
        assert {each.label for each in annotation.objects} == {each["class"] for each in told["annotations"]}
        ids = np.asarray(Image.open(f"{stem}_instanceIds.png"))
        labels = np.asarray(Image.open(f"{stem}_labelIds.png"))
        found = [Instance(ids, number) for number in np.unique(ids) if number]
        assert len(found) == len(told["annotations"])
        for each in told["annotations"]:
            row = rows[each["class"]]
            [instance] = [one for one in found if one.labelID == int(row["id"])]
            assert (instance.instID >= 1000) == bool(int(row["hasInstances"]))
            assert instance.pixelCount == pixels_of(each).sum()
            assert ((ids == instance.instID) == pixels_of(each)).all()
            assert ((labels == instance.labelID) == pixels_of(each)).all()


def _compare_corners(annotation: Annotation, told: list[dict]) -> None:
    parts = [(each["class"], part) for each in told for part in each["parts"]]
    assert [each.label for each in annotation.objects] == [name for name, _ in parts]
    for found, (_, part) in zip(annotation.objects, parts, strict=True):
        points = np.array([(point.x, point.y) for point in found.polygon])
        x, y = points.T
        area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        close(area, _area(part))
        corners = {tuple(np.round(point, 6)) for point in points}
        assert corners >= {tuple(point) for ring in part for point in ring}


def _area(part: list) -> float:
    areas = []
    for ring in part:
        x, y = np.array(ring).T
        areas.append(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
    return areas[0] - sum(areas[1:])
