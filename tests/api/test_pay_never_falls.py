"""From quote to publication over HTTP: volume and speed lower no pay, and nothing in between undercuts the floor."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from labeling.models import LabelingJob, Task
from marketplace.accounts.models import Organization, Role, User, WorkerProfile
from marketplace.operations.core.money import MICROS
from marketplace.orders.models import Order
from marketplace.orders.services import fund_order, run_publish
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.pricing.rates import RATES

pytestmark = pytest.mark.django_db

SPEED = st.one_of(
    st.builds(lambda rush: {"rush": str(rush)}, st.decimals("0", "3", places=2)),
    st.builds(lambda name: {"turnaround": name}, st.sampled_from([each.name for each in RATES.turnarounds])),
)
WAGES = st.one_of(st.none(), st.decimals("8", "120", places=2).map(str))
FIELDS = st.sampled_from([None, *sorted(RATES.expertise)])
WORK = st.sampled_from(
    [
        {"annotation_type": "image_classification"},
        {"annotation_type": "bounding_box", "units_per_asset": 7.3},
        {"annotation_type": "polygon", "units_per_asset": 1.9, "review_share": 0.5},
    ]
)
FLOORS: dict[str, Any] = {
    "schema": 1,
    "id": "wage-floors",
    "version": "test",
    "valid_from": "2026-01-01",
    "currency": "USD",
    "default": {"per_hour": "8.00", "source": "ours", "assumed": True},
    "countries": {},
}


# --- volume and speed -----------------------------------------------------------------------------------------------
def test_neither_volume_nor_speed_lowers_what_a_task_pays(client_of: ClientFactory) -> None:
    small, large = make.organization("Small"), make.organization("Large")
    for field in RATES.expertise:
        if field != "general":
            make.known_for(field)
    _order_much(large)
    clients = {home.pk: client_of(make.owner_of(home)) for home in (small, large)}

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(work=WORK, speed=SPEED, wage=WAGES, field=FIELDS, n_more=st.integers(0, 6))
    def attack(work: dict[str, Any], speed: dict[str, str], wage: str | None, field: str | None, n_more: int) -> None:
        said = {} if field is None else {"expertise": field}
        calm = _quoted(clients[small.pk], make.job(n_tasks=1, home=small, **work), wage=wage, drivers=said)
        job = make.job(n_tasks=1 + n_more, home=large, **work)
        hurried = _quoted(clients[large.pk], job, wage=wage, drivers=said | speed)
        rush = Decimal(hurried["quote"]["assumptions"]["rush"])
        assert Decimal(hurried["quote"]["fee_rate"]) < Decimal(calm["quote"]["fee_rate"])
        paid_per_answer = Decimal(hurried["quote"]["pay_per_answer"])
        assert paid_per_answer >= Decimal(calm["quote"]["pay_per_answer"]) * (1 + rush)
        _publish(clients[large.pk], hurried)
        published = LabelingJob.objects.get(pk=job.pk)
        assert set(Task.objects.filter(job=job).values_list("pay_micros", flat=True)) == {paid_per_answer * MICROS}
        reviewed = Order.objects.get(job__organization=small, pk=calm["id"]).quote
        assert reviewed is not None
        assert published.review_pay_micros >= reviewed.review_pay_micros * (1 + rush)

    attack()


# --- the least wage, and what changes between quote and publication -------------------------------------------------
def test_a_least_wage_that_was_raised_meanwhile_keeps_the_order_from_being_published(
    cast: Cast, client_of: ClientFactory, settings: Settings, tmp_path: Path
) -> None:
    owner = client_of(cast.owner)
    orders = [
        _quoted(owner, make.job(home=cast.home), countries=countries, fund=True) for countries in (["NL"], ["FR"], [])
    ]
    _floors(settings, tmp_path, NL="25.00", DE="30.00")
    named, other, any_country = orders
    with nothing_written():
        refused = problem_of(_ask(owner, named, "publish"), 409, "wage_too_low", "wage_per_hour")
    assert (refused["country"], refused["least_wage"]) == ("NL", "25.00")
    _publish(owner, other)
    _publish(owner, any_country)
    for country, status in (("DE", 409), ("FR", 200), ("", 200)):
        answer = client_of(_worker(country)).post(f"/api/v1/jobs/{any_country['job']}/claim", {"limit": 1})
        assert answer.status_code == status, country
    # Nobody is worse off for having tried: the money goes back.
    assert body_of(_ask(owner, named, "cancel"))["state"] == "cancelled"


def test_the_default_raised_meanwhile_keeps_a_job_for_everybody_from_being_published(
    cast: Cast, client_of: ClientFactory, settings: Settings, tmp_path: Path
) -> None:
    owner = client_of(cast.owner)
    order = _quoted(owner, make.job(home=cast.home), fund=True)
    _floors(settings, tmp_path, default="12.01")
    with nothing_written():
        problem_of(_ask(owner, order, "publish"), 409, "wage_too_low", "wage_per_hour")
    _floors(settings, tmp_path, default="12.00")
    _publish(owner, order)


def test_a_private_worker_who_moves_meanwhile_keeps_the_job_from_being_published(
    cast: Cast, client_of: ClientFactory, settings: Settings, tmp_path: Path
) -> None:
    _floors(settings, tmp_path, CH="25.00")
    owner = client_of(cast.owner)
    order = _quoted(owner, make.job(home=cast.home, workforce="private"), fund=True)
    WorkerProfile.objects.filter(pk=cast.worker.pk).update(country="CH")
    with nothing_written():
        refused = problem_of(_ask(owner, order, "publish"), 409, "wage_too_low", "wage_per_hour")
    assert refused["country"] == "CH"
    WorkerProfile.objects.filter(pk=cast.worker.pk).update(country="")
    _publish(owner, order)


def test_who_comes_or_moves_after_publication_is_not_offered_less_than_the_least_wage(
    cast: Cast, client_of: ClientFactory, settings: Settings, tmp_path: Path
) -> None:
    _floors(settings, tmp_path, CH="25.00")
    order = _quoted(client_of(cast.owner), make.job(home=cast.home, workforce="private"), fund=True)
    _publish(client_of(cast.owner), order)
    newcomer = make.user(Role.WORKER, home=cast.home)
    for worker in (newcomer, cast.worker):
        WorkerProfile.objects.filter(pk=worker.pk).update(country="CH")
        claim = client_of(worker).post(f"/api/v1/jobs/{order['job']}/claim", {"limit": 1})
        problem_of(claim, 409, "not_offered")


# --- builders -------------------------------------------------------------------------------------------------------
def _order_much(home: Organization) -> None:
    """Let an organization have funded so much this month that its fee is the lowest."""
    bulk = make.job(home=home, n_tasks=20, annotation_type="bounding_box", units_per_asset=5_000.0, max_overlap=20)
    order = make.order(bulk)
    make.funds(home, micros=10**13)
    assert fund_order(order.pk).state == "funded"


def _quoted(
    client: JsonClient,
    job: LabelingJob,
    *,
    wage: str | None = None,
    drivers: dict[str, str] | None = None,
    countries: list[str] | None = None,
    fund: bool = False,
) -> dict[str, Any]:
    terms = {"job": str(job.pk), "wage_per_hour": wage, "countries": countries or []}
    order = body_of(client.post("/api/v1/orders", terms), 201)
    quoted = body_of(client.post(f"/api/v1/orders/{order['id']}/quote", drivers or {}))
    if fund:
        make.funds(job.organization)
        body_of(_ask(client, quoted, "fund"))
    found: dict[str, Any] = quoted
    return found


def _publish(client: JsonClient, order: dict[str, Any]) -> None:
    if Order.objects.get(pk=order["id"]).state == "quoted":
        body_of(_ask(client, order, "fund"))
    body_of(_ask(client, order, "publish"), 202)
    run_publish(order["id"])
    assert LabelingJob.objects.get(pk=order["job"]).state == "open"


def _ask(client: JsonClient, order: dict[str, Any], action: str) -> Any:
    return client.post(f"/api/v1/orders/{order['id']}/{action}", {}, headers=with_key())


def _worker(country: str) -> User:
    made = make.worker()
    WorkerProfile.objects.filter(pk=made.pk).update(country=country)
    return made


def _floors(settings: Settings, folder: Path, *, default: str = "8.00", **countries: str) -> None:
    """Let the platform ask for these least wages from now on."""
    said = {name: {"per_hour": wage, "source": "ours", "assumed": True} for name, wage in countries.items()}
    document = FLOORS | {"default": FLOORS["default"] | {"per_hour": default}, "countries": said}
    path = folder / f"floors-{len(list(folder.iterdir()))}.json"
    path.write_text(json.dumps(document))
    settings.WAGE_FLOORS_FILE = path
