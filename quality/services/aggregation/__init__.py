"""How answers of each annotation type become one: the registry between stored rows and the numeric core."""

from quality.core.shapes.kinds import SHAPE_KINDS
from quality.services.aggregation.base import Aggregator, Bounds, Conclusion, Fit, GivenAnswer, Recipe, TaskAnswers
from quality.services.aggregation.class_sets import ClassSetAggregator
from quality.services.aggregation.classes import ClassAggregator
from quality.services.aggregation.segments import SegmentAggregator
from quality.services.aggregation.shapes import ShapeAggregator

AGGREGATORS: dict[str, Aggregator] = {
    "image_classification": ClassAggregator(),
    "multi_label_classification": ClassSetAggregator(),
    **{name: ShapeAggregator(kind) for name, kind in SHAPE_KINDS.items()},
    "semantic_segmentation": SegmentAggregator(has_things=False),
    "panoptic_segmentation": SegmentAggregator(has_things=True),
}

__all__ = ["AGGREGATORS", "Aggregator", "Bounds", "Conclusion", "Fit", "GivenAnswer", "Recipe", "TaskAnswers"]
