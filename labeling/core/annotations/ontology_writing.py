"""Ontologies as JSON, written in one way: what goes without saying is left out."""

from typing import Any

from labeling.core.annotations.ontology import (
    Attribute,
    AttributeType,
    ClassKind,
    LabelClass,
    Ontology,
    Relation,
    Skeleton,
)


def ontology_document(ontology: Ontology) -> dict[str, list[dict[str, Any]]]:
    """Return the JSON object that `read_ontology` takes."""
    return {
        "classes": [_class_document(each) for each in ontology.classes],
        "attributes": [_attribute_document(each) for each in ontology.attributes],
        "relations": [_relation_document(each) for each in ontology.relations],
    }


def _class_document(label: LabelClass) -> dict[str, Any]:
    document: dict[str, Any] = {"name": label.name, "description": label.description}
    if label.kind is not ClassKind.THING:
        document["kind"] = label.kind.value
    if label.parent is not None:
        document["parent"] = label.parent
    if label.color is not None:
        document["color"] = label.color
    if label.attributes:
        document["attributes"] = [_attribute_document(each) for each in label.attributes]
    if label.skeleton is not None:
        document["skeleton"] = _skeleton_document(label.skeleton)
    return document


def _attribute_document(attribute: Attribute) -> dict[str, Any]:
    document: dict[str, Any] = {"name": attribute.name, "type": attribute.type.value, "required": attribute.required}
    if attribute.description:
        document["description"] = attribute.description
    if attribute.type is AttributeType.ENUM:
        document["values"] = list(attribute.values)
    if attribute.least is not None:
        document["min"] = attribute.least
    if attribute.most is not None:
        document["max"] = attribute.most
    if attribute.type is AttributeType.TEXT:
        document["max_length"] = attribute.max_length
    return document


def _skeleton_document(skeleton: Skeleton) -> dict[str, Any]:
    document: dict[str, Any] = {"joints": list(skeleton.joints)}
    if skeleton.edges:
        document["edges"] = [list(pair) for pair in skeleton.edges]
    if skeleton.sigmas:
        document["sigmas"] = list(skeleton.sigmas)
    if skeleton.swaps:
        document["swaps"] = [list(pair) for pair in skeleton.swaps]
    return document


def _relation_document(relation: Relation) -> dict[str, Any]:
    document: dict[str, Any] = {"name": relation.name}
    if relation.description:
        document["description"] = relation.description
    if relation.sources:
        document["from"] = list(relation.sources)
    if relation.targets:
        document["to"] = list(relation.targets)
    return document | {"directed": relation.directed}
