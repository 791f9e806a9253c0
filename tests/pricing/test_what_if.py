"""Qualities by deadlines in one request: what each costs, when it is done, and which are worth choosing between."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pricing.core.costs.frontier import Offer, on_frontier
from pricing.errors import InvalidValue
from pricing.models import Quote
from pricing.services import Level, add_card, quote_job, what_if
from tests import make
from tests.pricing.cards_in_service import our_next_card


def test_what_another_offer_beats_is_off_the_frontier() -> None:
    cheap, good, both = Offer(10, 0.8, 5.0), Offer(20, 0.9, 5.0), Offer(20, 0.8, 5.0)
    assert on_frontier([cheap, good, both]) == [True, True, False]
    assert on_frontier([cheap, cheap]) == [True, True]
    assert on_frontier([Offer(10, 0.8, 9.0), Offer(12, 0.8, 2.0)]) == [True, True]


BY_CLASSES: dict[str, Any] = {
    "annotation_type": "bounding_box",
    "units_per_asset": 6.0,
    "classes": tuple(f"class-{n}" for n in range(30)),
    "split": {"strategy": "class_groups"},
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        {"min_overlap": 2, "max_overlap": 6, "target_confidence": 0.95},
        {"min_overlap": 3, "max_overlap": 3, "review_share": 0.2},
        {"min_overlap": 1, "max_overlap": 4, "n_gold": 5, "review_share": 0.1, "reviewed_by": "senior"},
        BY_CLASSES | {"min_overlap": 1, "max_overlap": 4},
    ],
    ids=["adaptive", "fixed", "with gold and reviews", "boxes by groups of classes"],
)
def test_the_cell_of_the_job_as_it_stands_is_its_quote(asked: dict[str, Any]) -> None:
    job, now = make.job(n_tasks=30, **asked), timezone.now()
    drafted = what_if(job, now=now).cells[0]
    quote = quote_job(job, now=now)
    assert drafted.level.name == "as_drafted"
    assert (drafted.cost.p50_micros, drafted.cost.p90_micros) == (quote.cost_p50_micros, quote.cost_p90_micros)
    assert (drafted.expected_micros, drafted.cap_micros) == (quote.expected_micros, quote.cap_micros)
    assert drafted.finish.seconds == (quote.finish_p50_s, quote.finish_p85_s, quote.finish_p95_s)
    assert Quote.objects.count() == 1  # asking keeps nothing


@pytest.mark.django_db
def test_better_costs_more_and_sooner_costs_more() -> None:
    job, now = make.job(n_tasks=200), timezone.now()
    soon = now + timedelta(minutes=20)
    grid = what_if(job, now=now, deadlines=[None, soon])
    cells = {(cell.level.name, cell.deadline): cell for cell in grid.cells}
    assert set(cells) == {(name, at) for name in ("as_drafted", "basic", "standard", "premium") for at in (None, soon)}
    basic, standard, premium = (cells[name, None] for name in ("basic", "standard", "premium"))
    assert basic.cost.p50_micros < standard.cost.p50_micros < premium.cost.p50_micros
    assert basic.cost.right_share < standard.cost.right_share < premium.cost.right_share
    assert basic.finish.p85_s < premium.finish.p85_s
    hurried = cells["premium", soon]
    assert hurried.rush > 0
    assert not hurried.meets_deadline
    assert hurried.cost.p50_micros > premium.cost.p50_micros
    assert all(cell.on_frontier for cell in (basic, standard))
    assert all(cell.cost.p50_micros <= cell.cost.p90_micros <= cell.cap_micros for cell in grid.cells)


@pytest.mark.django_db
def test_what_is_worse_and_dearer_is_marked() -> None:
    once = Level("one", min_overlap=1, max_overlap=1, target_confidence=0.9, review_share=0.0, reviewed_by="peer")
    levels = [once, replace(once, name="one, checked", review_share=1.0)]
    cells = what_if(make.job(n_tasks=50), now=timezone.now(), levels=levels).cells
    # The right labels are those before any review, of which nothing is known.
    assert [cell.on_frontier for cell in cells] == [True, False]


@pytest.mark.django_db
def test_a_course_and_a_deadline_that_is_over_are_refused() -> None:
    now = timezone.now()
    with pytest.raises(InvalidValue):
        what_if(make.course(), now=now)
    with pytest.raises(InvalidValue):
        what_if(make.job(), now=now, deadlines=[now - timedelta(seconds=1)])


@pytest.mark.django_db
def test_what_comes_to_more_than_can_be_paid_in_is_refused_as_in_a_quote() -> None:
    job, now, wage_micros = make.job(n_tasks=2), timezone.now(), 10**21
    for asked in (quote_job, what_if):
        with pytest.raises(InvalidValue, match="more than can be paid in") as refused:
            asked(job, now=now, wage_micros=wage_micros)
        assert refused.value.field == "job"


@pytest.mark.django_db
def test_many_assets_take_no_more_statements_than_few() -> None:
    few, many = (make.job(n_tasks=n, min_overlap=2, max_overlap=6, target_confidence=0.95) for n in (2, 60))
    now = timezone.now()
    told = []
    for job in (few, few, many, many):  # once before, for what is counted once of a snapshot
        job.refresh_from_db()  # and forgets what belongs to it
        with CaptureQueriesContext(connection) as seen:
            grid = what_if(job, now=now, deadlines=[None, now + timedelta(seconds=60), now + timedelta(days=7)])
        told.append(len(seen))
    assert told[1] == told[3]
    assert grid.n_tasks == 60
    assert len(grid.cells) == 12
    assert max(cell.rush for cell in grid.cells) > Decimal(0)


@pytest.mark.django_db
def test_nothing_is_priced_in_another_currency_than_the_job_is_in() -> None:
    add_card(our_next_card() | {"currency": "EUR"}, added_by_id=None, now=timezone.now())
    for currency in ("USD", "EUR"):
        assert what_if(make.job(currency=currency), now=timezone.now()).currency == currency
    with pytest.raises(InvalidValue) as refused:
        what_if(make.job(currency="JPY"), now=timezone.now())
    assert (refused.value.field, refused.value.data["allowed"]) == ("currency", ["EUR", "USD"])
