"""webdataset: samples of a tar, with their images decoded."""

import json

import webdataset
from world import World


def compare(world: World, form: str, kind: str) -> None:
    """Compare what each sample holds: document, class and image."""
    tar = str(world.place(form, kind) / "samples.tar")
    samples = list(webdataset.WebDataset(tar, shardshuffle=False).decode("rgb8"))
    expected = world.images(form, kind).items()
    for number, (sample, (name, told)) in enumerate(zip(samples, expected, strict=True), start=1):
        document = sample["json"] if isinstance(sample["json"], dict) else json.loads(sample["json"])
        assert sample["__key__"] == f"{told['split']}/{number:09d}"
        assert (document["external_id"], document["width"], document["height"]) == (name, world.width, world.height)
        found = document["annotations"]
        assert [(each["id"], each["class"], each["confidence"]) for each in found] == [
            (each["id"], each["class"], each["confidence"]) for each in told["annotations"]
        ]
        for each, sent in zip(found, told["annotations"], strict=True):
            assert each.get(sent["member"]) == sent["shape"]
            assert each.get("attributes", {}) == sent["attributes"]
        assert sample["jpg"].shape == (world.height, world.width, 3)
        if kind == "image_classification":
            assert world.classes[sample["cls"]] == told["annotations"][0]["class"]
