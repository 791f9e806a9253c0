"""Any number of classes for the whole image: `{"class": "cat"}, {"class": "dog"}`; none says that none applies."""

from collections.abc import Sequence

from labeling.core.annotations.annotated import Entry
from labeling.core.annotations.base import AnnotationType, Subject, require_each_class_once


class MultiLabelClassification(AnnotationType):
    """Classes that apply, each named once."""

    def check_set(self, entries: Sequence[Entry], subject: Subject) -> None:
        """Refuse a class that is named twice."""
        require_each_class_once(entries)
