"""Whatever was annotated and whatever assets are called, every format writes a well-formed file."""

import csv
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.core.formats import FORMATS, PROVENANCE, Format, LabeledTask, Licence, Options
from labeling.core.formats.final import CLASSIFICATIONS, SHAPE_MEMBERS
from tests.labeling.core.formats.samples import HEIGHT, WIDTH, classes_for, conclusion, sample
from tests.labeling.core.formats.tasks import written

CASES = [(name, kind) for name, form in FORMATS.items() for kind in sorted(form.annotation_types)]
HOSTILE = "../..\\<a href=\"&'>]]>=cmd|' /C calc'!A0\n\r\t\x01\x1b\u202e\u2028.jpg"


# --- reading, with nothing of ours ----------------------------------------------------------------------------------
def check(name: str, content: bytes) -> None:
    """Refuse content that readers of files of that name would stumble over."""
    suffix = name.rpartition(".")[2].lower()
    if suffix == "zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            check_members([(entry.filename, archive.read(entry)) for entry in archive.infolist()])
    elif suffix == "tar":
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = [(entry.name, archive.extractfile(entry)) for entry in archive.getmembers()]
            check_members([(path, file.read() if file else b"") for path, file in members])
    elif suffix in READERS:
        READERS[suffix](content)


def check_members(members: list[tuple[str, bytes]]) -> None:
    """Refuse members that overwrite each other or anything outside of the folder they are unpacked to."""
    paths = [path for path, _ in members]
    assert len({path.casefold() for path in paths}) == len(paths)
    for path, content in members:
        parts = path.split("/")
        assert all(part not in {"", ".", ".."} and part[0] not in ".-" for part in parts), path
        assert path.isprintable()
        assert not set('\\:*?"<>|') & set(path)
        assert all(len(part.encode()) <= 255 for part in parts)
        check(path, content)


def _lines(content: bytes) -> None:
    for line in content.decode().split("\n")[:-1]:
        json.loads(line)


def _rows(content: bytes) -> None:
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith(("=", "@", "\t", "\r", "\n")) for row in rows for cell in row)


def _numbers(content: bytes) -> None:
    content.decode()


READERS: dict[str, Callable[[bytes], Any]] = {
    "json": json.loads,
    "geojson": json.loads,
    "jsonl": _lines,
    "manifest": _lines,
    "csv": _rows,
    "xml": ET.fromstring,
    "txt": _numbers,
}


# --- what is written ------------------------------------------------------------------------------------------------
@st.composite
def tasks_of(draw: st.DrawFn, kind: str) -> list[LabeledTask]:
    """Return a few tasks of a type, with any names, labels of any state, and sizes that may be unknown."""
    text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
    names = draw(st.lists(st.one_of(text, st.just(HOSTILE)), min_size=1, max_size=3, unique=True))
    return [_task(draw, kind, ordinal, name) for ordinal, name in enumerate(names, start=1)]


def _task(draw: st.DrawFn, kind: str, ordinal: int, name: str) -> LabeledTask:
    value = conclusion(kind)
    if "objects" in value:
        kept = draw(st.lists(st.booleans(), min_size=len(value["objects"]), max_size=len(value["objects"])))
        value["objects"] = [thing for thing, keep in zip(value["objects"], kept, strict=True) if keep]
        told = st.fixed_dictionaries({}, optional={"p_exist": st.floats(0, 1), "confidence": st.floats(0, 1)})
        value["objects"] = [thing | draw(told) for thing in value["objects"]]
    known = draw(st.booleans())
    facts = {
        "external_id": name,
        "state": draw(st.sampled_from(["final", "disputed", "provisional"])),
        "width": WIDTH if known else None,
        "height": HEIGHT if known else None,
        "n_answers": draw(st.integers(0, 3)),
    }
    return sample(kind, ordinal, value=value, **facts)


@pytest.mark.parametrize(("name", "kind"), CASES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), is_split=st.booleans())
def test_any_labels_make_a_well_formed_file(name: str, kind: str, is_split: bool, data: st.DataObject) -> None:
    tasks = data.draw(tasks_of(kind))
    check(FORMATS[name].file_name, of(FORMATS[name], kind, tasks, is_split=is_split))


def of(form: Format, kind: str, tasks: list[LabeledTask], *, is_split: bool = False) -> bytes:
    """Return what a format writes of tasks of a type, with texts everywhere that no format should take for its own."""
    parts = ("train", "val")
    if is_split:
        tasks = [task._replace(split=parts[task.ordinal % 2]) for task in tasks]
    return written(
        form,
        tasks,
        classes=classes_for(kind),
        annotation_type=kind,
        title=HOSTILE,
        splits=parts if is_split else (),
        licence=Licence("CC-BY-4.0 <&>", "https://example.org/?a=1&b=2"),
        options=Options(voc_one_based=is_split),
    )


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_hostile_names_of_classes_and_assets_are_only_text(name: str, kind: str) -> None:
    classes = [{**entry} for entry in classes_for(kind)]
    nasty = "</name>\"&'; =[x]\\"
    for entry in classes:
        entry["name"] = nasty if entry["name"] == "car" else entry["name"]
    value = json.loads(json.dumps(conclusion(kind)).replace('"car"', json.dumps(nasty)))
    tasks = [sample(kind, ordinal, value=value, external_id=HOSTILE * ordinal) for ordinal in (1, 2)]
    content = written(FORMATS[name], tasks, classes=classes, annotation_type=kind)
    check(FORMATS[name].file_name, content)


@pytest.mark.parametrize("kind", sorted(SHAPE_MEMBERS))
@pytest.mark.parametrize("name", [HOSTILE, "a.jpg"])
def test_side_file_tells_name_and_provenance_of_every_asset(kind: str, name: str) -> None:
    lines = of(PROVENANCE, kind, [sample(kind, 1, external_id=name), sample(kind, 2)]).decode().split("\n")
    told = json.loads(lines[0])
    assert told["external_id"] == name
    assert told["image"].startswith(told["name"])
    confidences = [annotation["confidence"] for annotation in told["annotations"]]
    assert confidences
    assert all(0 < confidence <= 1 for confidence in confidences)
    if kind not in CLASSIFICATIONS:
        assert all("n_members" in annotation for annotation in told["annotations"])
        assert not any(member in annotation for annotation in told["annotations"] for member in SHAPE_MEMBERS.values())


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_same_tasks_give_the_same_bytes(name: str, kind: str) -> None:
    tasks = [sample(kind, 1), sample(kind, 2)]
    assert of(FORMATS[name], kind, tasks) == of(FORMATS[name], kind, tasks)
