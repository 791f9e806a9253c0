"""The part of an asset that a task asks about: a tile of its pixels, or some of the classes."""

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.core.annotations import Refusal
from labeling.core.splitting.stitching.registry import SEAMS
from labeling.core.splitting.stitching.seam import Seam
from labeling.core.splitting.tile import TILE, Rect, Scope, Tile

CLASSES = "classes"


def class_scope(number: int, n_groups: int, classes: Sequence[str]) -> Scope:
    """Return the scope of one group of classes, counted from 1."""
    return {CLASSES: list(classes), "group": number, "n_groups": n_groups}


def require_in_scope(annotations: Sequence[Mapping[str, Any]], scope: Scope | None, *, member: str | None) -> None:
    """Refuse annotations in canonical form that are not of the part asked about.

    Raises
    ------
    Refusal
        Naming the first at fault.
    """
    if scope is None:
        return
    if CLASSES in scope:
        wanted = set(scope[CLASSES])
        for index, each in enumerate(annotations):
            if each["class"] not in wanted:
                raise Refusal(f"annotations[{index}].class", "This class is asked for in another task.")
    if TILE in scope and member is not None:
        seam, tile = SEAMS[member], Tile.of(scope)
        for index, each in enumerate(annotations):
            if not seam.touches(seam.read(each[member]), tile.shown):
                raise Refusal(f"annotations[{index}].{member}", "This lies outside the tile.")


def within_scope(annotations: Sequence[dict[str, Any]], scope: Scope, *, member: str | None) -> list[dict[str, Any]]:
    """Return the part of an asset's annotations that a task of this scope would find, shapes cut at the tile's edge."""
    if CLASSES in scope:
        wanted = set(scope[CLASSES])
        kept = [each for each in annotations if each["class"] in wanted]
    elif member is not None:
        seam, tile = SEAMS[member], Tile.of(scope)
        kept = [part for each in annotations if (part := _cut(each, seam, tile.shown, member)) is not None]
    else:
        kept = list(annotations)
    ids = {each["id"] for each in kept}
    return [_with_relations_to(each, ids) for each in kept]


def _cut(annotation: dict[str, Any], seam: Seam[Any], shown: Rect, member: str) -> dict[str, Any] | None:
    shape = seam.read(annotation[member])
    if not seam.touches(shape, shown):
        return None
    part = seam.clip(shape, shown)
    return None if part is None else {**annotation, member: seam.written(part)}


def _with_relations_to(annotation: dict[str, Any], ids: set[str]) -> dict[str, Any]:
    kept = [each for each in annotation.get("relations", ()) if each["to"] in ids]
    rest = {name: value for name, value in annotation.items() if name != "relations"}
    return {**rest, "relations": kept} if kept else rest
