"""The classes of an ontology as writers need them: kinds, attributes, skeletons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

THING, STUFF, VOID = "thing", "stuff", "void"
# The tolerance of a joint as a share of the object's size where the ontology names none.
DEFAULT_SIGMA = 0.05


@dataclass(frozen=True)
class Attribute:
    """A named value of an annotation: `enum`, `number`, `text` or `boolean`."""

    name: str
    type: str
    values: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Skeleton:
    """The joints of a class by name, the edges between them and the pairs that a mirror image swaps, by number."""

    joints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...] = ()
    sigmas: tuple[float, ...] = ()
    swaps: tuple[tuple[int, int], ...] = ()

    @property
    def mirrored(self) -> list[int]:
        """Return, joint by joint, which joint takes its place in a mirror image."""
        places = list(range(len(self.joints)))
        for one, other in self.swaps:
            places[one], places[other] = other, one
        return places


@dataclass(frozen=True)
class LabelClass:
    """A class of an ontology, with its ancestors' attributes among its own."""

    name: str
    kind: str = THING
    parent: str = ""
    color: str = ""
    attributes: tuple[Attribute, ...] = ()
    skeleton: Skeleton | None = None


def read_classes(
    classes: Iterable[Mapping[str, Any]], attributes: Sequence[Mapping[str, Any]] = ()
) -> tuple[LabelClass, ...]:
    """Return the classes of a stored ontology; `attributes` are those of all classes."""
    entries = {entry["name"]: entry for entry in classes}
    shared = [_attribute(entry) for entry in attributes]
    return tuple(_label_class(name, entries, shared) for name in entries)


def _label_class(name: str, entries: Mapping[str, Mapping[str, Any]], shared: Sequence[Attribute]) -> LabelClass:
    entry = entries[name]
    attributes = {attribute.name: attribute for attribute in shared}
    for ancestor in reversed(_lineage(name, entries)):
        attributes |= {given["name"]: _attribute(given) for given in entries[ancestor].get("attributes", ())}
    skeleton = entry.get("skeleton")
    return LabelClass(
        name=name,
        kind=entry.get("kind") or THING,
        parent=entry.get("parent") or "",
        color=entry.get("color") or "",
        attributes=tuple(attributes.values()),
        skeleton=None if skeleton is None else _skeleton(skeleton),
    )


def _lineage(name: str, entries: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the class and its ancestors, nearest first."""
    line = []
    while name in entries and name not in line:
        line.append(name)
        name = entries[name].get("parent") or ""
    return line


def _attribute(entry: Mapping[str, Any]) -> Attribute:
    return Attribute(
        name=entry["name"],
        type=entry["type"],
        values=tuple(entry.get("values", ())),
        required=bool(entry.get("required", False)),
    )


def _skeleton(entry: Mapping[str, Any]) -> Skeleton:
    joints = tuple(entry["joints"])
    return Skeleton(
        joints=joints,
        edges=tuple((one, other) for one, other in entry.get("edges", ())),
        sigmas=tuple(entry.get("sigmas") or [DEFAULT_SIGMA] * len(joints)),
        swaps=tuple((one, other) for one, other in entry.get("swaps", ())),
    )
