"""Pascal VOC."""

import pytest

from labeling.core.annotations.ontology import Attribute, AttributeType, LabelClass, Ontology
from labeling.core.imports import UnreadableFile
from tests.labeling.core.imports.files import archive, asset_of, items, only, taken

OBJECT = """<object><name>car</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>
<bndbox><xmin>{}</xmin><ymin>2</ymin><xmax>11</xmax><ymax>21.5</ymax></bndbox></object>"""
IMAGE = """<?xml version="1.0"?><annotation><folder>VOC</folder><filename>one.jpg</filename>
<size><width>40</width><height>30</height><depth>3</depth></size>{}</annotation>"""


def _file(body: str = "", *, image: str = IMAGE) -> bytes:
    return archive({"Annotations/one.xml": image.format(body)})


def test_edges_are_counted_from_nought() -> None:
    assert only(taken("voc", _file(OBJECT.format(1)), "bounding_box")) == [
        {"class": "car", "box": [1.0, 2.0, 11.0, 21.5]}
    ]


def test_pixels_of_the_devkit_are_counted_from_one_and_the_last_is_included() -> None:
    assert only(taken("voc_devkit", _file(OBJECT.format(1)), "bounding_box"))[0]["box"] == [0.0, 1.0, 11.0, 21.5]


def test_flags_become_attributes_that_the_ontology_has() -> None:
    flags = tuple(Attribute(name=name, type=AttributeType.BOOLEAN) for name in ("truncated", "difficult"))
    words = Ontology((LabelClass(name="car", attributes=flags),))
    [box] = only(taken("voc", _file(OBJECT.format(1)), "bounding_box", words=words))
    assert box["attributes"] == {"truncated": True, "difficult": False}


def test_an_image_is_called_by_its_folder_and_name_and_tells_its_size() -> None:
    asset = asset_of("voc", _file(), "bounding_box")
    assert asset.names == ("VOC/one.jpg", "one.jpg")
    assert asset.size == (40, 30)


def test_without_a_file_name_the_xml_s_own_counts() -> None:
    asset = asset_of("voc", _file(image="<annotation>{}</annotation>"), "bounding_box")
    assert (asset.names, asset.by_stem, asset.size) == (("one",), True, None)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_file(OBJECT.format("nan")), "not_a_number"),
        (_file(OBJECT.format("")), "not_a_number"),
        (
            _file(
                "<object><name>bus</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>"
            ),
            "unknown_class",
        ),
        (_file("<object><name>car</name></object>"), "nothing_usable"),
        (_file("<object>"), "unreadable"),
        (archive({"one.xml": "<html/>"}), "unreadable"),
        (archive({"one.xml": "<" * 9_000_000}), "too_large"),
        (archive({"one.xml": '<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'}), "unreadable"),
        (archive({"one.xml": '<!DOCTYPE annotation SYSTEM "file:///etc/passwd"><annotation/>'}), "unreadable"),
        (archive({"one.xml": "<annotation>" + "<a>" * 50 + "</a>" * 50 + "</annotation>"}), "unreadable"),
        (archive({"one.xml": '<?xml version="1.0" encoding="no-such"?><annotation/>'}), "unreadable"),
    ],
)
def test_what_cannot_be_read_refuses_its_image(content: bytes, code: str) -> None:
    assert list(taken("voc", content, "bounding_box").values()) == [code]


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"<annotation/>", b"PK\x03\x04" + b"x" * 100])
def test_a_file_that_is_no_archive_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        items("voc", content, "bounding_box")


def test_a_member_that_is_damaged_refuses_its_image_and_no_other() -> None:
    content = bytearray(archive({"a.xml": IMAGE.format("").replace("one", "a") * 1, "b.xml": IMAGE.format("")}))
    content[60] ^= 0xFF
    found = taken("voc", bytes(content), "bounding_box")
    assert found["a.xml"] == "unreadable"
    assert not isinstance(found["VOC/one.jpg"], str)
