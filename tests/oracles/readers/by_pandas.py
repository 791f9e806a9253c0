"""pandas: tables of CSV, and lines of JSON."""

import pandas as pd
from world import World, close


def compare(world: World, form: str, kind: str) -> None:
    """Compare rows or lines with what was concluded."""
    if form == "csv":
        _compare_rows(world, form, kind)
        return
    lines = pd.read_json(world.place(form, kind) / "labels.jsonl", lines=True, precise_float=True)
    for line, (name, told) in zip(lines.to_dict("records"), world.images(form, kind).items(), strict=True):
        assert (line["external_id"], line["split"]) == (name, told["split"])
        assert (line["width"], line["height"]) == (world.width, world.height)
        assert line["value"] == told["value"]


def _compare_rows(world: World, form: str, kind: str) -> None:
    table = pd.read_csv(world.place(form, kind) / "labels.csv", keep_default_na=False)
    sent = [
        (name, each)
        for name, told in world.images(form, kind).items()
        for each in told["annotations"] or [{"class": "", "confidence": 0.97}]
    ]
    assert list(table["external_id"]) == [name for name, _ in sent]
    assert list(table["class"]) == [each["class"] for _, each in sent]
    close(table["confidence"], [each["confidence"] for _, each in sent], within=1e-9)
