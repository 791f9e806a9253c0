"""Formats of tables and images, read by independent readers: csv, json, Pillow, tarfile, pyarrow."""

import base64
import csv
import hashlib
import io
import json
import math
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pyarrow import parquet

from labeling.core.formats import FORMATS, LabelClass, LabeledTask, Pixels
from labeling.core.formats.colours import distinct
from labeling.core.formats.painting import MASKED
from labeling.core.formats.shapes import ellipse_corners, rotated_corners
from tests.labeling.core.formats.rules import rules_of
from tests.labeling.core.formats.samples import BLOB, HEIGHT, SHAPES, SQUARE, VOID, WIDTH, classes_for, sample
from tests.labeling.core.formats.tasks import thing, unanswered, with_objects, written


def _written(name: str, annotation_type: str, *tasks: LabeledTask, **changes: Any) -> bytes:
    given = tasks or (sample(annotation_type),)
    terms = {"classes": classes_for(annotation_type), "annotation_type": annotation_type} | changes
    return written(FORMATS[name], given, **terms)


def _zip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def _image(content: bytes) -> Any:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


# --- images of masks ------------------------------------------------------------------------------------------------
@rules_of("mask_png", *MASKED)
@pytest.mark.parametrize("annotation_type", sorted(MASKED))
def test_pixels_are_classes_and_instances(annotation_type: str) -> None:
    found = _zip(_written("mask_png", annotation_type))
    classes, instances = _image(found["classes/photo-1.png"]), _image(found["instances/photo-1.png"])
    assert classes.shape == instances.shape == (HEIGHT, WIDTH)
    assert (classes[BLOB] == 2).all()
    assert (classes[SQUARE] == 3).all()
    assert (instances[BLOB] == 1).all()
    rest = 0 if annotation_type == "instance_segmentation" else 5
    assert (classes[VOID] == rest).all()
    rows = _rows(found["instances.csv"])
    assert rows[1] == ["photo-1.png", "1", "2", "car", "0.93"]


def test_colours_are_those_of_the_ontology_and_of_the_table() -> None:
    found = _zip(_written("mask_png", "instance_segmentation"))
    table = {row[1]: (row[0], tuple(map(int, row[3:]))) for row in _rows(found["classes.csv"])[1:]}
    assert table["car"] == ("2", (0xFF, 0x88, 0x00))
    with Image.open(io.BytesIO(found["classes/photo-1.png"])) as image:
        assert image.mode == "P"
        colours = np.asarray(image.convert("RGB"))
    assert (colours[BLOB] == (0xFF, 0x88, 0x00)).all()
    assert len({colour for _, colour in table.values()}) == len(table)


def test_more_classes_than_eight_bits_hold_are_written_in_sixteen() -> None:
    classes = [f"class-{number}" for number in range(300)]
    mask = sample("instance_segmentation").value
    value = {"objects": [(mask or {})["objects"][0] | {"class": "class-299"}]}
    content = _written(
        "mask_png", "instance_segmentation", sample("instance_segmentation", value=value), classes=classes
    )
    assert _image(_zip(content)["classes/photo-1.png"])[BLOB].max() == 300


def test_an_image_in_which_nothing_was_found_is_all_nothing() -> None:
    task = sample("instance_segmentation", value={"objects": []})
    assert not _image(_zip(_written("mask_png", "instance_segmentation", task))["classes/photo-1.png"]).any()


# --- Cityscapes -----------------------------------------------------------------------------------------------------
@rules_of("cityscapes", "panoptic_segmentation")
def test_instances_of_cityscapes_are_class_times_a_thousand_and_a_number() -> None:
    found = _zip(_written("cityscapes", "panoptic_segmentation"))
    stem = "gtFine/train/all/photo-1_gtFine"
    labels, instances = _image(found[f"{stem}_labelIds.png"]), _image(found[f"{stem}_instanceIds.png"])
    assert (labels[BLOB] == 2).all()
    assert (instances[BLOB] == 2000).all()
    assert (instances[SQUARE] == 3000).all()
    assert (instances[VOID] == 5).all()  # countless: its class alone
    polygons = json.loads(found[f"{stem}_polygons.json"])
    assert (polygons["imgHeight"], polygons["imgWidth"]) == (HEIGHT, WIDTH)
    assert {each["label"] for each in polygons["objects"]} == {"car", "person", "road", "unknown"}


def test_things_of_one_class_have_numbers_of_their_own_and_those_that_do_not_fit_have_none() -> None:
    objects = [_dot(number) for number in range(1_002)]
    found = _zip(
        _written("cityscapes", "instance_segmentation", sample("instance_segmentation", value={"objects": objects}))
    )
    instances = _image(found["gtFine/train/all/photo-1_gtFine_instanceIds.png"]).T.ravel()
    assert instances[:1_003].tolist() == [*range(2_000, 3_000), 2, 2, 0]


def _dot(number: int) -> dict[str, Any]:
    counts = [number, 1, WIDTH * HEIGHT - number - 1]
    return {"class": "car", "mask": {"size": [HEIGHT, WIDTH], "counts": counts}, "confidence": 0.9}


def test_polygons_of_cityscapes_come_without_images() -> None:
    found = _zip(_written("cityscapes", "polygon"))
    assert sorted(found) == ["gtFine/train/all/photo-1_gtFine_polygons.json", "labels.csv"]


# --- KITTI ----------------------------------------------------------------------------------------------------------
@rules_of("kitti", "bounding_box")
def test_boxes_of_kitti_are_fifteen_fields_and_a_score() -> None:
    found = _zip(_written("kitti", "bounding_box"))
    lines = found["training/label_2/photo-1.txt"].decode().splitlines()
    assert lines[0] == "car -1 1 -10 10.5 20 40 44.25 -1 -1 -1 -1000 -1000 -1000 -10 0.93"
    assert lines[1].split()[:3] == ["person", "-1", "3"]


def test_spaces_do_not_part_the_name_of_a_class() -> None:
    task = sample("bounding_box", value=with_objects(thing("a big cat")))
    found = _zip(_written("kitti", "bounding_box", task, classes=["a big cat"]))
    assert found["training/label_2/photo-1.txt"].decode().split()[0] == "a_big_cat"


@rules_of("kitti_3d", "cuboid_3d")
def test_cuboids_of_kitti_stand_on_their_bottom_before_the_camera() -> None:
    found = _zip(_written("kitti_3d", "cuboid_3d"))
    fields = found["training/label_2/photo-1.txt"].decode().split()
    height, width, length, x, y, z, turn = map(float, fields[8:15])
    assert (height, width, length) == (1.5, 2.0, 4.0)
    calibration = dict(line.split(": ") for line in found["training/calib/photo-1.txt"].decode().splitlines())
    matrix = np.array(calibration["Tr_velo_to_cam"].split(), dtype=float).reshape(3, 4)
    assert matrix @ [1.0, 2.0, 0.5 - 0.75, 1.0] == pytest.approx([x, y, z])
    assert turn == pytest.approx(-0.5 - math.pi / 2, abs=1e-6)
    # Forwards along the yaw, in the camera's frame, is where KITTI's own formula puts the length.
    ahead = matrix[:, :3] @ [math.cos(0.5), math.sin(0.5), 0.0]
    assert [math.cos(turn), 0.0, -math.sin(turn)] == pytest.approx(ahead.tolist(), abs=1e-6)


# --- LabelMe --------------------------------------------------------------------------------------------------------
DRAWN: dict[str, tuple[str, list[list[list[float]]]]] = {
    "bounding_box": ("rectangle", [[[10.5, 20.0], [40.0, 44.25]], [[0.0, 0.0], [64.0, 48.0]]]),
    "rotated_box": ("polygon", [rotated_corners(shape) for _, shape in SHAPES["rotated_box"]]),
    "polygon": ("polygon", []),
    "ellipse": ("polygon", [ellipse_corners(shape) for _, shape in SHAPES["ellipse"]]),
    "polyline": ("linestrip", [shape for _, shape in SHAPES["polyline"]]),
    "point": ("point", [[shape] for _, shape in SHAPES["point"]]),
    "keypoints": ("point", [[[20.0, 10.0]], [[14.0, 30.5]]]),
    "instance_segmentation": ("mask", []),
}


@rules_of("labelme", *DRAWN)
@pytest.mark.parametrize("annotation_type", DRAWN)
def test_shapes_of_labelme_are_of_its_kinds(annotation_type: str) -> None:
    kind, points = DRAWN[annotation_type]
    document = json.loads(_zip(_written("labelme", annotation_type))["photo-1.json"])
    assert (document["imagePath"], document["imageHeight"], document["imageWidth"]) == ("photo-1.jpg", HEIGHT, WIDTH)
    assert {shape["shape_type"] for shape in document["shapes"]} == {kind}
    assert all(len(point) == 2 for shape in document["shapes"] for point in shape["points"])
    assert [shape["points"] for shape in document["shapes"]] == points or not points


def test_parts_of_a_polygon_and_joints_of_a_skeleton_are_a_group_of_labelme() -> None:
    shapes = json.loads(_zip(_written("labelme", "polygon"))["photo-1.json"])["shapes"]
    assert [(shape["label"], shape["group_id"]) for shape in shapes] == [("car", 1), ("person", 2), ("person", 2)]
    assert [shape["points"] for shape in shapes[1:]] == [part[0] for part in SHAPES["polygon"][1][1]]
    joints = json.loads(_zip(_written("labelme", "keypoints"))["photo-1.json"])["shapes"]
    assert [(joint["description"], joint["flags"], joint["group_id"]) for joint in joints] == [
        ("head", {"hidden": False}, 1),
        ("left_hand", {"hidden": True}, 1),
    ]


@rules_of("labelme", *MASKED)
def test_a_mask_of_labelme_is_a_png_of_what_lies_between_its_points() -> None:
    shape = json.loads(_zip(_written("labelme", "instance_segmentation"))["photo-1.json"])["shapes"][0]
    (x1, y1), (x2, y2) = shape["points"]
    back = np.zeros((HEIGHT, WIDTH), dtype=bool)
    back[y1 : y2 + 1, x1 : x2 + 1] = _image(base64.b64decode(shape["mask"])) > 0
    assert (back == BLOB).all()


@rules_of("labelme", "image_classification", "multi_label_classification")
def test_classes_of_the_whole_image_are_flags() -> None:
    document = json.loads(_zip(_written("labelme", "multi_label_classification"))["photo-1.json"])
    assert (document["flags"], document["shapes"]) == ({"car": True, "road": True}, [])


# --- GeoJSON --------------------------------------------------------------------------------------------------------
@rules_of("geojson", *FORMATS["geojson"].annotation_types)
@pytest.mark.parametrize("annotation_type", sorted(FORMATS["geojson"].annotation_types))
def test_every_feature_is_of_rfc_7946(annotation_type: str) -> None:
    document = json.loads(_written("geojson", annotation_type))
    assert document["type"] == "FeatureCollection"
    assert document["features"]
    for feature in document["features"]:
        assert (feature["type"], feature["properties"]["image"]) == ("Feature", "photo-1.jpg")
        for polygon in _polygons(feature["geometry"]):
            for place, ring in enumerate(polygon):
                assert ring[0] == ring[-1]
                assert len(ring) >= 4
                assert (_turns(ring) > 0) == (place == 0)


def _polygons(geometry: Any) -> list[Any]:
    if geometry is None or not geometry["type"].endswith("Polygon"):
        return []
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def _turns(ring: list[list[float]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))


def test_holes_and_parts_of_a_polygon_stay() -> None:
    features = json.loads(_written("geojson", "polygon"))["features"]
    assert [feature["geometry"]["type"] for feature in features] == ["Polygon", "MultiPolygon"]
    assert len(features[0]["geometry"]["coordinates"]) == 2


# --- Open Images ----------------------------------------------------------------------------------------------------
@rules_of("open_images", "bounding_box")
def test_boxes_of_open_images_are_shares_in_their_order_of_columns() -> None:
    found = _zip(_written("open_images", "bounding_box", sample("bounding_box", split="val"), splits=("train", "val")))
    header, row, _ = _rows(found["annotations/validation-annotations-bbox.csv"])
    told = dict(zip(header, row, strict=True))
    places = [float(told[name]) for name in ("XMin", "XMax", "YMin", "YMax")]
    assert places == pytest.approx([10.5 / WIDTH, 40 / WIDTH, 20 / HEIGHT, 44.25 / HEIGHT])
    assert (told["ImageID"], told["LabelName"], told["IsOccluded"], told["IsTruncated"]) == (
        "photo-1",
        "car",
        "1",
        "-1",
    )
    assert _rows(found["annotations/train-annotations-bbox.csv"])[1:] == []
    assert _rows(found["annotations/image_ids_and_rotation.csv"])[1][:2] == ["photo-1", "validation"]


@rules_of("open_images", "instance_segmentation")
def test_masks_of_open_images_are_black_and_white() -> None:
    found = _zip(_written("open_images", "instance_segmentation"))
    row = _rows(found["annotations/train-annotations-object-segmentation.csv"])[1]
    assert ((_image(found[f"masks/train/{row[0]}"]) == 255) == BLOB).all()


@rules_of("open_images", "image_classification", "multi_label_classification")
def test_classes_of_open_images_are_rows() -> None:
    found = _zip(_written("open_images", "multi_label_classification"))
    rows = _rows(found["annotations/train-annotations-human-imagelabels.csv"])[1:]
    assert [row[2:] for row in rows] == [["car", "0.99"], ["road", "0.8"]]


# --- WebDataset -----------------------------------------------------------------------------------------------------
@rules_of("webdataset", "image_classification")
def test_the_files_of_a_sample_follow_each_other_under_one_name() -> None:
    stored = Pixels(content_type="image/png", n_bytes=6, read=lambda: iter([b"abc", b"def"]))
    tasks = [sample("image_classification", number, pixels=stored, external_id="a.b/../c.png") for number in (1, 2)]
    with tarfile.open(fileobj=io.BytesIO(_written("webdataset", "image_classification", *tasks))) as archive:
        names = archive.getnames()
        assert names == [f"{number:09d}.{suffix}" for number in (1, 2) for suffix in ("json", "cls", "png")]
        contents = {name: archive.extractfile(name).read() for name in names}  # type: ignore[union-attr]
    assert (contents["000000001.cls"], contents["000000001.png"]) == (b"1", b"abcdef")
    assert json.loads(contents["000000001.json"])["external_id"] == "a.b/../c.png"


# --- Parquet and Croissant ------------------------------------------------------------------------------------------
@rules_of("parquet", *FORMATS["parquet"].annotation_types)
@pytest.mark.parametrize("annotation_type", sorted(FORMATS["parquet"].annotation_types))
def test_tables_hold_every_annotation_and_every_image(annotation_type: str) -> None:
    found = _zip(
        _written("parquet", annotation_type, sample(annotation_type), unanswered(2), sample(annotation_type, 3))
    )
    images = parquet.read_table(io.BytesIO(found["images.parquet"])).to_pylist()
    labels = parquet.read_table(io.BytesIO(found["annotations.parquet"])).to_pylist()
    assert [image["image"] for image in images] == [1, 3]
    assert {label["image"] for label in labels} == {1, 3}
    assert all(label["class"] for label in labels)
    if annotation_type == "bounding_box":
        assert [labels[0][name] for name in ("x1", "y1", "x2", "y2")] == [10.5, 20.0, 40.0, 44.25]
        assert json.loads(labels[0]["attributes"]) == {"occluded": True, "colour": "light blue"}


def test_croissant_names_every_file_with_its_hash_and_every_column() -> None:
    found = _zip(_written("parquet", "bounding_box"))
    told = json.loads(found["croissant.json"])
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    for file in told["distribution"]:
        assert hashlib.sha256(found[file["contentUrl"]]).hexdigest() == file["sha256"]
    for records, name in zip(told["recordSet"], ("images.parquet", "annotations.parquet"), strict=True):
        columns = [field["source"]["extract"]["column"] for field in records["field"]]
        assert columns == parquet.read_schema(io.BytesIO(found[name])).names


# --- SageMaker ------------------------------------------------------------------------------------------------------
@rules_of("sagemaker", "image_classification", "multi_label_classification", "bounding_box")
def test_lines_of_an_augmented_manifest_are_those_of_ground_truth() -> None:
    [line] = map(json.loads, _written("sagemaker", "bounding_box").splitlines())
    label, facts = line["labels"], line["labels-metadata"]
    assert line["source-ref"] == "photo-1.jpg"
    assert label["image_size"] == [{"width": WIDTH, "height": HEIGHT, "depth": 3}]
    assert label["annotations"][0] == {"class_id": 1, "left": 10.5, "top": 20.0, "width": 29.5, "height": 24.25}
    assert (facts["type"], facts["human-annotated"], facts["class-map"]["1"]) == (
        "groundtruth/object-detection",
        "yes",
        "car",
    )
    assert facts["objects"] == [{"confidence": 0.93}] * 2

    [line] = map(json.loads, _written("sagemaker", "image_classification").splitlines())
    assert (line["labels"], line["labels-metadata"]["class-name"]) == (1, "car")
    [line] = map(json.loads, _written("sagemaker", "multi_label_classification").splitlines())
    assert (line["labels"], line["labels-metadata"]["confidence-map"]) == ([1, 3], {"1": 0.99, "3": 0.8})


@rules_of("sagemaker_segmentation", "semantic_segmentation")
def test_a_segmentation_of_ground_truth_is_a_png_and_what_its_colours_stand_for() -> None:
    found = _zip(_written("sagemaker_segmentation", "semantic_segmentation"))
    [line] = map(json.loads, found["augmented.manifest"].splitlines())
    metadata = line["labels-ref-metadata"]
    assert (line["source-ref"], line["labels-ref"]) == ("photo-1.jpg", "masks/photo-1.png")
    assert (metadata["type"], metadata["human-annotated"]) == ("groundtruth/semantic-segmentation", "yes")
    colours = metadata["internal-color-map"]
    assert colours["0"] == {"class-name": "BACKGROUND", "hex-color": "#ffffff", "confidence": 0.0}
    assert colours["2"] == {"class-name": "car", "hex-color": "#ff8800", "confidence": 0.93}
    image = _image(found["masks/photo-1.png"])
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert (image[BLOB] == (0xFF, 0x88, 0x00)).all()
    assert len({entry["hex-color"] for entry in colours.values()}) == len(colours) == 5


def test_colours_that_tell_classes_are_never_the_same() -> None:
    classes = [LabelClass(f"class-{number}", color="#ffffff" if number % 2 else "") for number in range(40)]
    colours = distinct(classes, nothing=(255, 255, 255))
    assert len(set(colours)) == 41


def test_a_tied_class_is_no_line() -> None:
    tied = sample("image_classification", value={"class": None, "posterior": {}})
    assert _written("sagemaker", "image_classification", tied) == b""


# --- all of them ----------------------------------------------------------------------------------------------------
NEW = [
    "cityscapes",
    "geojson",
    "kitti",
    "kitti_3d",
    "labelme",
    "mask_png",
    "open_images",
    "parquet",
    "sagemaker",
    "sagemaker_segmentation",
    "webdataset",
]
HOSTILE = ["../../etc/passwd", "/abs", "C:\\x", 'a\nb,c"d', "=1+1", "\u202etxt.exe", "con", "x" * 200, "\u732b" * 200]


def _cases() -> Iterator[tuple[str, str]]:
    for name in NEW:
        for annotation_type in sorted(FORMATS[name].annotation_types):
            yield name, annotation_type


@pytest.mark.parametrize(("name", "annotation_type"), list(_cases()))
def test_hostile_names_lead_nowhere(name: str, annotation_type: str) -> None:
    tasks = [sample(annotation_type, number, external_id=text) for number, text in enumerate(HOSTILE, start=1)]
    content = _written(name, annotation_type, *tasks)
    for path in _paths(content, name):
        assert not path.startswith(("/", "."))
        assert all(part and part not in {".", ".."} for part in path.split("/"))
        assert "\\" not in path
        assert ":" not in path
        assert path.isprintable()


def _paths(content: bytes, name: str) -> list[str]:
    readers: dict[str, Callable[[bytes], list[str]]] = {"zip": lambda each: list(_zip(each)), "tar": _tar_names}
    reader = readers.get(FORMATS[name].file_name.rpartition(".")[2])
    return reader(content) if reader else []


def _tar_names(content: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return archive.getnames()


@pytest.mark.parametrize(("name", "annotation_type"), list(_cases()))
def test_the_same_tasks_make_the_same_bytes_and_unanswered_ones_are_left_out(name: str, annotation_type: str) -> None:
    tasks = [sample(annotation_type), unanswered(2), sample(annotation_type, 3)]
    first, second = (_written(name, annotation_type, *tasks) for _ in range(2))
    assert first == second
    assert b"photo-2" not in first
