"""The least wage: a document, kept by every quote and publication wherever the job's workers may be."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from labeling.errors import NotOffered
from labeling.models import LabelingJob
from labeling.services import claim_tasks
from marketplace.accounts.core.countries import COUNTRIES
from marketplace.accounts.models import User, WorkerProfile
from marketplace.orders.models import PayRecord
from marketplace.orders.services import OrderTerms, create_order, publish_order, quote_order
from pricing.adapters import wage_floors
from pricing.core.floors import NOWHERE, hourly, least_pay, read_floors
from pricing.errors import InvalidValue, UnknownField, WageTooLow
from pricing.models import Quote
from tests import make
from tests.orders.timing import crowd_of

DOCUMENT = {
    "schema": 1,
    "id": "wage-floors",
    "version": "test",
    "valid_from": "2026-01-01",
    "currency": "USD",
    "default": {"per_hour": "8.00", "source": "ours", "assumed": True},
    "countries": {
        "CH": {"per_hour": "25.00", "source": "ours", "assumed": True},
        "NL": {"per_hour": "16.00", "source": "ours", "assumed": True},
        "KE": {"per_hour": "3.00", "source": "ours", "assumed": True},
    },
}


@pytest.fixture(autouse=True)
def _least_wages(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    path.write_text(json.dumps(DOCUMENT))
    settings.WAGE_FLOORS_FILE = path


def _worker(country: str) -> User:
    made = make.worker()
    WorkerProfile.objects.filter(pk=made.pk).update(country=country)
    return made


def _quoted(*, countries: tuple[str, ...] = (), wage_micros: int | None = None) -> Quote:
    order = make.order(terms=OrderTerms(countries=countries, wage_micros=wage_micros))
    assert order.quote is not None
    return order.quote


def test_the_document_that_comes_with_the_package_says_where_each_figure_is_from(settings: Settings) -> None:
    settings.WAGE_FLOORS_FILE = None
    floors = wage_floors()["USD"]
    assert floors.default is not None
    assert (floors.currency, floors.default.micros, floors.default.assumed) == ("USD", 8_000_000, False)
    assert all(floor.source and floor.micros >= floors.default.micros for floor in floors.by_country.values())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": 2}, "schema"),
        ({"colour": "red"}, "colour"),
        ({"countries": {"ZZ": DOCUMENT["default"]}}, "countries.ZZ"),
        ({"countries": {"NL": {"per_hour": 16.5, "source": "x", "assumed": True}}}, "countries.NL.per_hour"),
        ({"default": {"per_hour": "0", "source": "x", "assumed": True}}, "default.per_hour"),
        ({"default": None, "countries": {}}, "countries"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_by_the_name_of_its_member(
    change: dict[str, object], field: str
) -> None:
    with pytest.raises((InvalidValue, UnknownField)) as refused:
        read_floors(DOCUMENT | change)
    assert refused.value.field == field


def test_without_a_default_only_the_countries_named_have_a_least_wage() -> None:
    floors = read_floors(DOCUMENT | {"default": None})
    assert floors.unknown(["NL", "FR", "CH"]) == ["FR"]
    assert floors.highest(["NL", "FR"])[0] == "NL"
    assert floors.highest([])[0] == "KE"  # below that the work could be offered to nobody
    assert COUNTRIES - floors.underpaid(17_000_000) == {"NL", "KE"}
    assert NOWHERE in floors.underpaid(10**12)


def test_the_least_wages_of_the_package_in_euros_and_pounds_are_for_one_country_each(settings: Settings) -> None:
    settings.WAGE_FLOORS_FILE = None
    known = wage_floors()
    assert {currency: (floors.default, sorted(floors.by_country)) for currency, floors in known.items()} == {
        "EUR": (None, ["DE"]),
        "GBP": (None, ["GB"]),
        "USD": (known["USD"].default, ["DE", "GB"]),
    }


@given(wage=st.integers(1, 10**9), ms=st.integers(1, 10**7))
def test_the_least_pay_is_just_enough(wage: int, ms: int) -> None:
    pay = least_pay(wage, per_ms=Decimal(ms))
    assert hourly(pay, per_ms=Decimal(ms)) >= wage
    assert pay == 1 or hourly(pay - 1, per_ms=Decimal(ms)) < wage


@pytest.mark.django_db
class TestQuoting:
    def test_a_wage_below_the_least_of_a_country_named_is_refused_with_the_one_that_would_do(self) -> None:
        with pytest.raises(WageTooLow) as refused, transaction.atomic():
            _quoted(countries=("KE", "NL"))
        assert refused.value.field == "wage_per_hour"
        assert refused.value.data["least_wage"] == "16.00"
        assert refused.value.data["country"] == "NL"
        assert _quoted(countries=("KE", "NL"), wage_micros=16_000_000).pay_micros == 23_000

    def test_the_default_is_kept_where_no_country_is_named(self) -> None:
        with pytest.raises(WageTooLow) as refused, transaction.atomic():
            _quoted(wage_micros=7_990_000)
        assert refused.value.data["least_wage"] == "8.00"
        assert _quoted(wage_micros=8_000_000).pay_micros == 12_000

    def test_a_lower_least_wage_is_enough_only_where_its_country_is_named(self) -> None:
        # The rate card has a least of its own, which no wage goes below.
        assert _quoted(countries=("KE",), wage_micros=3_000_000).pay_micros == 12_000

    def test_a_private_workforce_brings_its_own_countries(self) -> None:
        home = make.organization()
        member = make.worker(home)
        WorkerProfile.objects.filter(pk=member.pk).update(country="CH")
        drafted = make.job(home=home, workforce="private")
        order = create_order(drafted, created_by_id=drafted.created_by_id)
        with pytest.raises(WageTooLow) as refused, transaction.atomic():
            quote_order(order.pk)
        assert refused.value.data["least_wage"] == "25.00"

    def test_work_that_was_measured_to_take_longer_is_quoted_by_that(self) -> None:
        first = make.published_job(n_tasks=3, min_overlap=6, max_overlap=6)
        crowd_of(first, [10.2] * 5)
        from marketplace.orders.services import check_pay

        check_pay(first.pk)
        assert PayRecord.objects.get(order__job=first).paces
        again = make.job(words=first.ontology)
        order = create_order(again, created_by_id=again.created_by_id)
        with pytest.raises(WageTooLow) as refused, transaction.atomic():  # 6.00 an hour
            quote_order(order.pk)
        least = refused.value.data
        assert (least["least_pay_per_answer"], least["country"]) == ("0.022667", None)
        terms = OrderTerms(wage_micros=int(Decimal(least["least_wage"]) * 1_000_000))
        order.delete()
        raised = create_order(again, created_by_id=again.created_by_id, terms=terms)
        quote = quote_order(raised.pk).quote
        assert quote is not None
        assert hourly(quote.pay_micros, per_ms=Decimal(10_200)) >= 8_000_000


@pytest.mark.django_db
class TestPublishing:
    def test_a_job_is_not_offered_where_it_pays_less_than_the_least(self) -> None:
        job = make.published_job()
        assert (job.open_to, job.closed_to) == (None, ["CH", "NL"])
        assert claim_tasks(job.pk, _worker("").pk, limit=1)
        assert claim_tasks(job.pk, _worker("FR").pk, limit=1)
        with pytest.raises(NotOffered) as refused, transaction.atomic():
            claim_tasks(job.pk, _worker("NL").pk, limit=1)
        assert refused.value.data["country"] == "NL"
        listed = LabelingJob.objects.filter(pk=job.pk)
        assert listed.offered_to(_worker("FR")).exists()
        assert listed.offered_to(_worker("")).exists()
        assert not listed.offered_to(_worker("NL")).exists()

    def test_a_job_for_some_countries_is_for_nobody_else(self) -> None:
        job = make.published_job(terms=OrderTerms(countries=("NL",), wage_micros=16_000_000))
        assert claim_tasks(job.pk, _worker("NL").pk, limit=1)
        listed = LabelingJob.objects.filter(pk=job.pk)
        assert listed.offered_to(_worker("NL")).exists()
        for country in ("", "FR"):
            assert not listed.offered_to(_worker(country)).exists()
            with pytest.raises(NotOffered), transaction.atomic():
                claim_tasks(job.pk, _worker(country).pk, limit=1)

    def test_a_least_wage_that_rose_since_the_order_was_funded_stops_the_publication(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        order = make.funded_order()
        risen = tmp_path / "risen.json"
        risen.write_text(json.dumps(DOCUMENT | {"default": {"per_hour": "12.50", "source": "x", "assumed": True}}))
        settings.WAGE_FLOORS_FILE = risen
        with pytest.raises(WageTooLow) as refused, transaction.atomic():
            publish_order(order.pk, requested_by_id=order.created_by_id)
        assert refused.value.data["least_wage"] == "12.50"
