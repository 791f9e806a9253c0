"""Attributes and relations of annotations, and what goes together in segmentation."""

from typing import Any

import pytest

from labeling.core.annotations import ANNOTATION_TYPES, Refusal, Subject
from labeling.core.annotations.annotated import MAX_ATTRIBUTE_VALUES, MAX_RELATIONS
from labeling.core.annotations.ontology_reading import read_ontology
from tests.labeling.core.annotations.examples import ONTOLOGY, Json, subject_of


def _parse(raw: list[Json], kind: str = "point", subject: Subject | None = None) -> list[Json]:
    return ANNOTATION_TYPES[kind].parse(raw, subject or subject_of(kind))


def _fault(raw: list[Json], kind: str = "point", subject: Subject | None = None) -> str:
    with pytest.raises(Refusal) as refused:
        _parse(raw, kind, subject)
    return refused.value.field


def _point(name: str = "car", **more: Any) -> Json:
    return {"class": name, "point": [1, 1], **more}


def _related(*relations: tuple[str, str], name: str = "car", **more: Any) -> Json:
    return _point(name, relations=[{"name": each, "to": to} for each, to in relations], **more)


# --- attributes -----------------------------------------------------------------------------------------------------
def test_attributes_are_kept_in_the_order_of_the_ontology_and_left_out_where_there_are_none() -> None:
    given = {"doors": 4, "parked": False, "note": "by the\nhouse", "weather": "rain"}
    kept, bare = _parse([_point(attributes=given), _point(attributes={}, relations=[])])
    assert list(kept["attributes"].items()) == [
        ("weather", "rain"),
        ("note", "by the\nhouse"),
        ("parked", False),
        ("doors", 4.0),
    ]
    assert bare == {"id": "2", "class": "car", "point": [1.0, 1.0]}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (None, ""),
        ([], ""),
        ({"doors": 1}, ".doors"),
        ({"doors": 6}, ".doors"),
        ({"doors": "4"}, ".doors"),
        ({"doors": True}, ".doors"),
        ({"doors": float("nan")}, ".doors"),
        ({"doors": 10**400}, ".doors"),
        ({"doors": None}, ".doors"),
        ({"parked": 1}, ".parked"),
        ({"parked": "true"}, ".parked"),
        ({"weather": "snow"}, ".weather"),
        ({"weather": ["sun"]}, ".weather"),
        ({"note": 5}, ".note"),
        ({"note": "x" * 21}, ".note"),
        ({"note": "a\x00b"}, ".note"),
        ({"note": "\ud800"}, ".note"),
        ({"wheels": 4}, ".wheels"),
        ({"a\nb": 4}, ".'a\\nb'"),
    ],
)
def test_an_attribute_that_breaks_a_rule_is_refused_at_its_name(given: Any, place: str) -> None:
    assert _fault([_point(attributes=given)]) == f"annotations[0].attributes{place}"


def test_what_is_required_must_be_there() -> None:
    ontology = read_ontology(
        {"classes": [{"name": "cat", "attributes": [{"name": "asleep", "type": "boolean", "required": True}]}]}
    )
    subject = Subject(ontology, width=20, height=10)
    assert _parse([_point("cat", attributes={"asleep": True})], subject=subject)
    nothing: list[Json] = [{}, {"attributes": {}}]
    for given in nothing:
        assert _fault([_point("cat", **given)], subject=subject) == "annotations[0].attributes.asleep"


def test_a_class_has_no_attributes_of_its_sub_classes() -> None:
    assert _fault([_point("vehicle", attributes={"doors": 4})]) == "annotations[0].attributes.doors"


def test_an_answer_has_so_many_attribute_values_at_most() -> None:
    given = {"doors": 4, "parked": False, "note": "x", "weather": "rain"}
    assert _parse([_point(attributes=given)] * 5_000)
    ontology = read_ontology(
        {"classes": [{"name": "cat"}], "attributes": [{"name": f"a{n}", "type": "boolean"} for n in range(20)]}
    )
    many = _point("cat", attributes={f"a{n}": True for n in range(20)})
    subject = Subject(ontology, width=20, height=10)
    n_full = MAX_ATTRIBUTE_VALUES // 20
    assert len(_parse([many] * n_full, subject=subject)) == n_full
    assert _fault([many] * (n_full + 1), subject=subject) == f"annotations[{n_full}].attributes"


# --- relations ------------------------------------------------------------------------------------------------------
def test_a_directed_relation_stays_where_it_was_stated() -> None:
    _, kept = _parse([_point("vehicle", id="a"), _related(("tows", "a"), id="b")])
    assert kept["relations"] == [{"name": "tows", "to": "a"}]


def test_a_relation_without_direction_stands_at_the_first_of_its_ends() -> None:
    first, second, third = _parse([_point(id="a"), _related(("beside", "a"), ("beside", "c"), id="b"), _point(id="c")])
    assert first["relations"] == [{"name": "beside", "to": "b"}]
    assert second["relations"] == [{"name": "beside", "to": "c"}]
    assert "relations" not in third


@pytest.mark.parametrize(
    ("relations", "place"),
    [
        (None, ""),
        ({}, ""),
        (["tows"], "[0]"),
        ([{"name": "tows"}], "[0]"),
        ([{"name": "tows", "to": "1", "why": "x"}], "[0]"),
        ([{"name": "eats", "to": "1"}], "[0].name"),
        ([{"name": ["tows"], "to": "1"}], "[0].name"),
        ([{"name": "tows", "to": "9"}], "[0].to"),
        ([{"name": "tows", "to": 1}], "[0].to"),
        ([{"name": "tows", "to": ["1"]}], "[0].to"),
        ([{"name": "tows", "to": "2"}], "[0].to"),
        ([{"name": "tows", "to": "3"}], "[0]"),
        ([{"name": "tows", "to": "1"}, {"name": "tows", "to": "1"}], "[1]"),
    ],
)
def test_a_relation_that_breaks_a_rule_is_refused_at_its_place(relations: Any, place: str) -> None:
    raw = [_point(), _point(relations=relations), _point("road")]
    assert _fault(raw) == f"annotations[1].relations{place}"


def test_one_without_direction_is_stated_at_one_end_only() -> None:
    assert _fault([_related(("beside", "2")), _related(("beside", "1"))]) == "annotations[1].relations[0]"


def test_an_answer_has_so_many_relations_at_most() -> None:
    many = [_related(*[("tows", str(n)) for n in range(1, 101) if n != place]) for place in range(1, 101)]
    assert sum(len(each["relations"]) for each in _parse(many)) == 9_900
    over = [*many, _related(*[("tows", str(n)) for n in range(1, MAX_RELATIONS - 9_900 + 2)])]
    assert _fault(over) == "annotations[100].relations"


# --- segmentation ---------------------------------------------------------------------------------------------------
def _mask(name: str, *runs: int) -> Json:
    return {"class": name, "mask": {"size": [10, 20], "counts": list(runs)}}


def test_instances_are_of_things_and_may_overlap() -> None:
    assert _parse([_mask("car", 0, 150, 50), _mask("car", 0, 150, 50)], "instance_segmentation")
    for name in ("road", "unknown"):
        assert _fault([_mask(name, 0, 150, 50)], "instance_segmentation") == "annotations[0].class"


@pytest.mark.parametrize("kind", ["semantic_segmentation", "panoptic_segmentation"])
def test_every_pixel_belongs_to_one_mask(kind: str) -> None:
    assert _parse([_mask("unknown", 0, 200)], kind)
    assert _fault([], kind) == "annotations"
    assert _fault([_mask("car", 0, 199, 1)], kind) == "annotations"
    assert _fault([_mask("car", 0, 100, 100), _mask("road", 99, 101)], kind) == "annotations[1].mask"
    assert _fault([_mask("road", 99, 101), _mask("car", 0, 100, 100)], kind) == "annotations[1].mask"
    # As many pixels as the image has, one of them twice and one not at all.
    assert _fault([_mask("car", 0, 100, 100), _mask("road", 99, 100, 1)], kind) == "annotations[1].mask"


def test_a_class_is_one_mask_but_for_things_of_a_panoptic_answer() -> None:
    halves = [_mask("car", 0, 100, 100), _mask("car", 100, 100)]
    assert _parse(halves, "panoptic_segmentation")
    assert _fault(halves, "semantic_segmentation") == "annotations[1].class"
    for name in ("road", "unknown"):
        halves = [_mask(name, 0, 100, 100), _mask(name, 100, 100)]
        assert _fault(halves, "panoptic_segmentation") == "annotations[1].class"


def test_masks_need_an_image_of_known_size_that_is_not_too_large() -> None:
    for width, height in ((None, None), (20, None), (200_000, 200_000)):
        subject = Subject(ONTOLOGY, width=width, height=height)
        assert _fault([_mask("car", 0, 200)], "instance_segmentation", subject) == "annotations"


def test_several_classes_are_each_named_once() -> None:
    assert _parse([], "multi_label_classification") == []
    assert _fault([{"class": "car"}, {"class": "car"}], "multi_label_classification") == "annotations[1].class"
