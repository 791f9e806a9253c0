"""supervision: what Ultralytics' layouts of YOLO hold; outlines come as pixels."""

import numpy as np
import supervision
from PIL import Image, ImageDraw
from world import World, close


def compare(world: World, form: str, kind: str) -> None:
    """Compare class and corners of each line, and of outlines the area."""
    place = world.place(form, kind)
    expected = world.images(form, kind)
    for part in ("train", "val"):
        found = supervision.DetectionDataset.from_yolo(
            images_directory_path=str(place / "images" / part),
            annotations_directory_path=str(place / "labels" / part),
            data_yaml_path=str(place / "data.yaml"),
            is_obb=form == "yolo_obb",
        )
        assert found.classes == world.classes
        read = {path.replace("\\", "/").rpartition("/")[2]: each for path, _, each in found}
        assert set(read) == {name for name, told in expected.items() if told["split"] == part}
        for name, detections in read.items():
            _compare_image(world, form, detections, expected[name]["annotations"])


def _compare_image(world: World, form: str, detections: supervision.Detections, told: list[dict]) -> None:
    if not told:
        assert len(detections) == 0
        return
    if form == "yolo_segment":
        _compare_outlines(world, detections, told)
        return
    assert [world.classes[number] for number in detections.class_id] == [each["class"] for each in told]
    if form == "yolo_detect":
        close(detections.xyxy, [each["bounds"] for each in told])
    else:
        close(detections.data["xyxyxyxy"], [each["parts"][0][0] for each in told])


def _compare_outlines(world: World, detections: supervision.Detections, told: list[dict]) -> None:
    """Compare all lines of a class together: each part of an object is one of its own."""
    names = np.array([world.classes[number] for number in detections.class_id])
    assert set(names) == {each["class"] for each in told}
    for each in told:
        pixels = detections.mask[names == each["class"]].any(axis=0)
        sent = np.array(each["rows"], dtype=bool) if "rows" in each else _drawn(world, each["parts"])
        # Its fill takes the pixels that an edge runs through: a rim of one pixel may differ.
        assert not (pixels & ~_grown(sent)).any()
        assert not (sent & ~_grown(pixels)).any()


def _drawn(world: World, parts: list) -> np.ndarray:
    image = Image.new("1", (world.width, world.height))
    draw = ImageDraw.Draw(image)
    for outer, *holes in parts:
        draw.polygon([tuple(point) for point in outer], fill=1)
        for hole in holes:
            draw.polygon([tuple(point) for point in hole], fill=0)
    return np.asarray(image)


def _grown(pixels: np.ndarray) -> np.ndarray:
    padded = np.pad(pixels, 1)
    rows, columns = pixels.shape
    return np.any([padded[dy : dy + rows, dx : dx + columns] for dy in range(3) for dx in range(3)], axis=0)
