"""Ontologies as JSON, read with every rule checked."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from labeling.core.annotations.ontology import (
    MAX_TEXT_LENGTH,
    Attribute,
    AttributeType,
    ClassKind,
    LabelClass,
    Ontology,
    Relation,
    Skeleton,
)
from labeling.core.annotations.refusals import (
    Refusal,
    member,
    read_choice,
    read_flag,
    read_list,
    read_number,
    read_object,
    read_text,
    read_whole_number,
)

MAX_CLASSES = 2_000
MAX_NAME = 100
MAX_DESCRIPTION = 2_000
MAX_ATTRIBUTES = 100
# Of all classes together, each counted with what it inherits: answers are checked with all of them in memory.
MAX_INHERITED = 50_000
MAX_VALUES = 500
MAX_RELATIONS = 200
MAX_JOINTS = 200
MAX_EDGES = 1_000
MAX_LINEAGE = 16

T = TypeVar("T")

_COLOR = re.compile(r"#[0-9a-f]{6}")
_TOP = frozenset({"classes", "attributes", "relations"})
_CLASS = frozenset({"description", "kind", "parent", "color", "attributes", "skeleton"})
_SKELETON = frozenset({"edges", "sigmas", "swaps"})
_RELATION = frozenset({"description", "from", "to", "directed"})
_NAME = frozenset({"name"})
# What an attribute of each type may say beside its name, type, description and whether it is required.
_BOUNDS: dict[AttributeType, frozenset[str]] = {
    AttributeType.ENUM: frozenset({"values"}),
    AttributeType.NUMBER: frozenset({"min", "max"}),
    AttributeType.TEXT: frozenset({"max_length"}),
    AttributeType.BOOLEAN: frozenset(),
}
_ATTRIBUTE = frozenset({"description", "required"}).union(*_BOUNDS.values())


def read_ontology(document: Any) -> Ontology:
    """Return the ontology that a JSON object states.

    Raises
    ------
    Refusal
        Naming the first field at fault, such as `classes[3].attributes[0].values`.
    """
    stated = read_object(document, "", required=frozenset({"classes"}), optional=_TOP)
    classes = _each(stated["classes"], "classes", _read_class, most=MAX_CLASSES, least=1)
    attributes = _each(stated.get("attributes", []), "attributes", _read_attribute, most=MAX_ATTRIBUTES)
    _require_unique([each.name for each in classes], "classes")
    _require_unique([each.name for each in attributes], "attributes")
    _check_parents(classes)
    ontology = Ontology(tuple(classes), tuple(attributes))
    _check_inherited(ontology)
    relations = _each(stated.get("relations", []), "relations", _read_relation, most=MAX_RELATIONS)
    _require_unique([each.name for each in relations], "relations")
    _check_ends(relations, known=frozenset(ontology.class_names))
    return Ontology(ontology.classes, ontology.attributes, tuple(relations))


def _each(value: Any, path: str, read: Callable[[Any, str], T], *, most: int, least: int = 0) -> list[T]:
    listed = read_list(value, path, most=most, least=least)
    return [read(item, f"{path}[{index}]") for index, item in enumerate(listed)]


def _read_name(value: Any, path: str) -> str:
    return read_text(value, path, most=MAX_NAME, least=1)


def _read_description(stated: Mapping[str, Any], path: str) -> str:
    return read_text(stated.get("description", ""), f"{path}.description", most=MAX_DESCRIPTION)


def _read_class(value: Any, path: str) -> LabelClass:
    stated = read_object(value, path, required=_NAME, optional=_CLASS)
    name = _read_name(stated["name"], f"{path}.name")
    attributes = _each(stated.get("attributes", []), f"{path}.attributes", _read_attribute, most=MAX_ATTRIBUTES)
    _require_unique([each.name for each in attributes], f"{path}.attributes")
    skeleton, parent = stated.get("skeleton"), stated.get("parent")
    kind = read_choice(stated.get("kind", ClassKind.THING.value), f"{path}.kind", frozenset(ClassKind))
    return LabelClass(
        name=name,
        description=_read_description(stated, path),
        kind=ClassKind(kind),
        parent=None if parent is None else _read_name(parent, f"{path}.parent"),
        color=_read_color(stated.get("color"), f"{path}.color"),
        attributes=tuple(attributes),
        skeleton=None if skeleton is None else _read_skeleton(skeleton, f"{path}.skeleton"),
    )


def _read_color(value: Any, path: str) -> str | None:
    if value is None:
        return None
    color = read_text(value, path, most=7).lower()
    if not _COLOR.fullmatch(color):
        raise Refusal(path, "A colour is written like #ff8800.")
    return color


def _read_attribute(value: Any, path: str) -> Attribute:
    stated = read_object(value, path, required=frozenset({"name", "type"}), optional=_ATTRIBUTE)
    kind = AttributeType(read_choice(stated["type"], f"{path}.type", frozenset(AttributeType)))
    for name in stated:
        if any(name in bounds for bounds in _BOUNDS.values()) and name not in _BOUNDS[kind]:
            raise Refusal(f"{path}.{name}", f"Attributes of the type {kind} have no such member.")
    least, most = (
        None if stated.get(name) is None else read_number(stated[name], f"{path}.{name}") for name in ("min", "max")
    )
    if least is not None and most is not None and least > most:
        raise Refusal(f"{path}.max", "max is less than min.")
    length = read_whole_number(
        stated.get("max_length", MAX_TEXT_LENGTH), f"{path}.max_length", least=1, most=MAX_TEXT_LENGTH
    )
    return Attribute(
        name=_read_name(stated["name"], f"{path}.name"),
        type=kind,
        description=_read_description(stated, path),
        required=read_flag(stated.get("required", False), f"{path}.required"),
        values=_read_values(stated, path) if kind is AttributeType.ENUM else (),
        least=least,
        most=most,
        max_length=length,
    )


def _read_values(stated: Mapping[str, Any], path: str) -> tuple[str, ...]:
    here = f"{path}.values"
    if "values" not in stated:
        raise Refusal(here, "An enum has values.")
    values = _each(stated["values"], here, _read_name, most=MAX_VALUES, least=1)
    if len(set(values)) != len(values):
        raise Refusal(here, "A value is there twice.")
    return tuple(values)


def _read_skeleton(value: Any, path: str) -> Skeleton:
    stated = read_object(value, path, required=frozenset({"joints"}), optional=_SKELETON)
    joints = _each(stated["joints"], f"{path}.joints", _read_name, most=MAX_JOINTS, least=1)
    if len(set(joints)) != len(joints):
        raise Refusal(f"{path}.joints", "A joint is there twice.")
    n_joints = len(joints)

    def read_pair(pair: Any, where: str) -> tuple[int, int]:
        first, second = (
            read_whole_number(number, f"{where}[{place}]", least=0, most=n_joints - 1)
            for place, number in enumerate(read_list(pair, where, least=2, most=2))
        )
        if first == second:
            raise Refusal(where, "A joint has no pair in itself.")
        return first, second

    swaps = _each(stated.get("swaps", []), f"{path}.swaps", read_pair, most=n_joints)
    swapped = [joint for pair in swaps for joint in pair]
    if len(set(swapped)) != len(swapped):
        raise Refusal(f"{path}.swaps", "A joint changes places with one other at most.")
    return Skeleton(
        joints=tuple(joints),
        edges=tuple(_each(stated.get("edges", []), f"{path}.edges", read_pair, most=MAX_EDGES)),
        sigmas=_read_sigmas(stated.get("sigmas", []), f"{path}.sigmas", n_joints=n_joints),
        swaps=tuple(swaps),
    )


def _read_sigmas(value: Any, path: str, *, n_joints: int) -> tuple[float, ...]:
    sigmas = _each(value, path, read_number, most=MAX_JOINTS)
    if sigmas and len(sigmas) != n_joints:
        raise Refusal(path, "There is one sigma for each joint.")
    for place, sigma in enumerate(sigmas):
        if not 0.001 <= sigma <= 1.0:
            raise Refusal(f"{path}[{place}]", "A sigma is a share of the object's size from 0.001 to 1.")
    return tuple(sigmas)


def _read_relation(value: Any, path: str) -> Relation:
    stated = read_object(value, path, required=_NAME, optional=_RELATION)
    ends = [_each(stated.get(name, []), f"{path}.{name}", _read_name, most=MAX_CLASSES) for name in ("from", "to")]
    return Relation(
        name=_read_name(stated["name"], f"{path}.name"),
        description=_read_description(stated, path),
        sources=tuple(dict.fromkeys(ends[0])),
        targets=tuple(dict.fromkeys(ends[1])),
        directed=read_flag(stated.get("directed", True), f"{path}.directed"),
    )


def _require_unique(names: Sequence[str], path: str) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise Refusal(f"{path}[{index}].name", "This name is used twice.")
        seen.add(name)


def _check_parents(classes: Sequence[LabelClass]) -> None:
    parents = {each.name: each.parent for each in classes}
    for index, each in enumerate(classes):
        path = f"classes[{index}].parent"
        here, n_above = each.parent, 0
        while here is not None:
            n_above += 1
            if here not in parents:
                raise Refusal(path, "The parent is no class of the ontology.")
            if here == each.name or n_above >= MAX_LINEAGE:
                raise Refusal(path, f"A class has at most {MAX_LINEAGE - 1} ancestors and is none of them itself.")
            here = parents[here]


def _check_inherited(ontology: Ontology) -> None:
    """Refuse an attribute that an ancestor or the ontology already gives the class, and too many of all."""
    everywhere = {each.name for each in ontology.attributes}
    n_inherited = 0
    for index, label in enumerate(ontology.classes):
        above = everywhere | {
            each.name for ancestor in ontology.lineage(label) if ancestor is not label for each in ancestor.attributes
        }
        n_inherited += len(above) + len(label.attributes)
        if n_inherited > MAX_INHERITED:
            detail = f"The classes have more than {MAX_INHERITED} attributes, each class's inherited ones counted."
            raise Refusal(f"classes[{index}].attributes", detail)
        for place, attribute in enumerate(label.attributes):
            if attribute.name in above:
                path = f"classes[{index}].attributes[{place}].name"
                raise Refusal(path, "The class has an attribute of this name already.")


def _check_ends(relations: Sequence[Relation], *, known: frozenset[str]) -> None:
    for index, relation in enumerate(relations):
        for name, ends in (("from", relation.sources), ("to", relation.targets)):
            for place, end in enumerate(ends):
                if end not in known:
                    raise Refusal(
                        member(f"relations[{index}]", f"{name}[{place}]"), "This is no class of the ontology."
                    )
