"""Pillow: images whose pixels are numbers, and the tables that say what the numbers are."""

import csv

import numpy as np
from PIL import Image
from world import World, pixels_of


def compare(world: World, form: str, kind: str) -> None:
    """Compare classes and instances pixel by pixel."""
    place = world.place(form, kind)
    with (place / "classes.csv").open() as table:
        numbers = {row["class"]: int(row["id"]) for row in csv.DictReader(table)}
    with (place / "instances.csv").open() as table:
        rows = list(csv.DictReader(table))
    for name, told in world.images(form, kind).items():
        file_name = f"{name.removesuffix('.jpg')}.png"
        classes = np.asarray(Image.open(place / "classes" / file_name))
        instances = np.asarray(Image.open(place / "instances" / file_name))
        assert classes.shape == instances.shape == (world.height, world.width)
        listed = [row for row in rows if row["image"] == file_name]
        assert [row["class"] for row in listed] == [each["class"] for each in told["annotations"]]
        covered = np.zeros(classes.shape, dtype=bool)
        for row, each in zip(listed, told["annotations"], strict=True):
            assert ((instances == int(row["instance"])) == pixels_of(each)).all()
            assert (classes[pixels_of(each)] == numbers[each["class"]]).all()
            assert int(row["class_id"]) == numbers[each["class"]]
            assert float(row["confidence"]) == each["confidence"]
            covered |= pixels_of(each)
        assert not classes[~covered].any()
        assert not instances[~covered].any()
