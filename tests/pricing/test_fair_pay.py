"""Volume, discounts and speed never lower what a worker is paid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.operations.adapters import database_now
from pricing.core.drivers import Drivers
from pricing.core.quote import Price, QuoteInput, price
from pricing.services import quote_job
from tests import make
from tests.pricing.rates import RATES

SECONDS = st.decimals("0.1", "6000", places=1)
COUNTS = st.integers(1, 3_000_000)
RUSH = st.decimals("0", "3", places=2)
FIELDS = st.sampled_from([None, *RATES.expertise])


def _price(seconds: Decimal, n_assets: int, *, used: int = 0, rush: Decimal, field: str | None) -> Price:
    asked = QuoteInput(
        n_assets=n_assets,
        n_gold=0,
        n_aided=n_assets // 2,
        effort_s=seconds,
        aided_effort_s=seconds / 3,
        review_effort_s=seconds / 4,
        review_share=Decimal("0.5"),
        units_per_asset=Decimal(1),
        min_overlap=1,
        max_overlap=3,
        target_confidence=Decimal("0.9"),
        used_units=used,
        rush=rush,
        expertise=field,
    )
    return price(asked, RATES)


def _pays(priced: Price) -> tuple[int, int, int]:
    return priced.pay_micros, priced.aided_pay_micros, priced.review_pay_micros


@given(seconds=SECONDS, few=st.integers(2, 1_000), many=COUNTS, used=COUNTS, rush=RUSH, field=FIELDS)
def test_volume_changes_no_pay(
    seconds: Decimal, few: int, many: int, used: int, rush: Decimal, field: str | None
) -> None:
    alone = _price(seconds, few, rush=rush, field=field)
    among_many = _price(seconds, few + many, used=used, rush=rush, field=field)
    assert _pays(alone) == _pays(among_many)
    assert among_many.fee_ppm <= alone.fee_ppm


@given(seconds=SECONDS, rush=RUSH, more=RUSH, field=FIELDS)
def test_rush_reaches_workers_in_full(seconds: Decimal, rush: Decimal, more: Decimal, field: str | None) -> None:
    calm = _price(seconds, 10, rush=Decimal(0), field=field)
    hurried = _price(seconds, 10, rush=rush, field=field)
    hurrying_more = _price(seconds, 10, rush=rush + more, field=field)
    for before, now, then in zip(_pays(calm), _pays(hurried), _pays(hurrying_more), strict=True):
        assert now >= before * (1 + rush)
        assert then >= now


@pytest.mark.django_db
@pytest.mark.parametrize("turnaround", [each.name for each in RATES.turnarounds])
def test_a_quote_of_much_work_at_any_speed_pays_no_less_than_one_of_little_without(turnaround: str) -> None:
    job = make.job()
    usual = quote_job(job, now=database_now())
    asked = Drivers(turnaround=turnaround)
    among_many = quote_job(job, now=database_now(), drivers=asked, used_units=900_000)
    rush = RATES.rush_named(turnaround)
    assert among_many.pay_micros >= usual.pay_micros * (1 + rush)
    assert among_many.fee_ppm < usual.fee_ppm
