"""One class for the whole image: `{"class": "cat"}`."""

from collections.abc import Sequence
from typing import Any

from labeling.core.annotations.base import Refusal, Subject, read_class, read_id, read_members

_REQUIRED = frozenset({"class"})


class ImageClassification:
    """Exactly one annotation, which names a class of the ontology."""

    schema_version = 1

    def parse(self, raw: Sequence[dict[str, Any]], subject: Subject) -> list[dict[str, Any]]:
        """Return the one annotation in canonical form."""
        if len(raw) != 1:
            raise Refusal("annotations", "Exactly one annotation is wanted.")
        item = raw[0]
        path = "annotations[0]"
        read_members(item, path, required=_REQUIRED)
        return [{"id": read_id(item, path, taken=set(), default="1"), "class": read_class(item, path, subject)}]
