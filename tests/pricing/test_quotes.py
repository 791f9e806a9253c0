"""Quotes of jobs: everything assumed is written down, sealed, and never changed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pricing.models import Quote
from pricing.services import VALID_FOR, plan_of, quote_job
from tests import make

pytestmark = pytest.mark.django_db


def _quote(**job_changes: object) -> Quote:
    return quote_job(make.job(**job_changes), now=timezone.now())  # type: ignore[arg-type] # as `make.job` takes them


def test_a_quote_says_what_it_rests_on() -> None:
    quote = _quote(n_tasks=4, annotation_type="bounding_box", units_per_asset=5.0, min_overlap=2, max_overlap=2)
    assert (quote.pay_micros, quote.effort_s, quote.currency) == (235_000, 70.3, "USD")
    # 4 x 2 x .235 = 1.88; 5 % of it .094; 20 % .3948, of 1.98 = .396: 2.3688. Caps are rounded up.
    assert [(line["name"], line["expected_micros"], line["cap_micros"]) for line in quote.lines] == [
        ("labour", 1_880_000, 1_880_000),
        ("late_reserve", 90_000, 100_000),
        ("fee", 400_000, 400_000),
    ]
    assert (quote.expected_micros, quote.cap_micros) == (2_370_000, 2_380_000)
    assert quote.assumptions["n_tasks"] == 4
    assert quote.assumptions["seconds_per_unit"] == "12.5"
    assert quote.assumptions["units_per_asset"] == "5.0"
    assert quote.assumptions["expected_answers_per_task"] == "2.00"
    assert quote.expires_at - quote.created_at == VALID_FOR


def test_a_job_as_planned_takes_from_its_fewest_to_its_most_answers() -> None:
    plan = plan_of(make.job(n_tasks=3, min_overlap=2, max_overlap=4))
    assert (plan.n_assets, plan.n_tasks) == (3, 3)
    assert (plan.effort_s_min, plan.effort_s_max) == (plan.effort_s_per_answer * 6, plan.effort_s_per_answer * 12)


def test_every_quote_has_a_seal_of_its_own_that_its_facts_can_be_checked_by() -> None:
    job, now = make.job(), timezone.now()
    first, second = quote_job(job, now=now), quote_job(job, now=now + timedelta(seconds=1))
    assert first.sha256 != second.sha256
    assert len(first.sha256) == 64


def test_the_database_refuses_a_quote_that_does_not_add_up() -> None:
    quote = _quote()
    for broken in ({"cap_micros": quote.cap_micros + 1}, {"expected_micros": quote.cap_micros + 1}):
        twin = Quote.objects.get(pk=quote.pk)
        twin.pk = quote.job_id  # any other id
        for name, value in broken.items():
            setattr(twin, name, value)
        with pytest.raises(IntegrityError, match="quote_"), transaction.atomic():
            twin.save(force_insert=True)
