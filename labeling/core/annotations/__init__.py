"""Annotation types: one module each, found through `ANNOTATION_TYPES`."""

from labeling.core.annotations import bounding_box, image_classification
from labeling.core.annotations.base import AnnotationType, Refusal, Subject

ANNOTATION_TYPES: dict[str, AnnotationType] = {
    "image_classification": image_classification.ImageClassification(),
    "bounding_box": bounding_box.BoundingBox(),
}

__all__ = ["ANNOTATION_TYPES", "AnnotationType", "Refusal", "Subject"]
