"""Totals that were worked out by hand, to the cent, and the ones that misread cards come to."""

from typing import Any

import pytest

from tests.pricing.cards.asking import EFFORT, GOOGLE, GROUND_TRUTH, MTURK, TOLOKA, lines, priced, total

BOXES_IN_PUBLIC = {"annotation_type": "bounding_box", "workforce": "public", "task_price": "0.036"}
TOTALS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    # .036 x 25 + .08 x 5: a published example
    "GT1": (GROUND_TRUTH, {**BOXES_IN_PUBLIC, "n_assets": 5, "replicas": 5}, "1.30"),
    "GT2": (GROUND_TRUTH, {"n_assets": 40_000}, "3200.00"),
    "GT4": (GROUND_TRUTH, {"n_assets": 50_001}, "4000.04"),
    "GT6": (GROUND_TRUTH, {"used_units": 45_000}, "600.00"),
    "GT7": (GROUND_TRUTH, {"n_assets": 1_200_000}, "46000.00"),
    "GT7 disputed": (GROUND_TRUTH, {"n_assets": 1_200_000, "card_version": "2024-tier2-100000"}, "28000.00"),
    "GC1": (GOOGLE, {"n_assets": 1, "units_per_asset": 2, "replicas": 3}, "0.38"),  # 6 x .063 = .378
    "GC3": (GOOGLE, {"n_assets": 100_000, "replicas": 2}, "49700.00"),
    "GC3 older": (
        GOOGLE,
        {"n_assets": 100_000, "replicas": 2, "card_version": "2026-10-replicas-multiply-price"},
        "50400.00",
    ),
    "GC5": (
        GOOGLE,
        {"annotation_type": "polygon", "n_assets": 20_000, "units_per_asset": 1, "replicas": 3},
        "14650.00",
    ),
    "MT1": (MTURK, {}, "180.00"),
    "MT3": (MTURK, {"n_tasks": 100, "replicas": 10, "reward": "0.12"}, "170.00"),  # .4 x .12 = .048, to .05
    "TO1": (TOLOKA, {}, "195.00"),
    "E1": (EFFORT, {"complexity": "1", "rush": "0"}, "321.00"),
    "E2": (EFFORT, {"annotation_type": "polygon", "n_assets": 2000, "units_per_asset": 3}, "1494.72"),
    "E4": (
        EFFORT,
        {
            "n_assets": 500,
            "units_per_asset": 12,
            "replicas": 2,
            "review_share": "1",
            "complexity": "1.25",
            "rush": "0.50",
        },
        "1451.52",
    ),
    "E6": (EFFORT, {"n_assets": 10, "units_per_asset": 1}, "0.94"),
    "E9": (EFFORT, {"used_units": 48_000}, "312.98"),
}


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_those_worked_out_by_hand(name: str) -> None:
    spec, changes, expected = TOTALS[name]
    assert total(spec, **changes) == expected
    assert priced(spec, **changes).card.currency == "USD"


def test_totals_are_not_those_of_misread_tiers() -> None:
    assert total(GROUND_TRUTH, n_assets=50_001) != "2000.04"  # the whole volume at the second rate
    assert total(GOOGLE, n_assets=100_000, replicas=2) != "112000.00"  # both rates added up
    assert total(GOOGLE, annotation_type="rotated_box", n_assets=1_000_000, units_per_asset=1) != "86000.00"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("E1", ("235.00", "20.75", "11.75", "0.00", "53.50")),
        ("E2", ("1132.00", "57.00", "56.60", "0.00", "249.12")),
        ("E4", ("658.00", "115.50", "32.90", "403.20", "241.92")),
        ("E6", ("0.68", "0.07", "0.03", "0.00", "0.16")),
        ("E9", ("235.00", "20.75", "11.75", "0.00", "45.48")),
    ],
)
def test_effort_has_its_lines(name: str, expected: tuple[str, ...]) -> None:
    spec, changes, _ = TOTALS[name]
    named = ("labour", "review", "rework", "rush", "fee")
    assert lines(spec, **changes) == dict(zip(named, expected, strict=True))
