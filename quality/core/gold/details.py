"""Whether what was found and named right is also described right: attributes, and relations to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.core.conflicts import ConflictKind
from quality.core.gold.scoring import Conflict, GoldScore, Matching
from quality.core.shapes.details import same_value, stated_relations

Annotation = Mapping[str, Any]

# Of a thing found and named right, the part of its credit that attributes and relations cannot cost.
FOUND_CREDIT = 0.5


def score_described(
    matching: Matching, given: Sequence[Annotation], known: Sequence[Annotation], *, symmetric: frozenset[str]
) -> GoldScore:
    """Score a matching: half a pair's credit is for being found and named, half the share of details that agree.

    Parameters
    ----------
    given, known : annotations that the matching is about.
    symmetric : relations that mean the same both ways.

    Notes
    -----
    A detail is an attribute that either side states, or a relation that either side states between matched things.
    Where neither states any, a pair has all its credit.
    """
    earned, conflicts = earned_of(matching, given, known, symmetric=symmetric)
    return matching.scored(earned, conflicts)


def earned_of(
    matching: Matching, given: Sequence[Annotation], known: Sequence[Annotation], *, symmetric: frozenset[str]
) -> tuple[list[float], list[Conflict]]:
    """Return the credit of each pair, 0.5..1, and what differs in the details."""
    if not any("attributes" in each or "relations" in each for each in (*given, *known)):
        return [1.0] * len(matching.pairs), []
    said, right = _relations(matching, given, known, symmetric)
    earned, conflicts = [], []
    for place, (row, column) in enumerate(matching.pairs):
        n_attributes, n_same = _attributes(given[row], known[column])
        n_relations, n_shared = len(said[place] | right[place]), len(said[place] & right[place])
        n_details = n_attributes + n_relations
        share = (n_same + n_shared) / n_details if n_details else 1.0
        earned.append(FOUND_CREDIT + (1.0 - FOUND_CREDIT) * share)
        if n_same < n_attributes:
            conflicts.append(Conflict(ConflictKind.MISMATCHING_ATTRIBUTES, row, column))
        if n_shared < n_relations:
            conflicts.append(Conflict(ConflictKind.MISMATCHING_GROUPS, row, column))
    return earned, conflicts


def _attributes(one: Annotation, other: Annotation) -> tuple[int, int]:
    """Return how many attributes either has, and how many of them both have alike."""
    mine, theirs = one.get("attributes") or {}, other.get("attributes") or {}
    names = mine.keys() | theirs.keys()
    same = sum(name in mine and name in theirs and same_value(mine[name], theirs[name]) for name in names)
    return len(names), same


Ends = set[tuple[str, int]]


def _relations(
    matching: Matching, given: Sequence[Annotation], known: Sequence[Annotation], symmetric: frozenset[str]
) -> tuple[list[Ends], list[Ends]]:
    """Return, of either side and by pair, the relations to other pairs: name and number of the pair."""
    rows = {_id(given, row): place for place, (row, _) in enumerate(matching.pairs)}
    columns = {_id(known, column): place for place, (_, column) in enumerate(matching.pairs)}
    return _by_pair(given, rows, symmetric), _by_pair(known, columns, symmetric)


def _by_pair(annotations: Sequence[Annotation], pair_of: Mapping[Any, int], symmetric: frozenset[str]) -> list[Ends]:
    found: list[Ends] = [set() for _ in pair_of]
    for relation in stated_relations(annotations):
        origin, target = pair_of.get(relation.origin), pair_of.get(relation.target)
        if origin is not None and target is not None:
            if relation.name in symmetric:
                origin, target = min(origin, target), max(origin, target)
            found[origin].add((relation.name, target))
    return found


def _id(annotations: Sequence[Annotation], place: int) -> Any:
    return annotations[place].get("id", str(place + 1))
