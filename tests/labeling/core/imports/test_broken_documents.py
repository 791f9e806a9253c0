"""Of each format a good document, with parts of it replaced by anything: read or refused, and no other error."""

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.annotations.ontology_reading import read_ontology
from labeling.core.formats import FORMATS
from labeling.core.imports import IMPORTS
from tests.labeling.core.formats.samples import CLASSES, sample
from tests.labeling.core.formats.tasks import written
from tests.labeling.core.imports import files
from tests.labeling.core.imports.broken import BROKEN, spoilt

# Of formats whose documents are JSON, how what our export writes is taken apart and put together again.
LINES, WHOLE, MEMBERS = "lines", "whole", "members"
JSON_FORMATS = {"jsonl": LINES, "sagemaker": LINES, "geojson": WHOLE, "labelme": MEMBERS, "cityscapes": MEMBERS}
KINDS = [
    (name, kind) for name in JSON_FORMATS for kind in sorted(IMPORTS[name].annotation_types)
    if kind in FORMATS[name].annotation_types
]  # fmt: skip


def _good(name: str, kind: str) -> bytes:
    return written(FORMATS[name], [sample(kind)], classes=CLASSES, annotation_type=kind)


def _spoilt(name: str, content: bytes, draw: Any) -> bytes:
    if JSON_FORMATS[name] == WHOLE:
        return json.dumps(spoilt(draw, json.loads(content))).encode()
    if JSON_FORMATS[name] == LINES:
        return b"\n".join(json.dumps(spoilt(draw, json.loads(line))).encode() for line in content.splitlines())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        given = {each: archive.read(each) for each in archive.namelist() if each.endswith(".json")}
    return files.archive({each: json.dumps(spoilt(draw, json.loads(text))) for each, text in given.items()})


@pytest.mark.parametrize("name", JSON_FORMATS)
@settings(BROKEN, max_examples=60)
@given(data=st.data())
def test_a_broken_document_is_read_or_refused(name: str, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([kind for form, kind in KINDS if form == name]))
    files.read_all(name, _spoilt(name, _good(name, kind), data.draw), kind)


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_the_same_document_unbroken_is_read(name: str, kind: str) -> None:
    words = read_ontology({"classes": [_plain(entry) for entry in CLASSES], "attributes": [], "relations": []})
    # A hole that is reached by a bridge is no polygon of ours, and an outline no ellipse.
    is_ours = (name, kind) not in {("labelme", "polygon"), ("labelme", "ellipse"), ("cityscapes", "polygon")}
    assert files.read_all(name, _good(name, kind), kind, words=words) == int(is_ours)


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "attributes"}


WORD = st.sampled_from(
    ["car", "0", "1", "-1", "0.5", "nan", "inf", "1e400", "99999999999", "\u0663", "a", "", "'=1", '"', "m.png", "x\ty"]
)
ROWS = st.lists(st.lists(WORD, max_size=17), max_size=6)
HEADERS = {
    "csv": ("external_id,class,confidence", "", ""),
    "open_images": ("ImageID,LabelName,XMin,XMax,YMin,YMax,Confidence,IsGroupOf", "annotations/x-bbox.csv", ""),
    "mask_png": ("id,class,red,green,blue", "classes.csv", "classes/a.png"),
    "kitti": ("", "label_2/a.txt", "calib/a.txt"),
}


@pytest.mark.parametrize("name", HEADERS)
@settings(BROKEN, max_examples=60)
@given(data=st.data(), rows=ROWS, beside=ROWS)
def test_a_broken_table_is_read_or_refused(
    name: str, rows: list[list[str]], beside: list[list[str]], data: st.DataObject
) -> None:
    header, path, other = HEADERS[name]
    kind = data.draw(st.sampled_from(sorted(IMPORTS[name].annotation_types)))
    sign = " " if name == "kitti" else ","
    text = "\n".join([header, *(sign.join(row) for row in rows)])
    more = {other: "R0_rect: " + "\n".join(" ".join(row) for row in beside)} if other else {}
    files.read_all(name, files.archive({path: text, **more}) if path else text.encode(), kind)


def test_a_row_without_end_is_not_held_in_memory() -> None:
    for endless in (b"x" * (3 * 2**20), b'"a\n",' * 2**20):
        assert files.read_all("csv", b"external_id,class\n" + endless, "multi_label_classification") == 0
