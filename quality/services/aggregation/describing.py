"""What conclusions say of things beside their class and place: attributes and relations, and shares of either."""

from collections.abc import Mapping, Sequence
from typing import Any

from quality.core.shapes.beliefs import ShapeObject
from quality.core.shapes.details import stated_relations, voted_attributes, voted_relations
from quality.services.aggregation.base import Json, TaskAnswers


def told_attributes(given: Sequence[Mapping[str, Any]]) -> Json:
    """Return what most say of each attribute, as conclusions have it; nothing where there is none."""
    voted = voted_attributes(given)
    if not voted:
        return {}
    return {
        "attributes": {name: each.value for name, each in voted.items()},
        "attribute_shares": {name: round(each.share, 6) for name, each in voted.items()},
    }


def kept_attributes(value: Json) -> Json:
    """Return the attributes of a conclusion as annotations have them: those whose values do not tie."""
    attributes = {name: each for name, each in (value.get("attributes") or {}).items() if each is not None}
    return {"attributes": attributes} if attributes else {}


def described(things: Sequence[ShapeObject], labels: Sequence[str | None], task: TaskAnswers) -> list[Json]:
    """Return the attributes of each thing, by the votes of those of its members that are called what it is called."""
    given = _first_answers(task)
    if not any("attributes" in each for annotations in given.values() for each in annotations):
        return [{}] * len(things)
    told = []
    for thing, label in zip(things, labels, strict=True):
        members = [given[member.worker_id][member.position] for member in thing.members]
        agreeing = [each for each in members if label is None or each["class"] == label]
        told.append(told_attributes([each.get("attributes") or {} for each in agreeing]))
    return told


def related(
    things: Sequence[ShapeObject], ids: Sequence[str], task: TaskAnswers, *, symmetric: frozenset[str]
) -> list[Json]:
    """Return the relations of each thing to others of them."""
    given = _first_answers(task)
    stated = {worker_id: stated_relations(annotations) for worker_id, annotations in given.items()}
    if not any(stated.values()):
        return [{}] * len(things)
    drawn: dict[Any, dict[Any, int]] = {worker_id: {} for worker_id in given}
    for number, thing in enumerate(things):
        for member in thing.members:
            drawn[member.worker_id][given[member.worker_id][member.position]["id"]] = number
    told: list[list[Json]] = [[] for _ in things]
    for relation, share in voted_relations(drawn, stated, symmetric=symmetric).items():
        origin, target = relation.origin, relation.target
        assert isinstance(origin, int)  # noqa: S101 -- the numbers that were put in
        assert isinstance(target, int)  # noqa: S101
        told[origin].append({"name": relation.name, "to": ids[target], "share": round(share, 6)})
    return [{"relations": relations} if relations else {} for relations in told]


def _first_answers(task: TaskAnswers) -> dict[Any, list[Json]]:
    """Return the annotations of each worker's first answer, which is the one that counts."""
    first: dict[Any, list[Json]] = {}
    for answer in task.answers:
        first.setdefault(answer.worker_id, answer.annotations)
    return first
