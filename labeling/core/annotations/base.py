"""What every annotation type does with what a worker sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MAX_ANNOTATIONS = 5_000
MAX_ID_LENGTH = 64


class Refusal(Exception):
    """An annotation breaks a rule.

    Attributes
    ----------
    field : path of what is at fault, such as `annotations[2].box`.
    detail : one sentence for a person.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


@dataclass(frozen=True)
class Subject:
    """What is annotated: the classes that may be used and the size of the asset in pixels, where it has one."""

    classes: frozenset[str]
    width: int | None
    height: int | None


class AnnotationType(Protocol):
    """One kind of annotation."""

    schema_version: int

    def parse(self, raw: Sequence[dict[str, Any]], subject: Subject) -> list[dict[str, Any]]:
        """Return the annotations in canonical form, each with an id.

        Raises
        ------
        Refusal
            Naming the first field at fault.
        """
        ...


def read_members(item: dict[str, Any], path: str, *, required: frozenset[str]) -> None:
    """Refuse missing and unknown members of an annotation (`id` may always be given)."""
    for name in sorted(required - item.keys()):
        raise Refusal(f"{path}.{name}", "This member is required.")
    for name in sorted(item.keys() - required - {"id"}):
        raise Refusal(f"{path}.{name}", "There is no such member in this annotation type.")


def read_class(item: dict[str, Any], path: str, subject: Subject) -> str:
    """Return the annotation's class or refuse one that the ontology lacks."""
    name = item["class"]
    if not isinstance(name, str) or name not in subject.classes:
        raise Refusal(f"{path}.class", "This class is not in the ontology.")
    return name


def read_id(item: dict[str, Any], path: str, *, taken: set[str], default: str) -> str:
    """Return the annotation's id, unique within the answer."""
    given = item.get("id", default)
    if not isinstance(given, str) or not 1 <= len(given) <= MAX_ID_LENGTH or not given.isprintable():
        raise Refusal(f"{path}.id", f"An id is a printable string of 1 to {MAX_ID_LENGTH} characters.")
    if given in taken:
        raise Refusal(f"{path}.id", "This id is used twice in the answer.")
    taken.add(given)
    return given
