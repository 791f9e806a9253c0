"""What the members of an object say of it beside its place and class: attributes, and relations to other objects."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quality.core.classes.attributes import normalised

# Numbers within a tenth of each other say the same.
NEAR = 0.1


@dataclass(frozen=True)
class Voted:
    """State what most say.

    Parameters
    ----------
    value : None where values tie.
    share : of those asked who say so, 0..1.
    """

    value: Any
    share: float


def voted_attributes(given: Sequence[Mapping[str, Any]]) -> dict[str, Voted]:
    """Return what most say of each attribute; one that most leave out is left out.

    Parameters
    ----------
    given : of everybody who was asked, attributes by name.

    Notes
    -----
    Of numbers it is the median, with the share of those near it; of anything else the commonest value, texts compared
    without case and in the spelling that most gave.
    """
    found = {}
    for name in sorted({name for each in given for name in each}):
        values = [each[name] for each in given if name in each]
        if 2 * len(values) >= len(given):
            value, n_votes = _median(values) if all(map(_is_number, values)) else _commonest(values)
            found[name] = Voted(value=value, share=n_votes / len(given))
    return found


def same_value(one: Any, other: Any) -> bool:
    """Return whether two values of an attribute say the same."""
    if _is_number(one) and _is_number(other):
        return _is_near(one, other)
    return _key(one) == _key(other)


@dataclass(frozen=True)
class Relation:
    """A relation between two things, by whatever names these."""

    origin: Hashable
    name: str
    target: Hashable


def stated_relations(annotations: Sequence[Mapping[str, Any]]) -> list[Relation]:
    """Return the relations of one answer between its annotations, by their ids."""
    return [
        Relation(each["id"], relation["name"], relation["to"])
        for each in annotations
        for relation in each.get("relations") or ()
    ]


def voted_relations(
    drawn: Mapping[Any, Mapping[Any, int]],
    stated: Mapping[Any, Iterable[Relation]],
    *,
    symmetric: frozenset[str] = frozenset(),
) -> dict[Relation, float]:
    """Return the relations between objects that more than half of those state who drew both ends, and their share.

    Parameters
    ----------
    drawn : by worker, the object that each annotation is part of.
    stated : by worker, relations between annotations.
    symmetric : relations that mean the same both ways; they come back from the object of the lower number.
    """
    votes: Counter[Relation] = Counter()
    for worker, relations in stated.items():
        object_of = drawn.get(worker, {})
        between = {_between(relation, object_of, symmetric) for relation in relations}
        votes.update(relation for relation in between if relation is not None)
    workers: dict[Hashable, set[Hashable]] = {}
    for worker, object_of in drawn.items():
        for number in object_of.values():
            workers.setdefault(number, set()).add(worker)
    shares = {
        relation: n_votes / len(workers[relation.origin] & workers[relation.target])
        for relation, n_votes in votes.items()
    }
    kept = [relation for relation, share in shares.items() if share > 0.5]
    return {each: shares[each] for each in sorted(kept, key=lambda each: (each.origin, each.name, each.target))}


def _between(relation: Relation, object_of: Mapping[Hashable, int], symmetric: frozenset[str]) -> Relation | None:
    """Return the relation between objects; None where an end belongs to none, or both to one."""
    ends = object_of.get(relation.origin), object_of.get(relation.target)
    if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
        return None
    if relation.name in symmetric:
        return Relation(min(ends[0], ends[1]), relation.name, max(ends[0], ends[1]))
    return Relation(ends[0], relation.name, ends[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=NEAR)


def _key(value: Any) -> Hashable:
    return normalised(value) if isinstance(value, str) else (type(value).__name__, str(value))


def _median(values: Sequence[float]) -> tuple[float, int]:
    middle = float(np.median(values))
    exact = int(middle) if middle.is_integer() and all(isinstance(value, int) for value in values) else middle
    return exact, sum(_is_near(value, middle) for value in values)


def _commonest(values: Sequence[Any]) -> tuple[Any, int]:
    votes = Counter(map(_key, values))
    most = max(votes.values())
    leading = [key for key, number in votes.items() if number == most]
    if len(leading) > 1:
        return None, most
    spellings = Counter(value for value in values if _key(value) == leading[0])
    # Of spellings as common the first in code point order, so that who came first does not matter.
    return min(spellings, key=lambda value: (-spellings[value], str(value))), most
