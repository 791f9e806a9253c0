"""Each format tells what it has no place for: neither more nor less than what is not found in its files."""

import io
import tarfile
import zipfile
from typing import Any

import pytest
from pyarrow import parquet

from labeling.core.formats import FORMATS, PROVENANCE, LabeledTask, Loss
from labeling.core.formats.final import SHAPE_MEMBERS
from tests.labeling.core.formats.samples import classes_for, conclusion, sample
from tests.labeling.core.formats.tasks import written

NAME = "north gate/first.jpg"
COLOUR, SURE, THING, TOWS = "light blue", 0.913, "thing-{}-z", "tows"
# Where nothing was found in images, and where things have ids and stand in relations.
MAY_BE_EMPTY = frozenset(SHAPE_MEMBERS) - {"image_classification", "semantic_segmentation", "panoptic_segmentation"}
TEXTS = {
    Loss.ATTRIBUTES: COLOUR,
    Loss.CONFIDENCE: str(SURE),
    Loss.IDS: THING.format(0),
    Loss.RELATIONS: TOWS,
}


def _tasks(kind: str) -> list[LabeledTask]:
    value = conclusion(kind)
    if "objects" in value:
        value["objects"] = [
            thing | {"id": THING.format(place), "confidence": SURE} for place, thing in enumerate(value["objects"])
        ]
        more = {"attributes": {"occluded": True, "colour": COLOUR}, "relations": [{"name": TOWS, "to": "1"}]}
        value["objects"][0] |= more
    else:
        value["posterior"] = dict.fromkeys(value["posterior"], SURE)
    tasks = [sample(kind, external_id=NAME, value=value, confidence=SURE, split="train")]
    if kind in MAY_BE_EMPTY:
        empty: dict[str, Any] = {"classes": [], "posterior": {}} if "classes" in value else {"objects": []}
        tasks.append(sample(kind, 2, value=empty, external_id="nothing-here.jpg", split="held-out"))
    else:
        tasks.append(sample(kind, 2, external_id="nothing-here.jpg", split="held-out"))
    return tasks


def _texts(content: bytes, name: str) -> str:
    """Return all that a file says, the names of its members included."""
    if name.endswith(".parquet"):
        return str(parquet.read_table(io.BytesIO(content)).to_pylist())
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(f"{each}\n{_texts(archive.read(each), each)}" for each in archive.namelist())
    if name.endswith(".tar"):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = [(each.name, archive.extractfile(each)) for each in archive.getmembers()]
            return "\n".join(f"{path}\n{_texts(file.read() if file else b'', path)}" for path, file in members)
    return content.decode("utf-8", "replace")


def _missing(form: str, kind: str) -> set[Loss]:
    """Return what of the tasks is not found in what is written of them."""
    tasks = _tasks(kind)
    terms: dict[str, Any] = {"classes": classes_for(kind), "annotation_type": kind}
    if not FORMATS[form].is_parted:
        terms["splits"] = ("train", "held-out")
    text = _texts(written(FORMATS[form], tasks, **terms), FORMATS[form].file_name)
    said = str(tasks)
    lost = {loss for loss, sign in TEXTS.items() if sign in said and sign not in text}
    if kind in {"image_classification", "multi_label_classification"}:
        lost -= {Loss.IDS, Loss.RELATIONS}
    if NAME not in text:
        lost.add(Loss.NAMES)
    if "nothing-here" not in text and kind in MAY_BE_EMPTY:
        lost.add(Loss.EMPTY_IMAGES)
    if "held-out" not in text and not FORMATS[form].is_parted and Loss.EMPTY_IMAGES not in lost:
        lost.add(Loss.SPLITS)
    return lost


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_format_tells_all_that_it_does_not_say(form: str) -> None:
    missing = {kind: _missing(form, kind) for kind in sorted(FORMATS[form].annotation_types)}

    assert set().union(*missing.values()) == FORMATS[form].lost, missing


@pytest.mark.parametrize("kind", sorted(SHAPE_MEMBERS))
def test_the_side_file_says_what_files_have_no_place_for(kind: str) -> None:
    text = written(PROVENANCE, _tasks(kind), classes=classes_for(kind), annotation_type=kind).decode()

    assert all(sign in text for loss, sign in TEXTS.items() if sign in str(_tasks(kind)))
    assert NAME in text
    assert "nothing-here" in text
    assert "held-out" in text


def test_what_goes_without_a_side_file_loses_nothing_but_what_is_told() -> None:
    alone = {name: form.lost for name, form in FORMATS.items() if form.lost and not form.has_side_file}

    assert alone == {"coco": {Loss.IDS, Loss.RELATIONS}, "csv": {Loss.ATTRIBUTES}}
