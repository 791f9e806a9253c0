"""datumaro: nearly everything that is in files of the usual layouts."""

from pathlib import Path
from typing import Any

import numpy as np
from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset
from world import PX, World, close, pixels_of

FORMS = {
    "coco": "coco_instances",
    "coco_panoptic": "coco_panoptic",
    "cvat": "cvat",
    "kitti": "kitti",
    "kitti_3d": "kitti3d",
    "open_images": "open_images",
    "voc": "voc_detection",
    "yolo_classify": "imagenet",
}
# Layouts of which it gives the part that an image is in.
TELL_SPLITS = {"open_images", "voc"}


def compare(world: World, form: str, kind: str) -> None:
    """Compare every image with what datumaro makes of it."""
    place, reader = _prepared(world, form, kind)
    expected = world.images(form, kind)
    read: dict[str, list[Any]] = {}
    for folder in [place / part for part in ("train", "val")] if form == "yolo_classify" else [place]:
        dataset = Dataset.import_from(str(folder), reader)
        names = [label.name for label in dataset.categories()[AnnotationType.label]]
        for item in dataset:
            name = f"{item.id.rpartition('/')[2].rpartition(':')[2]}.jpg"
            read[name] = [(names[each.label], each) for each in item.annotations if _wanted(each, form, kind)]
            if form in TELL_SPLITS:
                assert item.subset.removesuffix("idation") == expected[name]["split"]
    assert set(read) == set(expected)
    for name, told in expected.items():
        sent = [each for each in told["annotations"] if form != "coco_panoptic" or each["class"] != "unknown"]
        _compare_image(read[name], sent, form)


def _prepared(world: World, form: str, kind: str) -> tuple[Path, str]:
    """Return where to read, and as what, with files called as the reader wants them."""
    place = world.place(form, kind)
    if form == "coco" and kind == "keypoints":
        source = place / "annotations/instances_train.json"
        source.rename(place / "annotations/person_keypoints_train.json")
        return place, "coco_person_keypoints"
    if form == "open_images" and kind == "instance_segmentation":
        # It opens no image to learn its size, which it wants for masks.
        sizes = "".join(f"photo-{number} {world.height} {world.width}\n" for number in (1, 2, 3))
        (place / "annotations/images.meta").write_text(sizes)
    if form == "kitti_3d":
        for image in (place / "training/image_2").glob("*.jpg"):
            image.rename(image.with_suffix(".png"))
        return place / "training", FORMS[form]
    return place, FORMS[form]


def _wanted(annotation: Any, form: str, kind: str) -> bool:
    """Return whether an annotation is one of ours: of COCO's outlines and joints the boxes around them come too."""
    return form != "coco" or kind == "bounding_box" or annotation.type != AnnotationType.bbox


def _compare_image(found: list[tuple[str, Any]], told: list[dict], form: str) -> None:
    classes = sorted(_plain(each["class"], form) for each in told for _ in range(_n_parts(each)))
    assert sorted(_plain(name, form) for name, _ in found) == classes
    for each in told:
        assert any(_plain(name, form) == _plain(each["class"], form) and _same(one, each) for name, one in found), each


def _plain(name: str, form: str) -> str:
    """Return a class as its layout has it: folders of classes have a number before, KITTI's reader small letters."""
    return name.partition("_")[2] if form == "yolo_classify" and name[:4].isdigit() else name.lower()


def _n_parts(told: dict) -> int:
    return len(told["parts"]) if told["member"] == "polygon" else 1


def _same(found: Any, told: dict) -> bool:
    """Return whether what was found is, or is part of, what was sent."""
    if told["member"] == "rotated_box" and "rotation" not in found.attributes:
        return _same_bounds(found, told)
    return _SAME.get(told["member"], _same_bounds)(found, told)


def _same_class(found: Any, _: dict) -> bool:
    return found.type == AnnotationType.label


def _same_pixels(found: Any, told: dict) -> bool:
    return found.type == AnnotationType.mask and bool((found.image == pixels_of(told)).all())


def _same_joints(found: Any, told: dict) -> bool:
    sent = np.array(told["shape"], dtype=float)
    seen = [visibility.value for visibility in found.visibility]
    return bool(np.allclose(np.reshape(found.points, (-1, 2)), sent[:, :2], atol=PX)) and seen == list(sent[:, 2])


def _same_turned(found: Any, told: dict) -> bool:
    x, y, width, height = found.get_bbox()
    at = [x + width / 2, y + height / 2, width, height, found.attributes["rotation"]]
    return bool(np.allclose(at, told["shape"], atol=PX))


def _same_points(found: Any, told: dict) -> bool:
    return bool(np.allclose(np.ravel(found.points), np.ravel(told["shape"]), atol=PX))


def _same_corners(found: Any, told: dict) -> bool:
    corners = {tuple(np.round(point, 2)) for part in told["parts"] for ring in part for point in ring}
    drawn = {tuple(point) for point in np.round(np.reshape(found.points, (-1, 2)), 2)}
    # Bridges to holes may begin between two corners.
    return len(drawn & corners) >= min(3, len(drawn))


def _same_bounds(found: Any, told: dict) -> bool:
    x, y, w, h = found.get_bbox()
    return bool(np.allclose([x, y, x + w, y + h], told["bounds"], atol=PX)) and _same_flags(found, told)


def _same_flags(found: Any, told: dict) -> bool:
    """Return whether what is said of being occluded is what was sent, where both say something."""
    given, said = told["attributes"].get("occluded"), found.attributes.get("occluded")
    return given is None or said is None or bool(said) == given


def _same_in_space(found: Any, told: dict) -> bool:
    length, width, height = told["shape"]["size"]
    x, y, z = told["shape"]["center"]
    close(found.attributes["dimensions"], [height, width, length])
    close(found.attributes["location"], [-y, height / 2 - z, x])
    turn = found.attributes["rotation_y"] + told["shape"]["yaw"] + np.pi / 2
    close([np.cos(turn), np.sin(turn)], [1, 0])
    return True


_SAME = {
    "": _same_class,
    "cuboid_3d": _same_in_space,
    "keypoints": _same_joints,
    "mask": _same_pixels,
    "point": _same_points,
    "polygon": _same_corners,
    "polyline": _same_points,
    "rotated_box": _same_turned,
}
