"""What a template is, and short ways to state one."""

from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Template:
    """An ontology to begin with.

    Attributes
    ----------
    annotation_types : the kinds of annotation it is made for, the usual one first.
    document : the ontology, as `read_ontology` takes it.
    """

    name: str
    title: str
    description: str
    annotation_types: tuple[str, ...]
    document: Document


def flag(name: str, description: str = "") -> Document:
    """Return an attribute that is true or false."""
    return {"name": name, "type": "boolean", "description": description}


def choice(name: str, *values: str, required: bool = False) -> Document:
    """Return an attribute with these values."""
    return {"name": name, "type": "enum", "values": list(values), "required": required}


def number(name: str, least: float, most: float, description: str = "") -> Document:
    """Return an attribute that is a number within bounds."""
    return {"name": name, "type": "number", "min": least, "max": most, "description": description}


def text(name: str, max_length: int, description: str = "") -> Document:
    """Return an attribute that is a text."""
    return {"name": name, "type": "text", "max_length": max_length, "description": description}
