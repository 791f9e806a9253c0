"""How answers of each annotation type become one: the registry between stored rows and the numeric core."""

from quality.services.aggregation.base import Aggregator, Bounds, Conclusion, Fit, GivenAnswer, Recipe, TaskAnswers
from quality.services.aggregation.boxes import BoxAggregator
from quality.services.aggregation.classes import ClassAggregator

AGGREGATORS: dict[str, Aggregator] = {
    "image_classification": ClassAggregator(),
    "bounding_box": BoxAggregator(),
}

__all__ = ["AGGREGATORS", "Aggregator", "Bounds", "Conclusion", "Fit", "GivenAnswer", "Recipe", "TaskAnswers"]
