"""The ways in which an annotation can be wrong, in the words of the field."""

from enum import StrEnum


class ConflictKind(StrEnum):
    """Name what is wrong with an annotation beside the one that is right."""

    MISSING_ANNOTATION = "missing_annotation"
    EXTRA_ANNOTATION = "extra_annotation"
    MISMATCHING_LABEL = "mismatching_label"
    LOW_OVERLAP = "low_overlap"
    MISMATCHING_ATTRIBUTES = "mismatching_attributes"
    MISMATCHING_DIRECTION = "mismatching_direction"
    MISMATCHING_GROUPS = "mismatching_groups"
    COVERED_ANNOTATION = "covered_annotation"
