"""pycocotools: boxes, pixels, joints, scores."""

import numpy as np
from pycocotools.coco import COCO
from world import World, close


def compare(world: World, form: str, kind: str) -> None:
    """Compare boxes, pixels and joints of COCO instances, and that images without any are there."""
    coco = COCO(world.place(form, kind) / "annotations/instances_train.json")
    expected = world.images(form, kind)
    assert {image["file_name"] for image in coco.loadImgs(coco.getImgIds())} == set(expected)
    for image in coco.loadImgs(coco.getImgIds()):
        assert (image["width"], image["height"]) == (world.width, world.height)
        found = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
        told = expected[image["file_name"]]["annotations"]
        assert [coco.cats[entry["category_id"]]["name"] for entry in found] == [entry["class"] for entry in told]
        for entry, sent in zip(found, told, strict=True):
            assert entry["score"] == sent["confidence"]
            assert entry.get("attributes", {}) == sent["attributes"]
            _compare_one(coco, entry, sent)


def _compare_one(coco: COCO, entry: dict, sent: dict) -> None:
    if "bounds" in sent:
        x, y, width, height = entry["bbox"]
        close([x, y, x + width, y + height], sent["bounds"])
    if sent["member"] == "keypoints":
        close(np.reshape(entry["keypoints"], (-1, 3)), sent["shape"])
        assert coco.cats[entry["category_id"]]["keypoints"] == ["head", "left_hand", "right_hand"]
        return
    if sent["member"] == "box":
        return
    pixels = coco.annToMask(entry)
    if "rows" in sent:
        assert (pixels == np.array(sent["rows"])).all()
        assert entry["area"] == pixels.sum()
    else:
        # Pixels whose centres are just at an edge are counted either way.
        assert abs(pixels.sum() - entry["area"]) < 0.12 * entry["area"] + 4
