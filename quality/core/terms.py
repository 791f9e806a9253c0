"""What of an ontology, and of an image, bears on how answers are read and weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labeling.core.geometry.base import Frame

STUFF, VOID = "stuff", "void"


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
    def of(cls, ontology: Mapping[str, Any]) -> Terms:
        """Read an ontology as docs/annotations.md has it."""
        entries = ontology["classes"]
        skeletons = {entry["name"]: entry.get("skeleton") or {} for entry in entries}
        return cls(
            classes=tuple(entry["name"] for entry in entries),
            stuff=frozenset(entry["name"] for entry in entries if entry.get("kind") == STUFF),
            void=frozenset(entry["name"] for entry in entries if entry.get("kind") == VOID),
            sigmas={
                name: tuple(map(float, skeleton["sigmas"]))
                for name, skeleton in skeletons.items()
                if skeleton.get("sigmas")
            },
            symmetric=frozenset(
                entry["name"] for entry in ontology.get("relations") or () if not entry.get("directed", True)
            ),
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
