"""Every annotation type is known in every layer, and every command by its name."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.core.management import get_commands

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.annotations.templates import TEMPLATES
from labeling.core.formats import FORMATS
from labeling.models import AnnotationTypeName
from pricing.core.effort import EFFORT_RATES
from quality.services.aggregation import AGGREGATORS
from quality.services.agreement_measures import MEASURES
from quality.services.checking import CHECKERS
from quality.services.explaining import EXPLAINERS
from quality.services.scoring import SCORERS
from tests.labeling.core.annotations.examples import EXAMPLES

TYPES = set(AnnotationTypeName.values)

REGISTRIES: dict[str, Mapping[str, Any]] = {
    "parse": ANNOTATION_TYPES,
    "effort": EFFORT_RATES,
    "consensus": AGGREGATORS,
    "agreement": MEASURES,
    "explanation": EXPLAINERS,
    "checking": CHECKERS,
    "gold": SCORERS,
    "examples": EXAMPLES,
}


@pytest.mark.parametrize("layer", REGISTRIES)
def test_every_annotation_type_is_registered(layer: str) -> None:
    assert set(REGISTRIES[layer]) == TYPES


def test_every_annotation_type_can_be_taken_home() -> None:
    carried = {name for chosen in FORMATS.values() for name in chosen.annotation_types}

    assert carried == TYPES


def test_every_annotation_type_can_be_taken_home_with_all_that_is_known() -> None:
    assert FORMATS["jsonl"].annotation_types == TYPES


def test_templates_are_made_for_annotation_types_that_there_are() -> None:
    assert {name for template in TEMPLATES.values() for name in template.annotation_types} <= TYPES


def test_every_command_is_found_however_it_is_typed() -> None:
    # `manage.py` looks for `pay-out` as `pay_out`.
    assert [name for name in get_commands() if "-" in name] == []
