"""What agreement means for each annotation type: the registry between stored answers and the numeric core."""

from quality.core.shapes.kinds import SHAPE_KINDS
from quality.services.agreement_measures.answers import ClassSetMeasure, SegmentMeasure, ShapeMeasure
from quality.services.agreement_measures.base import Figures, Given, Measure
from quality.services.agreement_measures.classes import ClassMeasure

MEASURES: dict[str, Measure] = {
    "image_classification": ClassMeasure(),
    "multi_label_classification": ClassSetMeasure(),
    **{name: ShapeMeasure(kind) for name, kind in SHAPE_KINDS.items()},
    "semantic_segmentation": SegmentMeasure(has_things=False),
    "panoptic_segmentation": SegmentMeasure(has_things=True),
}

__all__ = ["MEASURES", "Figures", "Given", "Measure"]
