"""Read what was written with pycocotools, datumaro, globox and Label Studio's converter, and compare.

`python tests/oracles/read.py FOLDER`, in the environment of the oracles, which has none of our code. Prints a line for
each reader, format and annotation type; ends with 1 where something was not found as it was written.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset
from globox import AnnotationSet
from label_studio_converter.brush import decode_rle
from pycocotools.coco import COCO

Expected = list[dict[str, Any]]
PX = 0.01
DATUMARO = {"coco": "coco_instances", "coco_panoptic": "coco_panoptic", "voc": "voc_detection", "cvat": "cvat"}


class World:
    """What was written, and what is to be found in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        told = json.loads((folder / "expected.json").read_text())
        self.classes: list[str] = told["classes"]
        self.width, self.height = told["size"]
        self.annotations: dict[str, Expected] = told["annotations"]

    def expected(self, name: str, kind: str) -> Expected:
        """Return the annotations of each image."""
        return self.annotations[f"{name}/{kind}"]


def by_pycocotools(world: World, kind: str) -> None:
    """Compare boxes, pixels and joints of COCO instances."""
    coco = COCO(world.folder / "coco" / kind / "annotations/instances_train.json")
    expected = world.expected("coco", kind)
    assert len(coco.getImgIds()) == 2
    found = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    assert [coco.cats[entry["category_id"]]["name"] for entry in found] == [entry["class"] for entry in expected]
    for entry, sent in zip(found, expected, strict=True):
        if "bounds" in sent:
            x, y, width, height = entry["bbox"]
            close([x, y, x + width, y + height], sent["bounds"])
        if sent["member"] == "keypoints":
            close(np.reshape(entry["keypoints"], (-1, 3)), sent["shape"])
            continue
        if sent["member"] == "box":
            continue
        pixels = coco.annToMask(entry)
        if "rows" in sent:
            assert (pixels == np.array(sent["rows"])).all()
            assert entry["area"] == pixels.sum()
        else:
            # Pixels whose centres are just at an edge are counted either way.
            assert abs(pixels.sum() - entry["area"]) < 0.12 * entry["area"] + 4


def by_datumaro(world: World, name: str, kind: str) -> None:
    """Compare what datumaro makes of it."""
    form = "coco_person_keypoints" if kind == "keypoints" and name == "coco" else DATUMARO[name]
    place = world.folder / name / kind
    if form == "coco_person_keypoints":
        source = place / "annotations/instances_train.json"
        source.rename(place / "annotations/person_keypoints_train.json")
    dataset = Dataset.import_from(str(place), form)
    names = [label.name for label in dataset.categories()[AnnotationType.label]]
    items = list(dataset)
    assert len(items) == 2
    item = next(item for item in items if item.id.endswith("photo-1"))
    found = [annotation for annotation in item.annotations if wanted(annotation, name, kind)]
    expected = [entry for entry in world.expected(name, kind) if name != "coco_panoptic" or entry["class"] != "unknown"]
    assert sorted(names[each.label] for each in found) == sorted(
        entry["class"] for entry in expected for _ in range(n_parts(entry))
    )
    for sent in expected:
        assert any(same(each, names[each.label], sent) for each in found), sent


def wanted(annotation: Any, name: str, kind: str) -> bool:
    """Return whether an annotation is one of ours: of COCO's outlines and joints the boxes around them come too."""
    return name != "coco" or kind == "bounding_box" or annotation.type != AnnotationType.bbox


def n_parts(entry: dict[str, Any]) -> int:
    """Return of how many shapes an annotation is made there."""
    return len(entry["parts"]) if entry.get("member") == "polygon" else 1


def same(found: Any, name: str, sent: dict[str, Any]) -> bool:
    """Return whether what was found is, or is part of, what was sent."""
    if name != sent["class"]:
        return False
    if "member" not in sent:
        return found.type == AnnotationType.label
    if "rows" in sent:
        return found.type == AnnotationType.mask and bool((found.image == np.array(sent["rows"])).all())
    if sent["member"] == "rotated_box" and hasattr(found, "attributes") and "rotation" in found.attributes:
        cx, cy, width, height, degrees = sent["shape"]
        x, y, w, h = found.get_bbox()
        told = [x + w / 2, y + h / 2, w, h, found.attributes["rotation"]]
        return bool(np.allclose(told, [cx, cy, width, height, degrees], atol=PX))
    if sent["member"] == "polygon":
        corners = {tuple(np.round(point, 2)) for part in sent["parts"] for ring in part for point in ring}
        drawn = {tuple(point) for point in np.round(np.reshape(found.points, (-1, 2)), 2)}
        # Bridges to holes may begin between two corners.
        return len(drawn & corners) >= min(3, len(drawn))
    x, y, w, h = found.get_bbox()
    return bool(np.allclose([x, y, x + w, y + h], sent["bounds"], atol=PX))


def by_globox(world: World, name: str) -> None:
    """Compare boxes."""
    place = world.folder / name / "bounding_box"
    sets = {
        "coco": lambda: AnnotationSet.from_coco(place / "annotations/instances_train.json"),
        "voc": lambda: AnnotationSet.from_pascal_voc(place / "Annotations"),
        "cvat": lambda: AnnotationSet.from_cvat(place / "annotations.xml"),
        "yolo_detect": lambda: AnnotationSet.from_yolo_v5(
            place / "labels/train", image_folder=place / "images/train"
        ).map_labels({str(number): label for number, label in enumerate(world.classes)}),
    }
    found = sets[name]()
    found = found if found is not None else sets[name]()
    assert len(found) == 2
    boxes = sorted((box.label, *(box.xmin, box.ymin, box.xmax, box.ymax)) for box in found["photo-1.jpg"].boxes)
    sent = sorted((entry["class"], *entry["bounds"]) for entry in world.expected(name, "bounding_box"))
    assert [box[0] for box in boxes] == [box[0] for box in sent]
    close([box[1:] for box in boxes], [box[1:] for box in sent])


def by_label_studio(world: World, kind: str) -> None:
    """Compare the pixels of brushes."""
    tasks = json.loads((world.folder / "label_studio" / kind / "tasks.json").read_text())
    regions = [part for part in tasks[0]["annotations"][0]["result"] if part["type"] == "brushlabels"]
    expected = world.expected("label_studio", kind)
    assert len(regions) == len(expected)
    for region, sent in zip(regions, expected, strict=True):
        flat = decode_rle(region["value"]["rle"])
        pixels = np.reshape(flat, (region["original_height"], region["original_width"], 4))[:, :, 3]
        assert (pixels == 255 * np.array(sent["rows"])).all()


def close(found: Any, expected: Any) -> None:
    """Compare numbers to a hundredth of a pixel."""
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), atol=PX)


def checks(world: World) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each comparison with its name; datumaro last, as it may want files to be called otherwise."""
    kinds: dict[str, list[str]] = {}
    for key in world.annotations:
        name, kind = key.split("/")
        kinds.setdefault(name, []).append(kind)
    for kind in kinds["coco"]:
        yield f"pycocotools coco {kind}", lambda kind=kind: by_pycocotools(world, kind)
    for name in ("coco", "voc", "cvat", "yolo_detect"):
        yield f"globox {name} bounding_box", lambda name=name: by_globox(world, name)
    for kind in ("instance_segmentation", "semantic_segmentation", "panoptic_segmentation"):
        yield f"label-studio-converter label_studio {kind}", lambda kind=kind: by_label_studio(world, kind)
    for name in DATUMARO:
        for kind in kinds[name]:
            if (name, kind) not in NOT_READ:
                yield f"datumaro {name} {kind}", lambda name=name, kind=kind: by_datumaro(world, name, kind)


# What datumaro does not read of a format, though its tools write it.
NOT_READ = {("cvat", "cuboid_2d"), ("cvat", "ellipse"), ("cvat", "keypoints")}


def main(folder: Path) -> int:
    """Run all comparisons and return the exit code."""
    n_failed = 0
    for name, check in checks(World(folder)):
        try:
            check()
        except Exception:  # noqa: BLE001 - whatever a reader raises is told, and the next one is asked
            n_failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc(limit=-3)}")
        else:
            print(f"found   {name}")
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
