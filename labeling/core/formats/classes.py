"""The classes of an ontology as writers need them: each with what it has from its ancestors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations.ontology import Attribute, ClassKind, Ontology, Skeleton
from labeling.core.annotations.ontology_reading import read_ontology

THING, STUFF, VOID = ClassKind.THING, ClassKind.STUFF, ClassKind.VOID


@dataclass(frozen=True)
class LabelClass:
    """A class of an ontology, with its ancestors' attributes among its own; empty texts where nothing is stated."""

    name: str
    kind: ClassKind = THING
    parent: str = ""
    color: str = ""
    attributes: tuple[Attribute, ...] = ()
    skeleton: Skeleton | None = None


def classes_of(ontology: Ontology) -> tuple[LabelClass, ...]:
    """Return the classes in order."""
    return tuple(
        LabelClass(
            name=label.name,
            kind=label.kind,
            parent=label.parent or "",
            color=label.color or "",
            attributes=tuple(ontology.rules[label.name].attributes.values()),
            skeleton=ontology.rules[label.name].skeleton,
        )
        for label in ontology.classes
    )


def read_classes(
    classes: Iterable[Mapping[str, Any]], attributes: Sequence[Mapping[str, Any]] = ()
) -> tuple[LabelClass, ...]:
    """Return the classes of a stored ontology; `attributes` are those of all classes."""
    document = {"classes": list(classes), "attributes": list(attributes), "relations": []}
    return classes_of(read_ontology(document))


def mirrored(skeleton: Skeleton) -> list[int]:
    """Return, joint by joint, which joint takes its place in a mirror image."""
    places = list(range(len(skeleton.joints)))
    for one, other in skeleton.swaps:
        places[one], places[other] = other, one
    return places
