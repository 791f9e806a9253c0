"""The relations between the annotations of one answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.core.annotations.ontology import ClassRules, Ontology, Relation
from labeling.core.annotations.refusals import Refusal

_MEMBERS = {"name", "to"}


def read_relations(
    stated: Mapping[int, tuple[str, Any]],
    ontology: Ontology,
    *,
    ids: Mapping[str, int],
    rules: Sequence[ClassRules],
    most: int,
) -> dict[int, list[dict[str, str]]]:
    """Return the relations by the place of the annotation that has them, in canonical form.

    One without direction stands at whichever annotation comes first in the answer, wherever it was stated.

    Parameters
    ----------
    stated : path and value of what was given, by the annotation's place.
    ids : places by id.
    rules : of each annotation's class.
    most : relations, all annotations together.
    """
    names = {place: name for name, place in ids.items()}
    found: dict[int, set[tuple[str, int]]] = {}
    n_stated = 0
    for place, (path, value) in stated.items():
        if not isinstance(value, list):
            raise Refusal(path, "Relations are a list.")
        n_stated += len(value)
        if n_stated > most:
            raise Refusal(path, f"An answer has at most {most} relations.")
        for index, item in enumerate(value):
            relation, target = _read_relation(item, f"{path}[{index}]", ontology, ids)
            _check_ends(relation, place, target, f"{path}[{index}]", rules)
            source, target = (place, target) if relation.directed else sorted((place, target))
            if (relation.name, target) in found.setdefault(source, set()):
                raise Refusal(f"{path}[{index}]", "This relation is stated twice.")
            found[source].add((relation.name, target))
    return {
        source: [{"name": name, "to": names[target]} for name, target in sorted(relations)]
        for source, relations in found.items()
    }


def _read_relation(item: Any, path: str, ontology: Ontology, ids: Mapping[str, int]) -> tuple[Relation, int]:
    if not isinstance(item, dict) or item.keys() != _MEMBERS:
        raise Refusal(path, "A relation is an object with `name` and `to`.")
    name, target = item["name"], item["to"]
    if not isinstance(name, str) or name not in ontology.relations_by_name:
        raise Refusal(f"{path}.name", "The ontology has no such relation.")
    if not isinstance(target, str) or target not in ids:
        raise Refusal(f"{path}.to", "The answer has no annotation of this id.")
    return ontology.relations_by_name[name], ids[target]


def _check_ends(relation: Relation, source: int, target: int, path: str, rules: Sequence[ClassRules]) -> None:
    if source == target:
        raise Refusal(f"{path}.to", "An annotation is not related to itself.")
    if not relation.may_join(rules[source], rules[target]):
        raise Refusal(path, "The relation does not join annotations of these classes.")
