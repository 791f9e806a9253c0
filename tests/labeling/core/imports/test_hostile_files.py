"""Whatever a file holds, it is read or refused: no other error, no long wait, no lot of memory."""

import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from time import process_time
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.imports import IMPORTS, UnreadableFile
from labeling.core.imports.archives import MAX_UNPACKED_BYTES, Archive
from labeling.core.imports.json_items import Member, members
from tests.labeling.core.imports import files
from tests.labeling.core.imports.broken import BROKEN, JSON, broken

MIB = 2**20
PAIRS = [(name, kind) for name, form in IMPORTS.items() for kind in sorted(form.annotation_types)]


COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}],
    "annotations": [
        {
            "image_id": 1,
            "category_id": 1,
            "bbox": [1, 2, 3, 4],
            "segmentation": [[1, 2, 30, 4, 5, 40]],
            "keypoints": [1, 2, 2],
            "attributes": {"a": 1},
            "score": 0.5,
        },
        {"image_id": 1, "category_id": 1, "segmentation": {"size": [48, 64], "counts": [5, 10, 3057]}, "iscrowd": 0},
    ],
    "categories": [{"id": 1, "name": "car"}],
}
LABEL_STUDIO = [
    {
        "data": {"image": "a.jpg"},
        "annotations": [
            {
                "result": [
                    {
                        "id": "x",
                        "type": kind,
                        "original_width": 64,
                        "original_height": 48,
                        "value": {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 5, kind: ["car"]}
                        | {"points": [[1, 2], [30, 4], [5, 60]], "radiusX": 3, "radiusY": 4}
                        | {"vertices": [{"x": 1, "y": 2}, {"id": "a", "x": 3, "y": 4, "isBezier": False}]}
                        | {"format": "rle", "rle": files.brush(["#." * 32] * 48)},
                    }
                    for kind in (
                        "rectanglelabels",
                        "polygonlabels",
                        "ellipselabels",
                        "keypointlabels",
                        "brushlabels",
                        "vectorlabels",
                        "choices",
                    )
                ]
            }
        ],
    }
]


@pytest.mark.parametrize("annotation_type", sorted(IMPORTS["coco"].annotation_types))
@BROKEN
@given(data=st.data())
def test_a_broken_coco_document_is_read_or_refused(annotation_type: str, data: st.DataObject) -> None:
    files.read_all("coco", files.as_json(broken(data.draw, COCO)), annotation_type)


@pytest.mark.parametrize("annotation_type", sorted(IMPORTS["label_studio"].annotation_types))
@BROKEN
@given(data=st.data())
def test_a_broken_label_studio_document_is_read_or_refused(annotation_type: str, data: st.DataObject) -> None:
    files.read_all("label_studio", files.as_json(broken(data.draw, LABEL_STUDIO)), annotation_type)


LINES = st.lists(
    st.lists(st.sampled_from(["0", "1", "-1", "0.5", "nan", "1e9", "inf", "x", "\u0663", "99999999999"]), max_size=12)
)


@pytest.mark.parametrize("annotation_type", sorted(IMPORTS["yolo"].annotation_types))
@BROKEN
@given(lines=LINES, names=st.text(max_size=40))
def test_broken_yolo_labels_are_read_or_refused(annotation_type: str, lines: list[list[str]], names: str) -> None:
    text = "\n".join(" ".join(words) for words in lines)
    files.read_all("yolo", files.archive({"data.yaml": "names: [car]", "labels/a.txt": text}), annotation_type)
    files.read_all("yolo", files.archive({"data.yaml": names, "labels/a.txt": text}), annotation_type)


WORDS = st.sampled_from(
    ["1", "-5", "nan", "1e400", "", "1,2;3,4;50,6", "0,5,3067", "car", "x", "99999999999", "64", "48"]
)
TAGS = st.sampled_from(
    ["box", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "tag", "skeleton", "image", "a"]
)
NAMES = st.sampled_from(
    ["label", "xtl", "ytl", "xbr", "ybr", "points", "cx", "rle", "left", "top", "width", "height", "frame"]
)


@pytest.mark.parametrize("annotation_type", sorted(IMPORTS["cvat"].annotation_types))
@BROKEN
@given(shapes=st.lists(st.tuples(TAGS, st.dictionaries(NAMES, WORDS)), max_size=4))
def test_broken_cvat_shapes_are_read_or_refused(annotation_type: str, shapes: list[tuple[str, dict[str, str]]]) -> None:
    body = "".join(
        f"<{tag} " + " ".join(f'{name}="{value}"' for name, value in said.items()) + "/>" for tag, said in shapes
    )
    image = f'<image name="a.jpg" width="64" height="48">{body}</image>'
    files.read_all(
        "cvat", f'<annotations>{image}<track label="car">{body}</track></annotations>'.encode(), annotation_type
    )


@pytest.mark.parametrize(("form", "annotation_type"), PAIRS)
@settings(max_examples=25, deadline=None)
@given(content=st.one_of(st.binary(max_size=400), st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail)))
def test_bytes_of_any_kind_are_refused(form: str, annotation_type: str, content: bytes) -> None:
    assert files.read_all(form, content, annotation_type) == 0


@settings(max_examples=200, deadline=None)
@given(document=st.one_of(st.lists(JSON, max_size=4), st.dictionaries(st.text(max_size=5), JSON, max_size=4)))
def test_json_read_in_pieces_is_what_it_is_read_whole(document: Any) -> None:
    content = orjson.dumps(document)
    whole = orjson.loads(content)
    found = list(members(files.source(content).file))
    if isinstance(whole, list):
        assert found == [Member(None, True, value) for value in whole]
    else:
        expected = []
        for name, value in whole.items():
            entries = [(True, each) for each in value] if isinstance(value, list) else [(False, value)]
            expected += [Member(name, in_array, each) for in_array, each in entries]
        assert found == expected


def _bomb() -> bytes:
    return files.archive({f"labels/{n}.txt": b"0" * (8 * MIB) for n in range(10)} | {"data.yaml": "names: [car]"})


HEAVY: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "one value of 30 MiB": ("coco", "bounding_box", lambda: b'{"images":[[' + b"1.5," * (8 * MIB) + b"1]]}"),
    "one text of 30 MiB": ("coco", "bounding_box", lambda: b'{"images":["' + b"x" * (30 * MIB)),
    "brackets without end": ("label_studio", "bounding_box", lambda: b"[" * (20 * MIB)),
    "an attribute of 30 MiB": ("cvat", "bounding_box", lambda: b'<annotations a="' + b"x" * (30 * MIB)),
    "text without end": ("cvat", "bounding_box", lambda: b"<annotations><meta>" + b"x" * (30 * MIB)),
    "text between many elements": (
        "cvat",
        "bounding_box",
        lambda: b"<annotations>" + (b"<image>" + b"x" * (6 * MIB) + b"<a/>x" * 190_000 + b"</image>") * 2,
    ),
    "elements that nest": ("cvat", "bounding_box", lambda: b"<annotations>" + b"<a>" * (5 * MIB)),
    "a thousandfold packed": ("yolo", "bounding_box", _bomb),
    "a mask of 200,000 x 200,000": (
        "coco",
        "instance_segmentation",
        lambda: files.as_json(COCO | {"images": [{"id": 1, "file_name": "a", "width": 200_000, "height": 200_000}]}),
    ),
    "an outline that goes far": (
        "coco",
        "instance_segmentation",
        lambda: files.as_json(
            COCO | {"annotations": [{"image_id": 1, "category_id": 1, "segmentation": [[0, 1e300] * 90_000]}]}
        ),
    ),
}


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_too_large_is_refused_soon_and_in_bounded_memory(name: str) -> None:
    form, annotation_type, make = HEAVY[name]
    content = make()
    tracemalloc.start()
    try:
        started = process_time()
        files.read_all(form, content, annotation_type)
        spent = process_time() - started
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150 * MIB
    assert spent < 30


def test_an_archive_unpacks_to_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_UNPACKED_BYTES >= 10 * 200 * MIB
    monkeypatch.setattr("labeling.core.imports.archives.MAX_UNPACKED_BYTES", 1000)
    archive = Archive(files.source(files.archive({"a": b"x" * 600, "b": b"x" * 600})).file)
    archive.read("a")
    with pytest.raises(UnreadableFile, match="unpacks to more"):
        archive.read("b")


def test_a_list_of_members_that_claims_to_be_long_is_not_read() -> None:
    content = bytearray(files.archive({"a.xml": "<a/>"}))
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = struct.pack("<L", 100 * MIB)
    with pytest.raises(UnreadableFile, match="members"):
        Archive(files.source(bytes(content)).file)


@pytest.mark.parametrize("text", ["0x" + "f" * 9_000, "1.0e+400", "2020-13-45"])
def test_a_class_that_is_no_text_is_no_other_error(text: str) -> None:
    content = files.archive({"data.yaml": f"names: [{text}]", "labels/a.txt": "0 .5 .5 .1 .1"})
    assert files.read_all("yolo", content, "bounding_box") == 0


def test_scores_without_a_mean_are_refused() -> None:
    large = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "score": 1e308}
    content = files.as_json(COCO | {"annotations": [large, large]})
    assert list(files.taken("coco", content, "bounding_box").values()) == ["not_a_number"]


def test_a_locked_member_is_refused_alone() -> None:
    content = bytearray(files.archive({"a.xml": "<annotation/>"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(signature) + offset] |= 1
    assert zipfile.is_zipfile(files.source(bytes(content)).file)
    assert files.taken("voc", bytes(content), "bounding_box") == {"a.xml": "unreadable"}
