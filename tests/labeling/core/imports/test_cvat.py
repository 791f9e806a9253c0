"""CVAT XML 1.1."""

from typing import Any

import pytest

from labeling.core.annotations.ontology import Attribute, AttributeType, LabelClass, Ontology
from labeling.core.imports import UnreadableFile
from tests.labeling.core.imports.files import archive, asset_of, items, only, pixels, taken

META = (
    "<version>1.1</version><meta><task><original_size><width>6</width><height>4</height></original_size></task></meta>"
)


def _images(body: str) -> bytes:
    image = f'<image id="0" name="a/one.jpg" width="6" height="4">{body}</image>'
    return f'<?xml version="1.0" encoding="utf-8"?><annotations>{META}{image}</annotations>'.encode()


BOX = '<box label="car" xtl="1" ytl="1" xbr="5" ybr="3" {}/>'


@pytest.mark.parametrize(
    ("body", "annotation_type", "members"),
    [
        (BOX, "bounding_box", {"box": [1.0, 1.0, 5.0, 3.0]}),
        (BOX.format('rotation="30"'), "rotated_box", {"rotated_box": [3.0, 2.0, 4.0, 2.0, 30.0]}),
        (
            '<polygon label="car" points="0,0;3,0;3,2.5"/>',
            "polygon",
            {"polygon": [[[[0.0, 0.0], [3.0, 0.0], [3.0, 2.5]]]]},
        ),
        ('<polyline label="car" points="0,0;3,1"/>', "polyline", {"polyline": [[0.0, 0.0], [3.0, 1.0]]}),
        ('<points label="car" points="2,3"/>', "point", {"point": [2.0, 3.0]}),
        ('<points label="car" points="2,3;1,1"/>', "keypoints", {"keypoints": [[2.0, 3.0, 2], [1.0, 1.0, 2]]}),
        (
            '<skeleton label="car"><points label="head" points="2,3"/><points label="tail" outside="1" points="9,9"/>'
            '<points label="paw" occluded="1" points="1,1"/></skeleton>',
            "keypoints",
            {"keypoints": [[2.0, 3.0, 2], [0.0, 0.0, 0], [1.0, 1.0, 1]]},
        ),
        (
            '<ellipse label="car" cx="3" cy="2" rx="2" ry="1" rotation="45"/>',
            "ellipse",
            {"ellipse": [3.0, 2.0, 2.0, 1.0, 45.0]},
        ),
        (
            '<cuboid label="car" xtl1="0" ytl1="0" xbl1="0" ybl1="2" xtr1="2" ytr1="0" xbr1="2" ybr1="2"'
            ' xtr2="1" ytr2="1" xbr2="1" ybr2="3" xtl2="3" ytl2="1" xbl2="3" ybl2="3"/>',
            "cuboid_2d",
            {"cuboid_2d": [[0, 0], [2, 0], [2, 2], [0, 2], [1, 1], [3, 1], [3, 3], [1, 3]]},
        ),
        ('<tag label="car"/>', "image_classification", {}),
    ],
)
def test_each_kind_of_shape_is_read_for_its_type(body: str, annotation_type: str, members: dict[str, Any]) -> None:
    assert only(taken("cvat", _images(body.format("")), annotation_type)) == [{"class": "car", **members}]


def test_a_mask_is_row_by_row_in_the_box_around_it() -> None:
    mask = '<mask label="car" rle="0, 2, 1, 3" left="2" top="1" width="3" height="2"/>'
    [found] = only(taken("cvat", _images(mask), "instance_segmentation"))
    assert pixels(found["mask"]) == ["......", "..##..", "..###.", "......"]


def test_what_no_segment_covers_is_void_and_segments_of_stuff_are_one() -> None:
    road = '<mask label="road" rle="0, 2" left="{}" top="0" width="2" height="1"/>'
    found = only(taken("cvat", _images(road.format(0) + road.format(4)), "panoptic_segmentation"))
    assert {each["class"]: pixels(each["mask"]) for each in found} == {
        "road": ["##..##", "......", "......", "......"],
        "void": ["..##..", "######", "######", "######"],
    }


def test_a_turned_box_is_no_box_that_stands_upright() -> None:
    assert taken("cvat", _images(BOX.format('rotation="30"')), "bounding_box") == {"a/one.jpg": "nothing_usable"}


def test_attributes_come_as_what_the_ontology_says_they_are() -> None:
    words = Ontology(
        (
            LabelClass(
                name="car",
                attributes=(
                    Attribute(name="parked", type=AttributeType.BOOLEAN),
                    Attribute(name="doors", type=AttributeType.NUMBER),
                    Attribute(name="make", type=AttributeType.TEXT),
                ),
            ),
        )
    )
    said = "".join(
        f'<attribute name="{name}">{text}</attribute>'
        for name, text in {"parked": "true", "doors": "4", "make": "Tatra", "colour": "red"}.items()
    )
    body = f'<box label="car" xtl="1" ytl="1" xbr="5" ybr="3">{said}</box>'
    [box] = only(taken("cvat", _images(body), "bounding_box", words=words))
    assert box["attributes"] == {"parked": True, "doors": 4.0, "make": "Tatra"}


def test_tracks_are_read_frame_by_frame() -> None:
    shape = '<box frame="{}" outside="{}" xtl="{}" ytl="1" xbr="5" ybr="3" keyframe="1"/>'
    first = shape.format(0, 0, 1) + shape.format(12, 0, 2) + shape.format(13, 1, 2)
    tracks = f'<track id="0" label="car">{first}</track><track id="1" label="person">{shape.format(12, 0, 3)}</track>'
    found = taken("cvat", f"<annotations>{META}{tracks}</annotations>".encode(), "bounding_box")
    assert {name: one if isinstance(one, str) else one.annotations for name, one in found.items()} == {
        "frame_000000": [{"class": "car", "box": [1.0, 1.0, 5.0, 3.0]}],
        "frame_000012": [
            {"class": "car", "box": [2.0, 1.0, 5.0, 3.0]},
            {"class": "person", "box": [3.0, 1.0, 5.0, 3.0]},
        ],
    }
    content = f"<annotations>{META}<track id='0' label='car'>{shape.format(3, 0, 1)}</track></annotations>".encode()
    assert asset_of("cvat", content, "bounding_box").size == (6, 4)


def test_a_zip_holds_annotations_xml() -> None:
    content = archive({"annotations.xml": _images(BOX.format("")), "images/a.jpg": b"x"})
    assert len(only(taken("cvat", content, "bounding_box"))) == 1


@pytest.mark.parametrize(
    ("body", "annotation_type", "code"),
    [
        ('<box label="car" xtl="1" ytl="1" xbr="5"/>', "bounding_box", "not_a_number"),
        ('<polygon label="car" points="1,2,3;4"/>', "polygon", "not_points"),
        (
            '<mask label="car" rle="1,2" left="0" top="0" width="9" height="9"/>',
            "instance_segmentation",
            "runs_do_not_fill",
        ),
        (
            '<mask label="car" rle="1" left="0" top="0" width="999999999" height="9999"/>',
            "instance_segmentation",
            "image_too_large",
        ),
        ('<mask label="car" rle="a" left="0" top="0" width="1" height="1"/>', "instance_segmentation", "not_a_mask"),
        ('<mask label="car" rle="1" left="-1" top="0" width="1" height="1"/>', "instance_segmentation", "not_a_mask"),
        ('<tag label="car"/>' * 5001, "image_classification", "too_many"),
    ],
)
def test_what_cannot_be_read_refuses_its_image(body: str, annotation_type: str, code: str) -> None:
    assert taken("cvat", _images(body), annotation_type) == {"a/one.jpg": code}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<annotations>",
        b"<other/>",
        b'<!DOCTYPE a [<!ENTITY b "&#99;">]><annotations/>',
        b'<annotations><track label="car"><box frame="99999999999"/></track></annotations>',
        b"<annotations><image>" + b"<box/>" * 200_001 + b"</image></annotations>",
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        items("cvat", content, "bounding_box")
