"""What was written in a format and read again is what it was."""

import io
import math
from typing import Any

import numpy as np
import pytest
import shapely

from labeling.adapters.segment_images import decode_segments
from labeling.core.annotations import ANNOTATION_TYPES, Subject
from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.ontology_reading import read_ontology
from labeling.core.formats import FORMATS, LabeledTask, Pixels
from labeling.core.formats.final import final_annotations
from labeling.core.formats.masks import mask_of, pixels_of
from labeling.core.formats.shapes import outlines
from labeling.core.geometry.masks import Mask
from labeling.core.imports import IMPORTS, ImportedAsset, Size, Source, Wanted, take
from labeling.core.imports.keys import without_suffix
from tests.labeling.core.formats.samples import HEIGHT, WIDTH, classes_for, sample
from tests.labeling.core.formats.tasks import written
from tests.labeling.core.round_trips import CARRY_ATTRIBUTES, CARRY_IDS, FORGET_EMPTY, PAIRS, READ_AS_POLYGONS

CASES = [(written_as, read_as, kind) for (written_as, read_as), kinds in PAIRS.items() for kind in kinds]
# What a format says that is not exact: shares are cut to a hundred-millionth.
TOLERANCE = 1e-4
NOTHING: dict[str, Any] = {"objects": [], "doubted": [], "p_complete": 0.98}


def _read(content: bytes, form: str, kind: str, words: Ontology) -> dict[str, list[dict[str, Any]]]:
    """Return canonical annotations by what images are called, without their suffix."""
    source = Source(io.BytesIO(content), io.BytesIO, decode_segments)
    read: dict[str, list[dict[str, Any]]] = {}
    surface = "point_cloud" if kind == "cuboid_3d" else "image"
    subject = Subject(ontology=words, width=WIDTH, height=HEIGHT, kind=surface)
    for item in IMPORTS[form].read(source, kind):
        assert isinstance(item, ImportedAsset)
        found = take(item, Wanted(kind, words, {}), item.size or Size(WIDTH, HEIGHT))
        name = min((without_suffix(each.rpartition("/")[2]) for each in item.names), key=len)
        read[name] = ANNOTATION_TYPES[kind].parse(found.annotations, subject)
    return read


def _words(kind: str) -> tuple[list[dict[str, Any]], Ontology]:
    """Return the classes of a type; their attributes are optional, as not every format has a place for them."""
    classes = [
        entry | {"attributes": [each | {"required": False} for each in entry.get("attributes", [])]}
        for entry in classes_for(kind)
    ]
    return classes, read_ontology({"classes": classes, "attributes": [], "relations": []})


def _tasks(kind: str) -> list[LabeledTask]:
    """Return a task, and one in which nothing was found where a label may be that."""
    tasks = [sample(kind, pixels=Pixels("image/jpeg", 3, lambda: iter([b"..."])))]
    if kind == "multi_label_classification":
        tasks.append(sample(kind, 2, value={"classes": [], "posterior": {"car": 0.02}}))
    elif kind not in {"image_classification", "semantic_segmentation", "panoptic_segmentation"}:
        tasks.append(sample(kind, 2, value=NOTHING))
    return tasks


@pytest.mark.parametrize(("written_as", "read_as", "kind"), CASES)
def test_what_is_written_comes_back(written_as: str, read_as: str, kind: str) -> None:
    classes, words = _words(kind)
    tasks = _tasks(kind)

    read = _read(written(FORMATS[written_as], tasks, classes=classes, annotation_type=kind), read_as, kind, words)

    names = [f"photo-{task.ordinal}" for task in tasks if task.ordinal == 1 or written_as not in FORGET_EMPTY]
    assert list(read) == names
    assert all(read[name] == [] for name in names[1:])
    member = ANNOTATION_TYPES[kind].member or ""
    sent, got = list(final_annotations(tasks[0])), read["photo-1"]
    ours = sorted(((each.class_name, _comparable(member, each.shape)) for each in sent), key=str)
    theirs = sorted(((each["class"], _comparable(member, each.get(member))) for each in got), key=str)
    assert [name for name, _ in theirs] == [name for name, _ in ours]
    for (_, one), (_, other) in zip(ours, theirs, strict=True):
        assert one == pytest.approx(other, abs=TOLERANCE)


def _comparable(member: str, shape: Any) -> list[float]:
    """Return a shape as numbers that are the same for all ways in which it may be stated."""
    if shape is None:
        return []
    if member == "mask":
        return np.flatnonzero(Mask.from_pixels(pixels_of(shape)).to_pixels().ravel()).astype(float).tolist()
    if member in {"rotated_box", "ellipse"}:
        cx, cy, width, height, degrees = shape
        turn = math.radians(degrees)
        # As the ellipse of inertia: quarter turns with sides swapped, and half turns, are the same.
        xx = (width * math.cos(turn)) ** 2 + (height * math.sin(turn)) ** 2
        yy = (width * math.sin(turn)) ** 2 + (height * math.cos(turn)) ** 2
        return [cx, cy, xx / 100, yy / 100]
    if member == "polygon":
        return sorted(number for corner in shapely.get_coordinates(_area(shape)).tolist() for number in corner)
    if member == "cuboid_3d":
        return [*shape["center"], *shape["size"], shape["yaw"]]
    numbers: list[float] = np.asarray(shape, dtype=float).round(6).ravel().tolist()
    return numbers


def _area(parts: Any) -> Any:
    return shapely.union_all([shapely.Polygon(part[0], part[1:]) for part in parts]).normalize()


@pytest.mark.parametrize(("written_as", "read_as"), list(CARRY_ATTRIBUTES))
def test_attributes_come_back(written_as: str, read_as: str) -> None:
    kept = CARRY_ATTRIBUTES[written_as, read_as]
    kind = "cuboid_3d" if written_as == "kitti_3d" else "bounding_box"
    classes, words = _words(kind)
    content = written(FORMATS[written_as], [sample(kind)], classes=classes, annotation_type=kind)
    [annotations] = _read(content, read_as, kind, words).values()
    [car] = [each for each in annotations if each["class"] == "car"]
    expected = {"occluded": True, "colour": "light blue"}
    assert car["attributes"] == {name: expected[name] for name in kept}


@pytest.mark.parametrize(("written_as", "kind"), [(form, kind) for form, kinds in CARRY_IDS.items() for kind in kinds])
def test_ids_are_in_the_file(written_as: str, kind: str) -> None:
    task = sample(kind)
    value = task.value or {}
    things = [thing | {"id": f"thing-{place}"} for place, thing in enumerate(value["objects"])]
    task = task._replace(value=value | {"objects": things})
    content = written(FORMATS[written_as], [task], classes=classes_for(kind), annotation_type=kind)
    assert all(thing["id"].encode() in content for thing in things)


# --- outlines, of which most formats know rings without holes -------------------------------------------------------
TRIANGLE = [[2.0, 4.0], [30.0, 4.0], [30.0, 40.0]]
SQUARE = [[40.0, 4.0], [50.0, 4.0], [50.0, 14.0], [40.0, 14.0]]
ELLIPSE = [30.0, 24.0, 16.0, 8.0, 30.0]
OUTLINED: dict[str, tuple[str, Any]] = {
    "polygon": ("polygon", [[TRIANGLE], [SQUARE]]),
    "ellipse": ("ellipse", ELLIPSE),
    "instance_segmentation": ("polygon", [[SQUARE]]),
}


@pytest.mark.parametrize(
    ("written_as", "read_as", "kind"),
    [(written_as, read_as, kind) for (written_as, read_as), kinds in READ_AS_POLYGONS.items() for kind in kinds],
)
def test_outlines_come_back_as_polygons(written_as: str, read_as: str, kind: str) -> None:
    member, shape = OUTLINED[kind]
    thing = {"id": "1", "class": "car", member: shape, "confidence": 0.9}
    sent = _area(outlines(member, shape))
    if kind == "instance_segmentation":
        x1, y1, x2, y2 = map(int, sent.bounds)
        pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
        pixels[y1:y2, x1:x2] = True
        thing = {"id": "1", "class": "car", "mask": mask_of(pixels), "confidence": 0.9}
    task = sample(kind, value={"objects": [thing]})
    classes, _ = _words(kind)
    _, words = _words("polygon")

    content = written(FORMATS[written_as], [task], classes=classes, annotation_type=kind)
    [back] = _read(content, read_as, "polygon", words).values()

    # Where a format has no parts, each part is an object.
    assert {each["class"] for each in back} == {"car"}
    found = shapely.union_all([_area(each["polygon"]) for each in back])
    assert found.symmetric_difference(sent).area == pytest.approx(0.0, abs=0.01)
