"""globox: boxes of COCO, CVAT, LabelMe, VOC and YOLO."""

from pathlib import Path

from globox import AnnotationSet
from world import World, close


def compare(world: World, form: str, kind: str) -> None:
    """Compare the boxes of each image."""
    place = world.place(form, kind)
    parts = {told["split"] for told in world.images(form, kind).values()} if form == "yolo_detect" else {""}
    found = AnnotationSet()
    for part in sorted(parts):
        found |= _read(form, place, part, world.classes)
    # Its sets count only images of which something is said; a file that says nothing is one for some readers.
    for name, told in world.images(form, kind).items():
        boxes = found[name].boxes if name in found.image_ids else []
        ours = sorted((each["class"], *each["bounds"]) for each in told["annotations"])
        theirs = sorted((box.label, box.xmin, box.ymin, box.xmax, box.ymax) for box in boxes)
        assert [box[0] for box in theirs] == [box[0] for box in ours]
        if ours:
            close([box[1:] for box in theirs], [box[1:] for box in ours])
    assert {name for name, told in world.images(form, kind).items() if told["annotations"]} <= set(found.image_ids)


def _read(form: str, place: Path, part: str, classes: list[str]) -> AnnotationSet:
    if form == "coco":
        return AnnotationSet.from_coco(place / "annotations/instances_train.json")
    if form == "voc":
        return AnnotationSet.from_pascal_voc(place / "Annotations")
    if form == "cvat":
        return AnnotationSet.from_cvat(place / "annotations.xml")
    if form == "labelme":
        return AnnotationSet.from_labelme(place)
    found = AnnotationSet.from_yolo_v5(place / "labels" / part, image_folder=place / "images" / part)
    named = {str(number): name for number, name in enumerate(classes)}
    return found.map_labels(named) or found
