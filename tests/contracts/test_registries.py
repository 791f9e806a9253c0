"""Every annotation type is known in every layer."""

import pytest

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.formats import FORMATS
from labeling.models import AnnotationTypeName
from pricing.core.effort import EFFORT_RATES
from quality.services.aggregation import AGGREGATORS

TYPES = set(AnnotationTypeName.values)


@pytest.mark.parametrize(
    "registry", [ANNOTATION_TYPES, EFFORT_RATES, AGGREGATORS], ids=["parse", "effort", "consensus"]
)
def test_every_annotation_type_is_registered(registry: dict[str, object]) -> None:
    assert set(registry) == TYPES


def test_every_annotation_type_can_be_taken_home() -> None:
    carried = {name for chosen in FORMATS.values() for name in chosen.annotation_types}

    assert carried == TYPES
