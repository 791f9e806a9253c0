"""Our own JSON Lines, SageMaker's manifest, GeoJSON, and tables of classes."""

import io
from typing import Any

import numpy as np
import orjson
import pytest

from labeling.adapters.segment_images import decode_segments
from labeling.core.imports import IMPORTS, Size, Source, Taken, UnreadableFile
from tests.labeling.core.imports.files import archive, as_json, asset_of, items, only, png, taken


def lines(*documents: Any) -> bytes:
    """Return one document a line."""
    return b"".join(orjson.dumps(each) + b"\n" for each in documents)


# --- our own --------------------------------------------------------------------------------------------------------
BOX = {"class": "car", "box": [1, 2, 3, 4]}


def test_annotations_may_be_stated_without_a_conclusion() -> None:
    content = lines({"external_id": "a.jpg", "width": 9, "height": 9, "annotations": [BOX]})
    assert only(taken("jsonl", content, "bounding_box")) == [BOX]


def test_of_what_is_not_final_only_what_more_likely_is_there_is_taken() -> None:
    objects = [BOX | {"p_exist": 0.4, "confidence": 0.9}, BOX | {"p_exist": 0.6, "confidence": 0.5}]
    told = {"external_id": "a.jpg", "state": "disputed", "value": {"objects": [*objects, BOX | {"class": None}]}}
    [found] = taken("jsonl", lines(told), "bounding_box").values()
    assert isinstance(found, Taken)
    assert (found.annotations, found.n_left_out, found.score) == ([BOX], 2, 0.5)


def test_what_nobody_answered_is_refused() -> None:
    content = lines({"external_id": "a.jpg", "value": None}, {"external_id": 3})
    assert taken("jsonl", content, "bounding_box") == {"a.jpg": "no_annotation", "line 2": "not_a_name"}


def test_a_broken_line_ends_the_file() -> None:
    with pytest.raises(UnreadableFile):
        items("jsonl", lines({"external_id": "a"}) + b'{"external_id": ', "bounding_box")


# --- SageMaker ------------------------------------------------------------------------------------------------------
def _line(label: Any, **metadata: Any) -> dict[str, Any]:
    return {"source-ref": "s3://bucket/day/one.jpg", "mine": label, "mine-metadata": metadata}


def test_an_image_of_a_bucket_goes_by_its_key() -> None:
    content = lines(_line(0, **{"class-name": "car", "type": "groundtruth/image-classification"}))
    assert asset_of("sagemaker", content, "image_classification").names == (
        "s3://bucket/day/one.jpg", "day/one.jpg", "one.jpg"
    )  # fmt: skip
    assert only(taken("sagemaker", content, "image_classification")) == [{"class": "car"}]


def test_boxes_of_ground_truth_are_left_top_width_height() -> None:
    label = {
        "image_size": [{"width": 500, "height": 400, "depth": 3}],
        "annotations": [{"class_id": 0, "left": 111, "top": 134, "width": 61, "height": 128}],
    }
    facts = {"objects": [{"confidence": 0.8}], "class-map": {"0": "car"}, "type": "groundtruth/object-detection"}
    [found] = taken("sagemaker", lines(_line(label, **facts)), "bounding_box").values()
    assert isinstance(found, Taken)
    assert (found.annotations, found.score) == ([{"class": "car", "box": [111, 134, 172, 262]}], 0.8)


def test_colours_of_a_segmentation_are_classes_and_background_is_none() -> None:
    colours = {
        "0": {"class-name": "BACKGROUND", "hex-color": "#ffffff"},
        "1": {"class-name": "road", "hex-color": "#010200"},
    }
    line: dict[str, Any] = {"source-ref": "one.jpg", "mine-ref": "s3://bucket/out/one.png"}
    line |= {"mine-ref-metadata": {"internal-color-map": colours, "type": "groundtruth/semantic-segmentation"}}
    image = png(np.array([[0xFFFFFF, 513], [513, 513]]))
    content = archive({"output.manifest": lines(line), "out/one.png": image})
    found = {
        each["class"]: each["mask"]["counts"] for each in only(taken("sagemaker", content, "semantic_segmentation"))
    }
    assert found == {"road": [1, 3], "void": [0, 1, 3]}
    assert taken("sagemaker", lines(line), "semantic_segmentation") == {"one.jpg": "no_png"}


def test_a_line_without_a_label_of_the_type_is_refused() -> None:
    content = lines(_line(0, **{"class-name": "car", "type": "groundtruth/image-classification"}))
    assert taken("sagemaker", content, "bounding_box") == {"line 1": "no_annotation"}


# --- GeoJSON --------------------------------------------------------------------------------------------------------
def _features(*features: tuple[dict[str, Any], Any]) -> bytes:
    told = [{"type": "Feature", "properties": properties, "geometry": geometry} for properties, geometry in features]
    return as_json({"type": "FeatureCollection", "features": told})


def _polygon(*corners: list[float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def test_features_of_one_image_are_put_together_in_any_order() -> None:
    square, tilted = _polygon([1, 1], [3, 1], [3, 2], [1, 2]), _polygon([2, 0], [4, 2], [2, 4], [0, 2])
    content = _features(
        ({"image": "a.jpg", "class": "car"}, square),
        ({"image": "b.jpg", "class": "car"}, square),
        ({"image": "a.jpg", "class": "person"}, tilted),
    )
    found = taken("geojson", content, "bounding_box")
    assert list(found) == ["a.jpg", "b.jpg"]
    first = found["a.jpg"]
    assert isinstance(first, Taken)
    assert (first.annotations, first.n_left_out) == ([{"class": "car", "box": [1, 1, 3, 2]}], 1)
    [box] = only(taken("geojson", _features(({"image": "a", "class": "car"}, tilted)), "rotated_box"))
    assert box["rotated_box"] == pytest.approx([2, 2, 8**0.5, 8**0.5, 45])


def test_a_feature_of_no_image_is_refused_alone() -> None:
    content = _features(({"class": "car"}, None), ({"image": "a.jpg", "class": "car"}, None))
    found = taken("geojson", content, "image_classification")
    assert found["feature 1"] == "not_a_name"
    assert isinstance(found["a.jpg"], Taken)


def test_heights_are_passed_over_and_a_hole_stays() -> None:
    outer, hole = [[0, 0, 7], [4, 0, 7], [4, 3, 7], [0, 0, 7]], [[2, 0.5], [3, 0.5], [3, 1], [2, 0.5]]
    content = _features(({"image": "a", "class": "car"}, {"type": "Polygon", "coordinates": [outer, hole]}))
    [found] = only(taken("geojson", content, "polygon"))
    assert found["polygon"] == [[[[0, 0], [4, 0], [4, 3]], [[2, 0.5], [3, 0.5], [3, 1]]]]


def test_an_area_without_rings_covers_nothing() -> None:
    content = _features(({"image": "a", "class": "car"}, {"type": "Polygon", "coordinates": []}))
    [mask] = only(taken("geojson", content, "instance_segmentation", size=Size(2, 2)))
    assert mask["mask"]["counts"] == [4]


# --- tables ---------------------------------------------------------------------------------------------------------
def test_a_table_has_a_row_for_each_image_and_class() -> None:
    content = b"\xef\xbb\xbfLabel,File_name,Score\r\ncar,a.jpg,0.5\r\nperson,a.jpg,\r\n,b.jpg,\r\n"
    found = taken("csv", content, "multi_label_classification")
    assert [each.annotations for each in found.values() if isinstance(each, Taken)] == [
        [{"class": "car"}, {"class": "person"}], []
    ]  # fmt: skip
    assert taken("csv", content, "image_classification") == {"a.jpg": "not_one_class", "b.jpg": "not_one_class"}


def test_what_kept_a_cell_from_being_a_formula_is_taken_off() -> None:
    assert list(taken("csv", b"image,class\n'=1+1.jpg,car\n'tis.jpg,car\n", "image_classification")) == [
        "=1+1.jpg", "'tis.jpg"
    ]  # fmt: skip


def test_a_table_without_its_columns_is_refused_as_a_whole() -> None:
    with pytest.raises(UnreadableFile, match="no column"):
        items("csv", b"image,kind\na.jpg,car\n", "image_classification")


# --- Open Images ----------------------------------------------------------------------------------------------------
def test_labels_are_called_by_their_names_and_what_is_not_there_is_none() -> None:
    content = archive(
        {
            "class-descriptions-boxable.csv": "/m/1,car\n/m/2,person\n",
            "validation-annotations-human-imagelabels.csv": "ImageID,Source,LabelName,Confidence\n"
            "one,verification,/m/1,1\none,verification,/m/2,0\n",
            "validation-annotations-bbox.csv": "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsGroupOf\n"
            "one,xclick,/m/1,1,0.25,0.5,0,1,0\none,xclick,/m/2,1,0,1,0,1,1\n",
            "validation-images-with-rotation.csv": "ImageID,Subset,OriginalURL\none,validation,\ntwo,validation,\n",
        }
    )
    found = taken("open_images", content, "bounding_box", size=Size(40, 20))
    one, two = found["one"], found["two"]
    assert isinstance(one, Taken)
    assert isinstance(two, Taken)
    assert (one.annotations, one.n_left_out) == ([{"class": "car", "box": [10, 0, 20, 20]}], 1)
    assert two.annotations == []
    classes = taken("open_images", content, "multi_label_classification")["one"]
    assert isinstance(classes, Taken)
    assert classes.annotations == [{"class": "car"}]


def test_columns_that_are_not_asked_for_are_not_kept() -> None:
    header = "ImageID,LabelName,Confidence," + "x" * 100_000
    rows = "".join(f"image-{number},car,1,y\n" for number in range(50))
    content = archive({"a-annotations-human-imagelabels.csv": f"{header}\n{rows}"})
    kept = io.BytesIO()
    source = Source(io.BytesIO(content), lambda: kept, decode_segments)
    assert len(list(IMPORTS["open_images"].read(source, "image_classification"))) == 50
    assert len(kept.getvalue()) < 10_000
