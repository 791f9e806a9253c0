"""What annotations of every type have: an id, a class, attributes and relations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations.attributes import read_attributes
from labeling.core.annotations.ontology import ClassRules, Ontology
from labeling.core.annotations.refusals import Refusal, member
from labeling.core.annotations.relations import read_relations

MAX_ANNOTATIONS = 5_000
MAX_ID_LENGTH = 64
# Of a body that holds an answer; masks and outlines of many points need more than others.
MAX_ANSWER_BYTES = 2 * 1024 * 1024
# Values and relations of an answer, all annotations together.
MAX_ATTRIBUTE_VALUES = 25_000
MAX_RELATIONS = 10_000

# `attributes` and `relations`, each only where there are some.
Details = dict[str, Any]

_OPTIONAL = frozenset({"id", "attributes", "relations"})


@dataclass(frozen=True)
class Entry:
    """One annotation on its way: as it was given, and what its id and class came to."""

    path: str
    given: Mapping[str, Any]
    id: str
    rules: ClassRules


def read_entries(raw: Any, ontology: Ontology, *, member: str | None) -> list[Entry]:
    """Return the annotations with id and class; their shapes and all else are still to be read."""
    if not isinstance(raw, list | tuple):
        raise Refusal("annotations", "A list of annotations is wanted.")
    if len(raw) > MAX_ANNOTATIONS:
        raise Refusal("annotations", f"At most {MAX_ANNOTATIONS} annotations are taken.")
    required = ("class",) if member is None else ("class", member)
    taken: set[str] = set()
    return [
        _read_entry(item, f"annotations[{index}]", ontology, default=str(index + 1), taken=taken, required=required)
        for index, item in enumerate(raw)
    ]


def read_details(entries: Sequence[Entry], ontology: Ontology) -> list[Details]:
    """Return the attributes and relations of each annotation, in canonical form."""
    details: list[Details] = [{} for _ in entries]
    _add_attributes(details, entries)
    _add_relations(details, entries, ontology)
    return details


def _read_entry(
    item: Any, path: str, ontology: Ontology, *, default: str, taken: set[str], required: tuple[str, ...]
) -> Entry:
    if not isinstance(item, dict):
        raise Refusal(path, "An annotation is an object.")
    for name in required:
        if name not in item:
            raise Refusal(f"{path}.{name}", "This member is required.")
    for name in item:
        if name not in _OPTIONAL and name not in required:
            raise Refusal(member(path, str(name)), "There is no such member in this annotation type.")
    label = item["class"]
    if not isinstance(label, str) or label not in ontology.rules:
        raise Refusal(f"{path}.class", "This class is not in the ontology.")
    return Entry(path, item, _read_id(item, path, taken=taken, default=default), ontology.rules[label])


def _read_id(item: Mapping[str, Any], path: str, *, taken: set[str], default: str) -> str:
    given = item.get("id", default)
    if not isinstance(given, str) or not 1 <= len(given) <= MAX_ID_LENGTH or not given.isprintable():
        raise Refusal(f"{path}.id", f"An id is a printable string of 1 to {MAX_ID_LENGTH} characters.")
    if given in taken:
        raise Refusal(f"{path}.id", "This id is used twice in the answer.")
    taken.add(given)
    return given


def _add_attributes(details: Sequence[Details], entries: Sequence[Entry]) -> None:
    n_values = 0
    for detail, entry in zip(details, entries, strict=True):
        if "attributes" not in entry.given and not entry.rules.required:
            continue
        path = f"{entry.path}.attributes"
        values = read_attributes(entry.given.get("attributes", {}), path, entry.rules)
        n_values += len(values)
        if n_values > MAX_ATTRIBUTE_VALUES:
            raise Refusal(path, f"An answer has at most {MAX_ATTRIBUTE_VALUES} values of attributes.")
        if values:
            detail["attributes"] = values


def _add_relations(details: Sequence[Details], entries: Sequence[Entry], ontology: Ontology) -> None:
    stated = {
        place: (f"{entry.path}.relations", entry.given["relations"])
        for place, entry in enumerate(entries)
        if "relations" in entry.given
    }
    if not stated:
        return
    ids = {entry.id: place for place, entry in enumerate(entries)}
    rules = [entry.rules for entry in entries]
    found = read_relations(stated, ontology, ids=ids, rules=rules, most=MAX_RELATIONS)
    for place, relations in found.items():
        details[place]["relations"] = relations
