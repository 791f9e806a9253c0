"""What of an ontology, and of an image, bears on how answers are read and weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labeling.core.annotations.ontology import ClassKind, Ontology
from labeling.core.geometry.base import Frame


@dataclass(frozen=True)
class Terms:
    """Hold the part of an ontology that consensus needs.

    Parameters
    ----------
    classes : all names, in the ontology's order.
    stuff : classes without instances, such as sky.
    void : classes that say of their pixels that they are none of the others.
    sigmas : by class, the tolerance of each joint as a share of the object's size, as COCO's; where it is stated.
    symmetric : names of relations that mean the same both ways.
    """

    classes: tuple[str, ...]
    stuff: frozenset[str] = frozenset()
    void: frozenset[str] = frozenset()
    sigmas: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    symmetric: frozenset[str] = frozenset()

    @classmethod
    def of(cls, ontology: Ontology) -> Terms:
        """Read them from an ontology; a class has the skeleton of its nearest ancestor that has one."""
        rules = ontology.rules
        skeletons = {name: each.skeleton for name, each in rules.items() if each.skeleton is not None}
        return cls(
            classes=ontology.class_names,
            stuff=frozenset(name for name, each in rules.items() if each.kind is ClassKind.STUFF),
            void=frozenset(name for name, each in rules.items() if each.kind is ClassKind.VOID),
            sigmas={name: skeleton.sigmas for name, skeleton in skeletons.items() if skeleton.sigmas},
            symmetric=frozenset(relation.name for relation in ontology.relations if not relation.directed),
        )


@dataclass(frozen=True)
class Scene:
    """Hold what annotations are about: the ontology's terms, and the image's size in pixels where it is known."""

    terms: Terms
    width: int | None = None
    height: int | None = None

    @property
    def frame(self) -> Frame | None:
        """Return the image's size, None where it is not known."""
        if self.width is None or self.height is None:
            return None
        return Frame(width=self.width, height=self.height)
