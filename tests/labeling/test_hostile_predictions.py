"""No answer of a model, however broken, does more than be refused."""

import contextlib
import time
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.annotations.ontology_reading import read_ontology
from labeling.core.imports import IMPORTS, ItemRefused, UnreadableFile, Wanted
from labeling.core.label_config import label_config
from labeling.core.predictions import read_version
from labeling.models import Asset, AssetKind
from labeling.services.backends.reading import BatchReader, Spoken
from tests.labeling.assisting import box, said

SKELETON = {"joints": ["head", "tail"], "edges": [[0, 1]], "sigmas": [0.1, 0.1]}
ONTOLOGY = read_ontology({"classes": [{"name": "cat", "skeleton": SKELETON}, {"name": "sky", "kind": "stuff"}]})
TYPES = sorted(IMPORTS["label_studio"].annotation_types)
WORDS = ["rectanglelabels", "polygonlabels", "brushlabels", "keypointlabels", "ellipselabels", "choices", "relation"]
MEMBERS = [*WORDS, "value", "type", "x", "y", "width", "height", "points", "rle", "format", "id", "parentID", "score"]

plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.sampled_from([*MEMBERS, "cat", "sky", "head", "label", "image", "rle", ""]) | st.text(max_size=5)
anything = st.recursive(
    plain | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=5),
    max_leaves=20,
)
values = st.dictionaries(st.sampled_from(MEMBERS), anything) | anything
regions = st.fixed_dictionaries(
    {
        "type": st.sampled_from(WORDS) | anything,
        "value": st.dictionaries(st.sampled_from(MEMBERS), anything) | anything,
    },
    optional={"id": anything, "from_name": texts, "original_width": plain, "original_height": plain, "score": plain},
)
entries = anything | st.fixed_dictionaries(
    {"result": st.lists(regions | anything, max_size=5) | anything},
    optional={"score": anything, "model_version": anything},
)


def _asset() -> Asset:
    return Asset(pk=uuid4(), external_id="one", kind=AssetKind.IMAGE, width=64, height=48)


def _read(answer: bytes, annotation_type: str, *, n_assets: int = 1) -> list[Spoken]:
    wanted = Wanted(annotation_type, ONTOLOGY, {})
    return BatchReader([_asset() for _ in range(n_assets)], wanted, "", beat=lambda: None).read(answer)


@settings(max_examples=150, deadline=None)
@given(entry=entries, annotation_type=st.sampled_from(TYPES))
def test_an_entry_is_read_or_refused(entry: Any, annotation_type: str) -> None:
    [spoken] = _read(orjson.dumps({"results": [entry]}), annotation_type)
    if spoken.refusal is None:
        assert (
            ANNOTATION_TYPES[annotation_type].parse(spoken.annotations, _asset().subject(ONTOLOGY))
            == spoken.annotations
        )


@settings(max_examples=150, deadline=None)
@given(answer=st.binary(max_size=200) | anything.map(orjson.dumps))
def test_what_is_no_answer_is_unreadable(answer: bytes) -> None:
    with pytest.raises(UnreadableFile):
        _read(answer, "bounding_box", n_assets=50)
    with contextlib.suppress(UnreadableFile, ItemRefused):
        assert isinstance(read_version(answer), str)


HUGE = 12 * 2**20


@pytest.mark.parametrize(
    "answer",
    [
        b'{"results": [' + b"[" * HUGE,
        b'{"results": [' + b"[]," * (HUGE // 3),
        b'{"results": [[' + b"[]," * (HUGE // 3),
        b'{"results": ["' + b"\\" * HUGE,
        b'{"' + b"a" * HUGE,
        b" " * HUGE,
        orjson.dumps({"results": [said(*[box()] * 20_000)]}),
    ],
    ids=["nested", "many", "many in one", "escapes", "long name", "blank", "many boxes"],
)
def test_a_large_answer_costs_a_bounded_time(answer: bytes) -> None:
    began = time.process_time()
    with contextlib.suppress(UnreadableFile):
        assert all(each.refusal for each in _read(answer, "bounding_box"))
    assert time.process_time() - began < 6


@pytest.mark.parametrize("annotation_type", TYPES)
def test_every_type_that_models_can_speak_of_is_said_in_label_studio_s_words(annotation_type: str) -> None:
    config = label_config(annotation_type, ONTOLOGY)
    assert config.startswith('<View><Image name="image" value="$image"/>')
    assert '"cat"' in config
    assert ('"head"' in config) == (annotation_type == "keypoints")
