"""Label Studio's converter: classes, boxes and outlines by its own exports, the pixels of brushes by its decoder."""

import json
import tempfile
from pathlib import Path

import numpy as np
from label_studio_converter import Converter
from label_studio_converter.brush import decode_rle
from world import World, close, pixels_of

TAGS = {
    "image_classification": '<Choices name="label" toName="image" choice="single">{}</Choices>',
    "multi_label_classification": '<Choices name="label" toName="image" choice="multiple">{}</Choices>',
    "bounding_box": '<RectangleLabels name="label" toName="image">{}</RectangleLabels>',
    "polygon": '<PolygonLabels name="label" toName="image">{}</PolygonLabels>',
}


def compare(world: World, form: str, kind: str) -> None:
    """Compare what the converter makes of the tasks."""
    tasks = world.place(form, kind) / "tasks.json"
    if kind.endswith("_segmentation"):
        _compare_brushes(world, form, kind, json.loads(tasks.read_text()))
        return
    tag = "Choice" if kind.endswith("_classification") else "Label"
    labels = "".join(f'<{tag} value="{name}"/>' for name in world.classes)
    config = f'<View><Image name="image" value="$image"/>{TAGS[kind].format(labels)}</View>'
    converter = Converter(config, project_dir=str(tasks.parent), download_resources=False)
    with tempfile.TemporaryDirectory() as folder:
        if kind.endswith("_classification"):
            converter.convert_to_json_min(str(tasks), folder, is_dir=False)
            _compare_classes(world, form, kind, json.loads(next(Path(folder).glob("*.json")).read_text()))
        else:
            converter.convert_to_coco(str(tasks), folder, is_dir=False)
            _compare_shapes(world, form, kind, json.loads((Path(folder) / "result.json").read_text()))


def _compare_classes(world: World, form: str, kind: str, found: list[dict]) -> None:
    given = {each["image"]: each.get("label", []) for each in found}
    for name, told in world.images(form, kind).items():
        label = given[name]
        names = label["choices"] if isinstance(label, dict) else [label] if isinstance(label, str) else label
        assert names == [each["class"] for each in told["annotations"]]


def _compare_shapes(world: World, form: str, kind: str, found: dict) -> None:
    categories = {each["id"]: each["name"] for each in found["categories"]}
    names = {each["id"]: each["file_name"].rpartition("/")[2] for each in found["images"]}
    for name, told in world.images(form, kind).items():
        mine = [each for each in found["annotations"] if names[each["image_id"]] == name]
        sent = [(each, part) for each in told["annotations"] for part in each["parts"]]
        assert [categories[each["category_id"]] for each in mine] == [each["class"] for each, _ in sent]
        for one, (each, part) in zip(mine, sent, strict=True):
            if kind == "polygon":
                corners = {tuple(point) for point in np.round(np.reshape(one["segmentation"], (-1, 2)), 4)}
                assert corners >= {tuple(np.round(point, 4)) for ring in part for point in ring}
            else:
                x, y, width, height = one["bbox"]
                close([x, y, x + width, y + height], each["bounds"])


def _compare_brushes(world: World, form: str, kind: str, tasks: list[dict]) -> None:
    for task in tasks:
        regions = [part for part in task["annotations"][0]["result"] if part["type"] == "brushlabels"]
        told = world.images(form, kind)[task["data"]["image"]]["annotations"]
        for region, sent in zip(regions, told, strict=True):
            assert region["value"]["brushlabels"] == [sent["class"]]
            flat = decode_rle(region["value"]["rle"])
            pixels = np.reshape(flat, (region["original_height"], region["original_width"], 4))[:, :, 3]
            assert (pixels == 255 * pixels_of(sent)).all()
