"""From the conclusions of tasks to those of assets, where an asset was asked about in parts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from labeling.core.formats.base import LabeledTask
from labeling.core.formats.final import member_of
from labeling.core.splitting.scopes import CLASSES
from labeling.core.splitting.stitching import TileObjects, stitched
from labeling.core.splitting.tile import TILE, Tile

# From sure to unsure: an asset is no surer than the least sure of its parts.
_STATES = ("final", "disputed", "provisional")

Value = dict[str, Any]
# An object with where it was found: the place of its part, and its id there.
_Found = tuple[dict[str, Any], Sequence[tuple[int, str]]]


def _nothing() -> None:
    pass


def merged_by_asset(tasks: Iterable[LabeledTask], *, beat: Callable[[], None] = _nothing) -> Iterator[LabeledTask]:
    """Yield one labeled task for each asset: itself where there is one, and else what its parts come to together.

    The parts of an asset follow one another, as they are made. `beat` is called often while parts are joined.
    """
    parts: list[LabeledTask] = []
    for task in tasks:
        if parts and (task.scope is None or task.asset_id != parts[0].asset_id):
            yield _merged(parts, beat)
            parts = []
        if task.scope is None:  # nearly always: of a million, each step more would be felt
            yield task
        else:
            parts.append(task)
    if parts:
        yield _merged(parts, beat)


def _merged(parts: Sequence[LabeledTask], beat: Callable[[], None]) -> LabeledTask:
    first = parts[0]
    answered = [part for part in parts if part.is_answered]
    least = min(parts, key=lambda part: (part.is_answered, part.confidence or 0.0))
    return first._replace(
        scope=None,
        state=_state(parts),
        confidence=_least([part.confidence for part in answered]),
        p_correct=_least([part.p_correct for part in answered]),
        value=_value(answered, beat),
        n_answers=max(part.n_answers for part in parts),
        retired_reason=least.retired_reason,
        answers=[answer for part in parts for answer in part.answers],
        checks=[check for part in parts for check in part.checks],
    )


def _state(parts: Sequence[LabeledTask]) -> str | None:
    """Return the state of the least sure part; where some parts have a label, the others are to come."""
    states = [part.state for part in parts]
    if not any(states):
        return None
    return max((state or _STATES[-1] for state in states), key=_STATES.index)


def _least(numbers: Sequence[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return min(known) if known and len(known) == len(numbers) else None


def _value(parts: Sequence[LabeledTask], beat: Callable[[], None]) -> Value | None:
    values = [part.value for part in parts if part.value is not None]
    if not values:
        return None
    if any("objects" in value for value in values):
        return _objects(parts, beat)
    posterior = {
        name: share
        for part, value in zip(parts, values, strict=True)
        for name, share in value.get("posterior", {}).items()
        if name in (part.scope or {}).get(CLASSES, ())
    }
    return {"classes": [name for value in values for name in value["classes"]], "posterior": posterior}


def _objects(parts: Sequence[LabeledTask], beat: Callable[[], None]) -> Value:
    values = [part.value or {} for part in parts]
    found = _together(parts, [value.get("objects", []) for value in values], beat)
    doubted = _together(parts, [value.get("doubted", []) for value in values], beat)
    merged: Value = {"objects": _renamed(found, start=1), "doubted": _renamed(doubted, start=1 + len(found))}
    complete = _least([value.get("p_complete") for value in values])
    return merged if complete is None else {**merged, "p_complete": complete}


def _together(
    parts: Sequence[LabeledTask], objects: Sequence[Sequence[dict[str, Any]]], beat: Callable[[], None]
) -> list[_Found]:
    if TILE not in (parts[0].scope or {}):
        return [(each, [(place, str(each.get("id", "")))]) for place, some in enumerate(objects) for each in some]
    member = next((member_of(each) for some in objects for each in some), "")
    if not member:
        return []
    tiles = [TileObjects(Tile.of(part.scope or {}), some) for part, some in zip(parts, objects, strict=True)]
    size = parts[0].width or 0, parts[0].height or 0  # known of what is in tiles
    return list(stitched(tiles, member=member, size=size, beat=beat))


def _renamed(found: Sequence[_Found], *, start: int) -> list[dict[str, Any]]:
    """Return the objects with ids that are unique in the asset; relations follow, and those to nowhere are dropped."""
    ids = {origin: str(number) for number, (_, origins) in enumerate(found, start=start) for origin in origins}
    named = []
    for number, (each, origins) in enumerate(found, start=start):
        rest = {name: value for name, value in each.items() if name != "relations"}
        if "id" in each:
            rest["id"] = str(number)
        related = [
            {**relation, "to": ids[place, relation["to"]]}
            for place, name in origins
            if name == str(each.get("id", ""))
            for relation in each.get("relations", ())
            if (place, relation["to"]) in ids
        ]
        named.append({**rest, "relations": related} if related else rest)
    return named
