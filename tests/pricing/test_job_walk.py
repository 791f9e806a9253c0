"""The price walk of a job's quote: seven drivers that sum to the expected total, kept and sealed with it."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from marketplace.operations.core.money import MICROS
from pricing.core.cards.walk import DRIVERS
from pricing.core.drivers import Drivers, read_drivers
from pricing.core.job_walk import Walked, job_walk
from pricing.core.quote import price
from pricing.models import Quote
from pricing.services import plan_of, quote_job
from pricing.services.quotes import seal
from tests import make
from tests.pricing.test_effort_models import look
from tests.pricing.test_never_cheaper import STEPS, Job, jobs, rates_of, risen, subject_of

OWNER = {
    "look": "annotation_type",
    "objects": "annotation_type",
    "per_object": "annotation_type",
    "wage": "annotation_type",
    "n_assets": "annotation_type",
    "aided": "annotation_type",
    "kappa": "complexity",
    "checked": "quality",
    "review_share": "quality",
    "reviewed_by": "quality",
    "n_gold": "quality",
    "max_overlap": "quality",
    "min_overlap": "quality",
    "overlap": "quality",
    "target_confidence": "quality",
    "expertise": "expertise",
    "rush": "turnaround",
    "integration": "integration",
    "used_units": "volume",
}
NOTHING: dict[str, Job] = {
    "complexity": {"kappa": Decimal(1)},
    "quality": {"n_gold": 0, "min_overlap": 1, "max_overlap": 1, "review_share": Decimal(0)},
    "expertise": {"expertise": "general"},
    "turnaround": {"rush": Decimal(0)},
    "integration": {"integration": {"api_work": 0}},
    "volume": {"used_units": 0, "n_assets": 3, "n_aided": 0, "objects": Decimal(1)},
}


def walked(job: Job) -> dict[str, Decimal]:
    """Return the amounts by driver, after a look at what holds of all of them."""
    subject, rates = subject_of(job), rates_of(job)
    at_median = subject_of(job | {"kappa": Decimal(1)})
    priced = price(subject, rates)
    found = job_walk(Walked(subject, at_median, "bounding_box", job["kappa"]), priced, rates, currency="USD")
    amounts = {driver.name: driver.amount for driver in found}
    assert tuple(amounts) == DRIVERS
    assert sum(amounts.values()) == Decimal(priced.expected_micros) / MICROS
    assert amounts["volume"] <= 0 <= min(amounts[name] for name in DRIVERS if name not in {"volume", "complexity"})
    return amounts


@given(job=jobs(), step=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_walk_sums_and_no_driver_lowers_its_own_entry(job: Job, step: Decimal) -> None:
    before = walked(job)
    for name, more in risen(job, step).items():
        assert walked(more)[OWNER[name]] >= before[OWNER[name]], name
    for driver, nothing in NOTHING.items():
        assert walked(job | nothing)[driver] == 0, driver


# --- quotes ---------------------------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db
BOXES: dict[str, Any] = {"annotation_type": "bounding_box", "units_per_asset": 5.0}


def _quote(drivers: dict[str, Any] | None = None, *, used_units: int = 0, **job_changes: Any) -> Quote:
    job = make.job(**job_changes)
    return quote_job(job, now=timezone.now(), drivers=read_drivers(drivers or {}), used_units=used_units)


def _told(quote: Quote) -> dict[str, tuple[str, str]]:
    assert sum(Decimal(driver["amount"]) for driver in quote.drivers) * MICROS == quote.expected_micros
    return {driver["name"]: (driver["amount"], driver["detail"]) for driver in quote.drivers}


def test_a_quote_keeps_its_walk_under_its_seal() -> None:
    asked = {"turnaround": "express", "expertise": "technical", "integration": {"custom_export_format": 1}}
    quote = _quote(asked, n_tasks=4, review_share=0.5, min_overlap=2, max_overlap=2, **BOXES)
    reserve = "with 5 % in reserve for late answers and rework, and a fee of 20 %"
    # 258.00928 in all, as worked by hand in `test_drivers`.
    assert _told(quote) == {
        "volume": ("0.00", "fee 20 % as in the first tier, for 40 units"),
        "annotation_type": (  # 4 x .235 x 1.05 x 1.2 = 1.1844
            "1.18",
            f"bounding_box: 4 tasks, 5 objects in each, 70.3 s at 12.00 an hour; {reserve}",
        ),
        "complexity": ("0.00", "as the median image"),
        "quality": ("1.39", "2 answers, 50 % looked at by peers"),  # 2.568 less 1.18
        "turnaround": ("2.67", "express: 50 % more pay for everybody, and the fee on it"),  # half of 5.33952
        "integration": ("250.00", "custom_export_format 1 x 250.00"),
        "expertise": ("2.77", "technical: 2.0833 times the wage"),  # 5.33952 less 2.57
    }
    assert seal(Quote.objects.get(pk=quote.pk)) == quote.sha256
    quote.drivers[0]["amount"] = quote.assumptions["drivers"][0]["amount"] = "-1.00"
    assert seal(quote) != quote.sha256


def test_images_that_are_busy_cost_more_than_the_median_one_and_say_so() -> None:
    photos = make.dataset()
    look(make.image_asset(photos), 0.9)
    job = make.job(photos=photos, min_overlap=1, max_overlap=1, annotation_type="semantic_segmentation")
    found = _told(quote_job(job, now=timezone.now()))
    plan = plan_of(job)
    times = plan.effort.scene.kappa
    assert times > 1
    assert plan.answer.p50_s == times * plan.at_median.answer.p50_s
    assert found["annotation_type"][0] == "1.01"  # 239.7 s are .799, 5 % of it, a fifth of both
    assert found["complexity"][1] == f"{times} times the seconds of the median image"
    assert Decimal(found["complexity"][0]) == pytest.approx(Decimal("1.01") * (times - 1), abs=Decimal("0.015"))


def test_volume_is_what_the_month_s_units_take_off_the_fee() -> None:
    found = _told(_quote(used_units=2_000_000, n_tasks=30, min_overlap=1, max_overlap=1, **BOXES))
    # .235 x 30 x 1.05 = 7.4025: a tenth of it instead of a fifth
    assert found["volume"] == ("-0.74", "fee 10 % instead of 20 %, for 150 units after 2000000 used before")


def test_adaptive_overlap_and_gold_are_quality() -> None:
    found = _told(_quote(n_tasks=10, n_gold=2, min_overlap=1, max_overlap=3))
    answers = "2.68 answers on average, no review, 10 % more answers to assets of known label"
    # .017 x 8 x 2.68 x 1.15 x 1.2, less .017 x 8 x 1.05 x 1.2
    assert found["quality"] == ("0.33", answers)
    assert found["annotation_type"][0] == "0.17"


def test_a_course_is_walked_too() -> None:
    job = make.job(n_tasks=3, n_gold=3, n_learners=2, purpose="training")
    found = _told(quote_job(job, now=timezone.now(), drivers=Drivers(rush=Decimal(1))))
    assert found["annotation_type"][0] == found["turnaround"][0] == "0.13"  # .017 x 6 x 1.05 x 1.2 = .12852
    assert found["turnaround"][1] == "100 % more pay for everybody, and the fee on it"
