"""Ontologies: what they may say, where it is named when they may not, and what classes have from their ancestors."""

import time
from typing import Any

import pytest

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.core.annotations.ontology import ClassKind
from labeling.core.annotations.ontology_reading import MAX_CLASSES, read_ontology
from labeling.core.annotations.ontology_writing import ontology_document
from labeling.core.annotations.templates import TEMPLATES
from tests.labeling.core.annotations.examples import ONTOLOGY, ONTOLOGY_DOCUMENT, Json


def _with_class(**members: Any) -> Json:
    return {"classes": [{"name": "cat"}, {"name": "dog", **members}]}


def _with_attribute(**members: Any) -> Json:
    return _with_class(attributes=[{"name": "asleep", **members}])


def _with_skeleton(**members: Any) -> Json:
    return _with_class(skeleton={"joints": ["head", "tail"], **members})


def _with_relation(**members: Any) -> Json:
    return _with_class() | {"relations": [{"name": "chases", **members}]}


_ATTRIBUTE = "classes[1].attributes[0]"
_SKELETON = "classes[1].skeleton"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (None, ""),
        ([], ""),
        ({}, "classes"),
        ({"classes": {}}, "classes"),
        ({"classes": []}, "classes"),
        ({"classes": [{"name": f"c{n}"} for n in range(MAX_CLASSES + 1)]}, "classes"),
        ({"classes": ["cat"]}, "classes[0]"),
        (_with_class(), None),
        (_with_class() | {"colours": []}, "colours"),
        (_with_class(name=""), "classes[1].name"),
        (_with_class(name=5), "classes[1].name"),
        (_with_class(name="cat"), "classes[1].name"),
        (_with_class(name="x" * 101), "classes[1].name"),
        (_with_class(name="a\nb"), "classes[1].name"),
        (_with_class(name="a\x00b"), "classes[1].name"),
        (_with_class(description="x" * 2_001), "classes[1].description"),
        (_with_class(kind="person"), "classes[1].kind"),
        (_with_class(kind=["thing"]), "classes[1].kind"),
        (_with_class(color="red"), "classes[1].color"),
        (_with_class(color="#ff88001"), "classes[1].color"),
        (_with_class(colour="#ff8800"), "classes[1].colour"),
        (_with_class(parent="horse"), "classes[1].parent"),
        (_with_class(parent="dog"), "classes[1].parent"),
        ({"classes": [{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}]}, "classes[0].parent"),
        (
            {"classes": [{"name": "0"}, *({"name": str(n), "parent": str(n - 1)} for n in range(1, 20))]},
            "classes[16].parent",
        ),
        (_with_class(attributes={}), "classes[1].attributes"),
        (_with_attribute(), f"{_ATTRIBUTE}.type"),
        (_with_attribute(type="colour"), f"{_ATTRIBUTE}.type"),
        (_with_attribute(type="enum"), f"{_ATTRIBUTE}.values"),
        (_with_attribute(type="enum", values=[]), f"{_ATTRIBUTE}.values"),
        (_with_attribute(type="enum", values=["a", "a"]), f"{_ATTRIBUTE}.values"),
        (_with_attribute(type="enum", values=["a", 5]), f"{_ATTRIBUTE}.values[1]"),
        (_with_attribute(type="boolean", values=["a"]), f"{_ATTRIBUTE}.values"),
        (_with_attribute(type="text", min=1), f"{_ATTRIBUTE}.min"),
        (_with_attribute(type="text", max_length=0), f"{_ATTRIBUTE}.max_length"),
        (_with_attribute(type="number", min=5, max=4), f"{_ATTRIBUTE}.max"),
        (_with_attribute(type="number", min=float("nan")), f"{_ATTRIBUTE}.min"),
        (_with_attribute(type="boolean", required=1), f"{_ATTRIBUTE}.required"),
        (
            _with_class(attributes=[{"name": "a", "type": "boolean"}, {"name": "a", "type": "text"}]),
            "classes[1].attributes[1].name",
        ),
        (
            _with_class(attributes=[{"name": "a", "type": "boolean"}])
            | {"attributes": [{"name": "a", "type": "boolean"}]},
            "classes[1].attributes[0].name",
        ),
        (
            {
                "classes": [
                    {"name": "a", "attributes": [{"name": "big", "type": "boolean"}]},
                    {"name": "b", "parent": "a", "attributes": [{"name": "big", "type": "boolean"}]},
                ]
            },
            "classes[1].attributes[0].name",
        ),
        (_with_skeleton(joints=[]), f"{_SKELETON}.joints"),
        (_with_skeleton(joints=["a", "a"]), f"{_SKELETON}.joints"),
        (_with_skeleton(edges=[[0, 2]]), f"{_SKELETON}.edges[0][1]"),
        (_with_skeleton(edges=[[0, 0]]), f"{_SKELETON}.edges[0]"),
        (_with_skeleton(edges=[[0]]), f"{_SKELETON}.edges[0]"),
        (_with_skeleton(sigmas=[0.1]), f"{_SKELETON}.sigmas"),
        (_with_skeleton(sigmas=[0.1, 0]), f"{_SKELETON}.sigmas[1]"),
        (_with_skeleton(swaps=[[0, 1], [1, 0]]), f"{_SKELETON}.swaps"),
        (_with_skeleton(bones=[]), f"{_SKELETON}.bones"),
        (_with_relation(**{"from": ["horse"]}), "relations[0].from[0]"),
        (_with_relation(to=["cat", "horse"]), "relations[0].to[1]"),
        (_with_relation(directed="yes"), "relations[0].directed"),
        (_with_class() | {"relations": [{"name": "a"}, {"name": "a"}]}, "relations[1].name"),
    ],
)
def test_an_ontology_that_breaks_a_rule_is_refused_at_its_field(document: Any, field: str | None) -> None:
    if field is None:
        assert read_ontology(document).class_names == ("cat", "dog")
        return
    with pytest.raises(Refusal) as refused:
        read_ontology(document)
    assert refused.value.field == field


def test_what_is_written_reads_as_the_same() -> None:
    written = ontology_document(ONTOLOGY)
    assert read_ontology(written) == ONTOLOGY
    assert ontology_document(read_ontology(written)) == written
    assert read_ontology(ONTOLOGY_DOCUMENT) == ONTOLOGY


def test_a_sub_class_has_its_ancestors_attributes_and_skeleton() -> None:
    car = ONTOLOGY.rules["car"]
    assert list(car.attributes) == ["weather", "note", "parked", "doors"]
    assert car.lineage == ("car", "vehicle")
    assert car.skeleton == ONTOLOGY.rules["vehicle"].skeleton
    assert list(ONTOLOGY.rules["road"].attributes) == ["weather", "note"]
    assert ONTOLOGY.kind_of("road") is ClassKind.STUFF


def test_keypoints_need_a_skeleton_of_each_class() -> None:
    ANNOTATION_TYPES["keypoints"].check_ontology(ONTOLOGY)
    with pytest.raises(Refusal) as refused:
        ANNOTATION_TYPES["keypoints"].check_ontology(read_ontology(_with_skeleton()))
    assert refused.value.field == "classes[0].skeleton"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_an_ontology_that_its_types_can_use(name: str) -> None:
    template = TEMPLATES[name]
    ontology = read_ontology(template.document)
    assert read_ontology(ontology_document(ontology)) == ontology
    assert ontology.relations
    assert any(rules.attributes for rules in ontology.rules.values())
    for kind in template.annotation_types:
        ANNOTATION_TYPES[kind].check_ontology(ontology)
    kinds = {each.kind for each in ontology.classes}
    if {"semantic_segmentation", "panoptic_segmentation"} & set(template.annotation_types):
        assert ClassKind.VOID in kinds  # else images with anything else in them could not be labeled


def test_templates_are_there_for_eight_fields() -> None:
    assert set(TEMPLATES) == {
        "medical_imaging",
        "autonomous_driving",
        "security_and_faces",
        "agriculture",
        "robotics",
        "aerial_and_drone",
        "retail",
        "insurance_damage",
    }


def test_the_largest_ontologies_are_read_and_refused_in_a_second() -> None:
    attributes = [{"name": f"a{n}", "type": "boolean"} for n in range(100)]
    classes: list[Json] = [{"name": f"c{n}", "parent": f"c{n - n % 15 or n - 1}"} for n in range(1, MAX_CLASSES)]
    deep = [{"name": "c0", "attributes": attributes}, *classes]
    start = time.process_time()
    with pytest.raises(Refusal):
        read_ontology({"classes": deep})
    with pytest.raises(Refusal) as refused:
        read_ontology({"classes": [{"name": f"c{n}"} for n in range(MAX_CLASSES)], "attributes": attributes})
    assert refused.value.field == "classes[500].attributes"
    flat = [
        {"name": "c0", "attributes": attributes[:25]},
        *({"name": f"c{n}", "parent": "c0"} for n in range(1, MAX_CLASSES)),
    ]
    assert len(read_ontology({"classes": flat}).rules) == MAX_CLASSES
    assert time.process_time() - start < 1.0
