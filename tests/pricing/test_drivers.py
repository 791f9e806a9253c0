"""What a requester asks for beside the job: lines of the quote, and money that reaches whom it is for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.models import LabelingJob
from marketplace.ledger.models import AccountKind
from marketplace.operations.core.money import MICROS, half_up_cent
from marketplace.orders.models import Order
from marketplace.orders.services import create_order, fund_order, publish_order, quote_order
from pricing.core.drivers import Drivers, read_drivers
from pricing.core.quote import BUDGETS, Price, QuoteInput, price
from pricing.errors import CardError
from pricing.models import Quote
from pricing.services import add_card, quote_job, resplit
from tests import invariants, make
from tests.orders import flow
from tests.pricing.cards_in_service import our_next_card
from tests.pricing.rates import RATES, card

BOXES: dict[str, Any] = {"annotation_type": "bounding_box", "units_per_asset": 5.0, "min_overlap": 2, "max_overlap": 2}


def _quote(drivers: dict[str, Any] | None = None, *, used_units: int = 0, **job_changes: Any) -> Quote:
    job = make.job(**job_changes)
    return quote_job(job, now=timezone.now(), drivers=read_drivers(drivers or {}), used_units=used_units)


def _expected(quote: Quote) -> dict[str, str]:
    return {line["name"]: f"{Decimal(line['expected_micros']) / MICROS:.2f}" for line in quote.lines}


# --- quotes of jobs -------------------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


def test_a_quote_names_the_version_of_the_card_that_its_rates_are_from() -> None:
    quote, ours = _quote(), card("plenum-effort")
    assert (quote.card, quote.card_version, quote.card_sha256) == (ours.id, ours.version, ours.sha256)
    assert quote.assumptions["wage_per_hour"] == "12.00"


def test_every_driver_asked_for_is_a_line() -> None:
    asked = {"turnaround": "express", "expertise": "technical", "integration": {"custom_export_format": 1}}
    quote = _quote(asked, n_tasks=4, review_share=0.5, **BOXES)
    # 4 x 2 x .235 = 1.88, 5 % of it; 2 x .083; technical is 25 an hour, at least: .489 and .171; half as much again for
    # express: .7335, .2565. In all 258.00928; three cents are missing where all lines are rounded down.
    assert _expected(quote) == {
        "labour": "1.88",
        "late_reserve": "0.09",
        "review": "0.17",
        "expertise": "2.31",  # 3.912 + .1956 + .342 - 2.14
        "rush": "2.22",  # half of 4.4496
        "custom_export_format": "250.00",
        "fee": "1.34",  # a fifth of 6.6744, and none of what our own work costs
    }
    assert (quote.pay_micros, quote.review_pay_micros, quote.set_up_micros) == (733_500, 256_500, 250_000_000)
    assert quote.assumptions["rush"] == "0.50"
    assert quote.assumptions["expertise"] == "technical"


def test_senior_reviewers_are_paid_half_as_much_again_and_requesters_nothing() -> None:
    pays = {
        by: _quote(review_share=1.0, reviewed_by=by, **BOXES).review_pay_micros
        for by in ("peer", "senior", "requester")
    }
    assert pays == {"peer": 83_000, "senior": 124_000, "requester": 0}


def test_a_course_pays_its_learners_as_quoted() -> None:
    job = make.job(n_tasks=3, n_gold=3, n_learners=2, purpose="training")
    quote = quote_job(job, now=timezone.now(), drivers=Drivers(rush=Decimal(1)))
    assert (quote.pay_micros, quote.gold_reserve_micros, quote.labour_cap_micros) == (34_000, 210_000, 0)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"rush": "-1"}, "rush"),
        ({"rush": 1e400}, "rush"),
        ({"rush": "11"}, "rush"),
        ({"rush": "0.5", "turnaround": "fast"}, "turnaround"),
        ({"turnaround": "yesterday"}, "turnaround"),
        ({"expertise": "astrology"}, "expertise"),
        ({"integration": {"coffee": 1}}, "integration.coffee"),
        ({"integration": {"api_work": "many"}}, "integration.api_work"),
        ({"integration": "api_work"}, "integration"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_the_card_does_not_offer_is_named_and_no_quote_is_kept(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(CardError) as refused:
        _quote(asked)
    assert refused.value.field == field
    assert not Quote.objects.exists()


# --- the volume of the month ----------------------------------------------------------------------------------------
def test_what_was_used_before_lowers_the_fee_and_not_the_pay() -> None:
    first, later = _quote(n_tasks=4, **BOXES), _quote(n_tasks=4, used_units=2_000_000, **BOXES)
    assert (first.fee_ppm, later.fee_ppm) == (200_000, 100_000)
    assert (first.pay_micros, first.fee_units) == (later.pay_micros, 40)


def test_orders_funded_this_month_are_the_volume_of_the_next() -> None:
    home = make.organization()
    paid = make.funded_order(home=home, n_tasks=4, **BOXES)
    make.order(home=home, **BOXES)  # not funded
    make.funded_order(**BOXES)  # somebody else's
    last_month = make.funded_order(home=home, **BOXES)
    Order.objects.filter(pk=last_month.pk).update(funded_at=timezone.now() - timedelta(days=32))
    assert paid.quote is not None
    next_order = make.order(home=home, **BOXES)
    assert next_order.quote is not None
    assert next_order.quote.assumptions["used_units"] == paid.quote.fee_units == 40


# --- the whole way --------------------------------------------------------------------------------------------------
def test_rush_reaches_the_workers_and_set_up_work_the_platform() -> None:
    job = make.job(n_tasks=10, min_overlap=2, max_overlap=3, target_confidence=0.8)
    order = create_order(job, created_by_id=job.created_by_id)
    asked = Drivers(rush=Decimal("0.25"), integration={"api_work": 2})
    quote = quote_order(order.pk, drivers=asked).quote
    assert quote is not None
    assert quote.pay_micros == 21_250  # .017 and a quarter of it, to the micro-unit
    make.funds(order.organization, micros=quote.cap_micros)
    fund_order(order.pk)
    publish_order(order.pk, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    opened = LabelingJob.objects.get(pk=job.pk)
    assert (opened.pay_micros, opened.answer_budget_micros) == (21_250, 640_000)
    flow.answer_all(opened, n_workers=2)
    flow.run_to_rest()
    order.refresh_from_db()
    # 20 answers; 20 % of .425 = .085, half up .09, and twice 90
    assert (order.state, order.paid_micros, order.fee_micros) == ("settled", 425_000, 180_090_000)
    # The invoice says .43 for the answers: half a cent is on the account of roundings.
    assert order.refunded_micros == quote.cap_micros - 430_000 - 180_090_000
    workers = opened.assignments.values_list("worker", flat=True).distinct()
    assert [flow.balance(AccountKind.WORKER, worker) for worker in workers] == [212_500, 212_500]
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0
    connection.check_constraints()
    assert invariants.broken() == {}


def test_split_again_the_rest_is_paid_on_the_terms_of_its_quote() -> None:
    job = make.job(n_tasks=2, annotation_type="bounding_box")
    order = create_order(job, created_by_id=job.created_by_id)
    make.known_for("technical")
    quoted = quote_order(order.pk, drivers=Drivers(rush=Decimal("0.5"), expertise="technical")).quote
    assert quoted is not None
    make.funds(order.organization)
    fund_order(order.pk)
    publish_order(order.pk, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    add_card(our_next_card(wage_per_hour="30.00"), added_by_id=None, now=timezone.now())  # not for what was agreed
    opened = LabelingJob.objects.get(pk=job.pk)
    resplit(opened, {"strategy": "balanced_batches"})
    assert set(opened.tasks.values_list("pay_micros", flat=True)) == {quoted.pay_micros}


def test_a_new_version_of_the_card_prices_what_is_quoted_from_then_on() -> None:
    job, now = make.job(), timezone.now()
    before = quote_job(job, now=now)
    add_card(our_next_card(wage_per_hour="24.00"), added_by_id=None, now=now)
    add_card(our_next_card(valid_from="2999-01-01") | {"version": "far"}, added_by_id=None, now=now)
    after = quote_job(job, now=now)
    assert (before.pay_micros, before.card_version) == (17_000, "2026-11")
    assert (after.pay_micros, after.card_version) == (34_000, "next")


# --- of every price -------------------------------------------------------------------------------------------------
def _priced(**changes: Any) -> Price:
    subject: dict[str, Any] = {
        "n_assets": 100,
        "n_gold": 0,
        "effort_s": Decimal("70.3"),
        "units_per_asset": Decimal(5),
        "min_overlap": 1,
        "max_overlap": 3,
        "target_confidence": Decimal("0.9"),
        "review_effort_s": Decimal("24.605"),
        "review_share": Decimal("0.25"),
    }
    return price(QuoteInput(**(subject | changes)), RATES)


_asked = st.fixed_dictionaries(
    {
        "n_assets": st.integers(1, 5000),
        "n_gold": st.integers(0, 5),
        "effort_s": st.integers(1, 5000).map(lambda n: Decimal(n) / 10),
        "review_effort_s": st.integers(1, 1000).map(lambda n: Decimal(n) / 10),
        "review_share": st.integers(0, 100).map(lambda n: Decimal(n) / 100),
        "reviewed_by": st.sampled_from(["peer", "senior", "requester"]),
        "rush": st.integers(0, 3000).map(lambda n: Decimal(n) / 1000),
        "expertise": st.sampled_from([None, *sorted(RATES.expertise)]),
        "integration": st.dictionaries(st.sampled_from(sorted(RATES.integration)), st.integers(0, 9)),
        "used_units": st.integers(0, 2_000_000),
    }
)


@given(asked=_asked, data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_price_with_drivers_is_its_lines_and_pays_for_all_that_may_be_bought(
    asked: dict[str, Any], data: st.DataObject
) -> None:
    priced = _priced(**asked)
    assert priced.cap_micros == sum(priced.budgets.values()) + priced.set_up_micros + priced.line("fee").cap_micros
    assert set(priced.budgets) == set(BUDGETS)
    for line in priced.lines:
        assert 0 <= line.expected_micros <= line.cap_micros
        assert isinstance(line.cap_micros, int)
        assert line.cap_micros % 10_000 == line.expected_micros % 10_000 == 0
    assert priced.budgets["labour"] >= priced.pay_micros * asked["n_assets"] * 3
    paid = data.draw(st.integers(0, sum(priced.budgets.values())))
    fee = half_up_cent(Decimal(paid * priced.fee_ppm) / MICROS / MICROS)
    assert paid + fee + priced.set_up_micros <= priced.cap_micros


@given(asked=_asked)
@settings(max_examples=60, deadline=None)
def test_no_driver_lowers_a_price_or_what_people_are_paid(asked: dict[str, Any]) -> None:
    plain = {name: value for name, value in asked.items() if name not in {"rush", "expertise", "integration"}}
    before, after = _priced(**plain), _priced(**asked)
    for name in ("pay_micros", "review_pay_micros", "cap_micros", "expected_micros"):
        assert getattr(after, name) >= getattr(before, name)
    # The rush of an answer is in its pay, in full.
    calm = _priced(**(asked | {"rush": Decimal(0)}))
    assert after.pay_micros >= calm.pay_micros * (1 + asked["rush"])
    assert _priced(**(asked | {"n_assets": asked["n_assets"] * 9})).pay_micros == after.pay_micros
