"""Books over HTTP: invoices, statements, payouts and their files, totals, reconciliation."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from labeling.models import CloseReason
from labeling.services import close_job
from marketplace.accounts.models import User
from marketplace.accounts.services import forget_payout_destination
from marketplace.ledger.models import AccountKind, Payout
from marketplace.ledger.services import send_payouts
from marketplace.orders.models import Order
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.ledger.purses import give, held, payee, payout
from tests.orders import flow

TODAY = datetime.now(tz=UTC).date()


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


@pytest.fixture
def staff(client_of: ClientFactory) -> JsonClient:
    person = make.user()
    person.is_staff = True
    person.save()
    return client_of(person)


def _settled(cast: Cast) -> Order:
    job = make.published_job(home=cast.home, n_tasks=3, min_overlap=1, max_overlap=1)
    flow.answer_all(job)
    close_job(job.pk, reason=CloseReason.COMPLETED)
    flow.run_to_rest()
    return Order.objects.get(job=job)


def _rows(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; ")
    return list(csv.DictReader(io.StringIO(b"".join(response).decode(), newline="")))


def _ask(client: JsonClient, key: str | None = None, **body: Any) -> Any:
    return client.post("/api/v1/payouts", body, headers=with_key(key))


# --- invoices -------------------------------------------------------------------------------------------------------
def test_an_invoice_is_listed_shown_printed_and_tabled(owner: JsonClient, cast: Cast) -> None:
    order = _settled(cast)
    [invoice] = body_of(owner.get("/api/v1/invoices", {"order": str(order.pk)}))["items"]
    assert invoice["order"] == str(order.pk)
    told = [
        (line["kind"], line["description"], line["quantity"], line["exact"], line["amount"])
        for line in invoice["lines"]
    ]
    assert told == [("labour", "Answers", 3, "0.051", "0.05"), ("fee", "Platform fee", None, "0.01", "0.01")]
    assert (invoice["total"], invoice["exact"], invoice["rounding"]) == ("0.06", "0.061", "-0.001")
    url = f"/api/v1/invoices/{invoice['id']}"
    assert body_of(owner.get(url)) == invoice
    page = owner.get(f"{url}/pdf")
    assert (page.status_code, page["Content-Type"]) == (200, "application/pdf")
    assert page["Content-Disposition"] == f'attachment; filename="{invoice["number"]}.pdf"'
    assert page.content.startswith(b"%PDF-")
    rows = _rows(owner.get(f"{url}/csv"))
    assert [(row["kind"], row["exact"], row["amount"], row["currency"]) for row in rows] == [
        ("labour", "0.051", "0.05", "USD"),
        ("fee", "0.01", "0.01", "USD"),
    ]


def test_invoices_are_told_apart_by_organization_and_strangers_see_none(
    owner: JsonClient, cast: Cast, client_of: ClientFactory
) -> None:
    _settled(cast)
    stranger = client_of(cast.stranger)
    assert body_of(stranger.get("/api/v1/invoices"))["items"] == []
    assert len(body_of(owner.get("/api/v1/invoices", {"organization": str(cast.home.pk)}))["items"]) == 1
    assert body_of(owner.get("/api/v1/invoices", {"organization": str(uuid4())}))["items"] == []
    problem_of(owner.get("/api/v1/invoices", {"order": "x"}), 400, "invalid_parameter", "order")


# --- statements -----------------------------------------------------------------------------------------------------
def test_statements_of_both_sides_show_the_same_pay(owner: JsonClient, cast: Cast, client_of: ClientFactory) -> None:
    order = _settled(cast)
    client = body_of(owner.get(f"/api/v1/organizations/{cast.home.pk}/statement"))
    assert client["spent"] == {"fee": "0.01", "pay": "0.051", "rounding": "-0.001"}
    assert client["spent_total"] == "0.06"
    worker = order.job.assignments.get(task__ordinal=1).worker
    own = body_of(
        client_of(worker).get("/api/v1/statement", {"from": f"{TODAY.year}-01-01", "to": f"{TODAY.year + 1}-01-01"})
    )
    [job] = own["jobs"]
    assert (job["job"], job["answers_paid"], job["total"]) == (str(order.job_id), 3, "0.051")
    assert own["closing"] == "0.051"


def test_a_statement_s_table_has_a_line_for_every_movement_with_the_balance_after_it(
    owner: JsonClient, cast: Cast
) -> None:
    order = _settled(cast)
    rows = _rows(owner.get(f"/api/v1/organizations/{cast.home.pk}/statement/csv"))
    assert [row["kind"] for row in rows] == ["deposit", "fund", "refund"]
    assert {row["order"] for row in rows[1:]} == {str(order.pk)}
    assert (
        rows[-1]["balance"]
        == body_of(owner.get(f"/api/v1/organizations/{cast.home.pk}/balance"))["items"][0]["balance"]
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2031-01-02", "to": "2031-01-01"}, "to"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_a_statement_of_no_period_is_refused(client_of: ClientFactory, query: dict[str, str], field: str) -> None:
    client = client_of(make.user())
    for url in ("/api/v1/statement", "/api/v1/statement/csv"):
        problem_of(client.get(url, query), 400, "invalid_parameter", field)


# --- payouts --------------------------------------------------------------------------------------------------------
def test_a_worker_asks_for_a_payout_and_the_same_key_asks_once(client_of: ClientFactory) -> None:
    worker = payee(micros=5_019_999)
    client = client_of(worker)
    first = _ask(client, "pay-me")
    told = body_of(first, 201)
    assert (told["state"], told["amount"], told["currency"]) == ("requested", "5.01", "USD")
    again = _ask(client, "pay-me")
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    problem_of(_ask(client, "pay-me", amount="2.00"), 422, "idempotency_key_reused")
    assert Payout.objects.count() == 1
    assert body_of(client.get("/api/v1/payouts"))["items"] == [told]
    assert body_of(client.get(f"/api/v1/payouts/{told['id']}")) == told
    assert body_of(client.get("/api/v1/payouts", {"state": "paid"}))["items"] == []
    assert body_of(client.get("/api/v1/balance"))["items"] == [{"currency": "USD", "balance": "0.009999"}]


def test_what_keeps_a_payout_back_is_said(client_of: ClientFactory) -> None:
    worker = payee(micros=500_000)
    client = client_of(worker)
    with nothing_written():
        problem_of(_ask(client), 409, "below_minimum")
    give(AccountKind.WORKER, worker.pk, micros=5_000_000)
    problem_of(_ask(client, amount="1.005"), 400, "amount_not_payable", "amount")
    problem_of(_ask(client, amount="9.00"), 409, "insufficient_funds")
    problem_of(_ask(client, currency="XXX"), 400, "invalid", "currency")
    body_of(_ask(client, amount="1.00"), 201)
    problem_of(_ask(client, amount="1.00"), 409, "payout_underway")
    forget_payout_destination(worker.pk)
    problem_of(_ask(client, amount="1.00"), 409, "no_payout_destination")
    problem_of(client.post("/api/v1/payouts", {}), 400, "idempotency_key_required")


def test_a_destination_is_named_shown_and_forgotten_and_waits_a_day(client_of: ClientFactory) -> None:
    worker = make.worker()
    give(AccountKind.WORKER, worker.pk, micros=5_000_000)
    client = client_of(worker)
    assert body_of(client.put("/api/v1/payout-destination", {"reference": "acct_9"}))["reference"] == "acct_9"
    assert body_of(client.get("/api/v1/payout-destination"))["reference"] == "acct_9"
    refused = problem_of(_ask(client), 409, "destination_too_new")
    assert refused["usable_from"].endswith("Z")
    for reference in ("=cmd", "a b", "DE89 3704", "x" * 101, 7, None):
        answer = client.put("/api/v1/payout-destination", {"reference": reference})
        assert (answer.status_code, answer.json()["field"]) == (400, "reference")
    assert client.delete("/api/v1/payout-destination").status_code == 204
    problem_of(client.get("/api/v1/payout-destination"), 404, "not_found")


def test_a_payout_file_is_for_staff_alone(staff: JsonClient, client_of: ClientFactory) -> None:
    asked = payout()
    [file] = send_payouts()
    [told] = body_of(staff.get("/api/v1/payout-files"))["items"]
    assert (told["id"], told["n_payouts"], told["total"], told["sha256"]) == (str(file.pk), 1, "5.00", file.sha256)
    content = staff.get(f"/api/v1/payout-files/{file.pk}/content")
    assert content.content.decode() == (f"payout_id,destination,amount,currency\r\n{asked.pk},acct_1,5.00,USD\r\n")
    worker = client_of(User.objects.get(pk=asked.worker_id))
    for url in ("payout-files", f"payout-files/{file.pk}/content", "reconciliation", "tax-totals/everybody/csv"):
        problem_of(worker.get(f"/api/v1/{url}"), 404, "not_found")


# --- totals and reconciliation --------------------------------------------------------------------------------------
def test_a_worker_sees_the_own_year_and_staff_sees_everybody_s(staff: JsonClient, client_of: ClientFactory) -> None:
    one, other = payee(micros=5_000_000), payee(micros=3_000_000, currency="EUR")
    [own] = body_of(client_of(one).get("/api/v1/tax-totals"))["items"]
    assert own == {
        "worker": str(one.pk),
        "year": TODAY.year,
        "currency": "USD",
        "by_kind": {"bonus": "5.00"},
        "earned": "5.00",
        "paid_out": "0.00",
    }
    everybody = body_of(staff.get("/api/v1/tax-totals/everybody"))
    assert {total["worker"] for total in everybody["items"]} == {str(one.pk), str(other.pk)}
    assert everybody["next"] is None
    first = min(one.pk, other.pk)
    after = body_of(staff.get("/api/v1/tax-totals/everybody", {"after": str(first)}))["items"]
    assert {total["worker"] for total in after} == {str(max(one.pk, other.pk))}
    rows = _rows(staff.get("/api/v1/tax-totals/everybody/csv", {"year": TODAY.year}))
    assert {(row["worker"], row["earned"]) for row in rows} == {(str(one.pk), "5.00"), (str(other.pk), "3.00")}
    assert body_of(staff.get("/api/v1/tax-totals/everybody", {"year": "2001"}))["items"] == []
    for year in ("31", "x", "0000", "99999"):
        problem_of(staff.get("/api/v1/tax-totals/everybody", {"year": year}), 400, "invalid_parameter", "year")


def test_staff_is_told_whether_the_books_agree(staff: JsonClient, cast: Cast) -> None:
    _settled(cast)
    payout()
    told = body_of(staff.get("/api/v1/reconciliation"))
    assert told["agrees"] is True
    assert told["transit"] == [{"currency": "USD", "n_requested": 1, "requested": "5.00", "n_sent": 0, "sent": "0.00"}]
    assert all(check["n_differences"] == 0 for check in told["checks"])


def test_a_deposit_in_yen_is_whole_yen(owner: JsonClient, cast: Cast) -> None:
    body = {"organization": cast.home.pk, "amount": "100.5", "currency": "JPY"}
    problem_of(owner.post("/api/v1/deposits", body, headers=with_key()), 400, "amount_not_payable", "amount")
    body["amount"] = "100"
    body_of(owner.post("/api/v1/deposits", body, headers=with_key()), 201)
    assert held(AccountKind.PREPAID, cast.home.pk, currency="JPY") == 100_000_000
