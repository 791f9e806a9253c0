"""One class for the whole image: `{"class": "cat"}`."""

from collections.abc import Sequence

from labeling.core.annotations.annotated import Entry
from labeling.core.annotations.base import AnnotationType, Subject
from labeling.core.annotations.refusals import Refusal


class ImageClassification(AnnotationType):
    """Exactly one annotation, which names a class of the ontology."""

    def check_set(self, entries: Sequence[Entry], subject: Subject) -> None:
        """Refuse none, and more than one."""
        if len(entries) != 1:
            raise Refusal("annotations", "Exactly one annotation is wanted.")
