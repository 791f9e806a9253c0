"""mlcroissant: the description is valid, and the tables are read through it."""

import json

import mlcroissant
from world import World, close


def compare(world: World, form: str, kind: str) -> None:
    """Compare every column that holds something of an annotation, and the rows of images."""
    data = mlcroissant.Dataset(str(world.place(form, kind) / "croissant.json"))
    assert not data.metadata.ctx.issues.errors
    images = {row["images/external_id"].decode(): row for row in data.records("images")}
    expected = world.images(form, kind)
    assert set(images) == set(expected)
    rows = list(data.records("annotations"))
    for name, told in expected.items():
        image = images[name]
        assert (image["images/width"], image["images/height"]) == (world.width, world.height)
        assert image["images/split"].decode() == told["split"]
        found = [row for row in rows if row["annotations/image"] == image["images/image"]]
        assert len(found) == len(told["annotations"])
        for row, sent in zip(found, told["annotations"], strict=True):
            _compare_row(row, sent)


def _compare_row(row: dict, sent: dict) -> None:
    assert row["annotations/class"].decode() == sent["class"]
    assert row["annotations/annotation"].decode() == sent["id"]
    close(row["annotations/confidence"], sent["confidence"], within=1e-9)
    assert json.loads(row["annotations/attributes"]) == sent["attributes"]
    shape = row["annotations/shape"].decode()
    assert (json.loads(shape) if shape else None) == sent["shape"]
    if "bounds" in sent:
        close([row[f"annotations/{name}"] for name in ("x1", "y1", "x2", "y2")], sent["bounds"], within=1e-9)
