"""What every annotation type does with what a worker sent."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from labeling.core.annotations.annotated import Entry, read_details, read_entries
from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.refusals import Refusal
from labeling.core.garbage import no_search_for_garbage

Annotations = list[dict[str, Any]]


class Surface(StrEnum):
    """What an asset is, as far as it decides what can be drawn on it."""

    IMAGE = "image"
    POINT_CLOUD = "point_cloud"


_SURFACES = frozenset(Surface)


@dataclass(frozen=True)
class Subject:
    """What is annotated.

    Attributes
    ----------
    ontology : the classes, attributes and relations that may be used.
    width, height : of the asset in pixels, where it has them and they are known.
    kind : of the asset, such as `image`, `point_cloud` or `external`.
    """

    ontology: Ontology
    width: int | None
    height: int | None
    kind: str = "image"


class AnnotationType:
    """One kind of annotation.

    Attributes
    ----------
    schema_version : of the canonical form; stored with every answer.
    member : the member of an annotation that is its shape; None where a class is all.
    surface : what it is drawn on.
    needs_size : whether the asset's size must be known.
    """

    schema_version: ClassVar[int] = 1
    member: ClassVar[str | None] = None
    surface: ClassVar[Surface] = Surface.IMAGE
    needs_size: ClassVar[bool] = False

    def parse(self, raw: Sequence[Any], subject: Subject) -> Annotations:
        """Return the annotations in canonical form, each with an id.

        Raises
        ------
        Refusal
            Naming the first field at fault.
        """
        with no_search_for_garbage():  # a look would take as long as reading thousands of annotations
            return self._parsed(raw, subject)

    def _parsed(self, raw: Sequence[Any], subject: Subject) -> Annotations:
        if not self.takes(subject.kind):
            raise Refusal("annotations", f"This is drawn on a {self.surface}, and the asset is none.")
        entries = read_entries(raw, subject.ontology, member=self.member)
        self.check_set(entries, subject)
        details = read_details(entries, subject.ontology)
        heads = [{"id": entry.id, "class": entry.rules.name} for entry in entries]
        if self.member is None:
            return [head | more for head, more in zip(heads, details, strict=True)]
        shapes = self.read_shapes(entries, subject)
        return [{**head, self.member: shape, **more} for head, shape, more in zip(heads, shapes, details, strict=True)]

    def takes(self, kind: str) -> bool:
        """Return whether assets of a kind may be what it is drawn on; of external ones nobody knows."""
        return kind not in _SURFACES or kind == self.surface

    def check_ontology(self, ontology: Ontology) -> None:
        """Refuse an ontology that lacks what the type needs.

        Raises
        ------
        Refusal
            Naming the place in the ontology.
        """

    def check_set(self, entries: Sequence[Entry], subject: Subject) -> None:
        """Refuse classes that do not go together, before any shape is read."""

    def read_shapes(self, entries: Sequence[Entry], subject: Subject) -> Sequence[Any]:
        """Return the shape of each annotation in canonical form; types without shapes are not asked."""
        raise NotImplementedError  # a type with shapes that does not say how they are read is a fault of ours


class ShapeByShape(AnnotationType, ABC):
    """A kind of annotation whose shapes are few numbers each, read one by one."""

    member: ClassVar[str]

    def read_shapes(self, entries: Sequence[Entry], subject: Subject) -> Sequence[Any]:
        """Return the shapes in canonical form."""
        member = self.member
        return [self.read_shape(entry.given[member], f"{entry.path}.{member}", subject) for entry in entries]

    @abstractmethod
    def read_shape(self, value: Any, path: str, subject: Subject) -> Any:
        """Return one shape in canonical form."""


def require_each_class_once(entries: Sequence[Entry]) -> None:
    """Refuse a second annotation of a class."""
    seen: set[str] = set()
    for entry in entries:
        if entry.rules.name in seen:
            raise Refusal(f"{entry.path}.class", "This class is there already; it is named once.")
        seen.add(entry.rules.name)
