"""Images whose pixels are numbers or colours, and outlines that are painted over each other."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from labeling.adapters.segment_images import decode_segments
from labeling.core.imports import Size, Taken, UnreadableFile
from tests.labeling.core.imports.files import archive, items, only, pixels, png, taken

TABLE = "id,class,kind,red,green,blue\n0,,,0,0,0\n1,car,thing,16,0,0\n2,road,stuff,0,1,0\n"


@pytest.mark.parametrize("numbers", [{"car": 16, "road": 256}, {"car": 65_793, "road": 2 * 65_793}])
def test_pixels_are_colours_of_the_table_or_greys_of_its_numbers(numbers: dict[str, int]) -> None:
    image = png(np.array([[0, numbers["car"]], [numbers["road"], numbers["road"]]]))
    content = archive({"classes.csv": TABLE, "classes/train/a.png": image})
    found = {
        each["class"]: each["mask"]["counts"] for each in only(taken("mask_png", content, "semantic_segmentation"))
    }
    assert found == {"car": [2, 1, 1], "road": [1, 1, 1, 1], "void": [0, 1, 3]}


def test_a_pixel_that_the_table_does_not_know_is_refused() -> None:
    content = archive({"classes.csv": TABLE, "classes/a.png": png(np.array([[7]]))})
    assert taken("mask_png", content, "semantic_segmentation") == {"a": "no_such_class"}
    with pytest.raises(UnreadableFile, match="tables"):
        items("mask_png", archive({"classes/a.png": png(np.array([[7]]))}), "semantic_segmentation")


def test_an_image_of_another_size_is_refused() -> None:
    content = archive({"classes.csv": TABLE, "classes/a.png": png(np.array([[16]]))})
    assert taken("mask_png", content, "semantic_segmentation", size=Size(2, 1)) == {"a": "other_size"}


def test_greys_of_sixteen_bits_are_read_in_halves() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.array([[0, 513, 65_535]], dtype=np.uint16)).save(buffer, "PNG")
    assert decode_segments(buffer.getvalue()).tolist() == [[[0, 0, 0], [1, 2, 0], [255, 255, 0]]]


# --- Cityscapes -----------------------------------------------------------------------------------------------------
ALL = [[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]]
LEFT = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]


def _drawn(*objects: tuple[str, list[list[float]]], width: int = 4) -> bytes:
    told = [{"label": label, "polygon": ring} for label, ring in objects]
    document = {"imgHeight": 2, "imgWidth": width, "objects": told}
    return archive({"gtFine/val/ulm/ulm_1_gtFine_polygons.json": json.dumps(document)})


def test_what_comes_later_is_painted_over_what_came_before() -> None:
    found = taken("cityscapes", _drawn(("road", ALL), ("car", LEFT)), "semantic_segmentation")
    assert list(found) == ["ulm_1"]
    assert {each["class"]: each["mask"]["counts"] for each in only(found)} == {"road": [4, 4], "car": [0, 4, 4]}


def test_a_group_hides_what_lies_below_and_is_no_object() -> None:
    [found] = taken("cityscapes", _drawn(("car", ALL), ("persongroup", LEFT)), "instance_segmentation").values()
    assert isinstance(found, Taken)
    assert found.n_left_out == 1
    assert pixels(found.annotations[0]["mask"]) == ["..##", "..##"]


def test_outlines_that_take_long_to_be_painted_are_refused() -> None:
    comb = [[float(400 * (place % 2)), float(place % 3)] for place in range(5_000)]
    content = _drawn(*[("car", comb)] * 3, width=400)
    assert list(taken("cityscapes", content, "instance_segmentation").values()) == ["too_many"]
