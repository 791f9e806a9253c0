"""Statements, totals for tax returns and reconciliation: all are read from the entries, and agree with each other."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from labeling.models import CloseReason
from labeling.services import close_job
from marketplace.ledger.core.payout_files import Answer
from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import accounts_for, post_transfer, send_payouts, settle_payouts
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import InvalidParameter
from marketplace.orders.core.periods import Period, period_of
from marketplace.orders.models import Order
from marketplace.orders.services import statements
from marketplace.orders.services.reconcile import reconcile
from marketplace.orders.services.statements import (
    client_movements,
    client_statement,
    worker_movements,
    worker_statement,
)
from marketplace.orders.services.taxes import all_year_totals, year_totals_of
from tests import make
from tests.ledger.purses import give, held, payee, payout
from tests.orders import flow

pytestmark = pytest.mark.django_db


def _around_now() -> Period:
    now = database_now()
    return Period(now - timedelta(minutes=5), now + timedelta(minutes=5))


def _settled(n_tasks: int = 3) -> Order:
    job = make.published_job(n_tasks=n_tasks, min_overlap=1, max_overlap=1)
    flow.answer_all(job)
    close_job(job.pk, reason=CloseReason.COMPLETED)
    flow.run_to_rest()
    return Order.objects.get(job=job)


def test_an_organization_s_statement_closes_with_what_it_has() -> None:
    order = _settled()
    told = client_statement(order.organization_id, currency="USD", period=_around_now())
    assert (told.opening.available_micros, told.opening.held_micros) == (0, 0)
    assert told.closing.available_micros == held(AccountKind.PREPAID, order.organization_id)
    assert told.closing.held_micros == 0
    assert told.held_micros == order.funded_micros
    assert told.released_micros == order.refunded_micros
    assert told.spent["pay"] == order.paid_micros == 51_000
    assert told.spent_micros == (order.paid_micros or 0) + (order.fee_micros or 0) + (order.rounding_micros or 0)
    assert told.deposited_micros - told.spent_micros == told.closing.available_micros


def test_what_is_held_for_a_running_order_is_still_the_organization_s() -> None:
    order = make.funded_order()
    told = client_statement(order.organization_id, currency="USD", period=_around_now())
    assert told.closing.held_micros == order.funded_micros
    assert told.spent == {}
    assert told.closing.available_micros + told.closing.held_micros == told.deposited_micros


def test_a_period_opens_with_what_the_one_before_closed_with() -> None:
    order = _settled()
    now = database_now()
    later = client_statement(order.organization_id, currency="USD", period=Period(now, now + timedelta(days=1)))
    assert later.opening == later.closing
    assert later.opening.available_micros == held(AccountKind.PREPAID, order.organization_id)
    assert (later.deposited_micros, later.spent) == (0, {})


def test_another_currency_is_another_statement() -> None:
    order = _settled()
    told = client_statement(order.organization_id, currency="EUR", period=_around_now())
    assert (told.deposited_micros, told.spent_micros, told.closing.available_micros) == (0, 0, 0)


def test_a_worker_s_statement_names_jobs_bonuses_and_payouts_and_closes_with_the_balance() -> None:
    order = _settled()
    worker = order.job.assignments.get(task__ordinal=1).worker
    prepaid, balance = accounts_for(
        (AccountKind.PREPAID, order.organization_id), (AccountKind.WORKER, worker.pk), currency="USD"
    )
    amounts = {prepaid: -2_000_000, balance: 2_000_000}
    post_transfer(TransferKind.BONUS, reference="bonus:x", amounts=amounts, order_id=order.pk)
    make_payable(worker.pk)
    asked = payout(by=worker)
    told = worker_statement(worker.pk, currency="USD", period=_around_now())
    [job] = told.jobs
    assert (job.job_id, job.n_paid, job.earned) == (order.job_id, 3, {"pay": 51_000, "bonus": 2_000_000})
    assert (told.paid_out_micros, told.given_back_micros) == (asked.amount_micros, 0)
    assert told.closing_micros == held(AccountKind.WORKER, worker.pk) == 1_000
    assert told.opening_micros + told.earned_micros - told.paid_out_micros == told.closing_micros


def make_payable(worker_id: UUID) -> None:
    """Say where the earnings of a worker who is there already go."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_payoutdestination VALUES (%s, 'acct_1', now() - interval '30 days')", [worker_id]
        )


def test_movements_are_read_piece_by_piece_and_run_to_the_balance(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = _settled(n_tasks=5)
    worker = order.job.assignments.get(task__ordinal=1).worker
    monkeypatch.setattr(statements, "PIECE", 2)
    moved = list(worker_movements(worker.pk, currency="USD", period=_around_now()))
    assert [one.amount_micros for one in moved] == [17_000] * 5
    assert [one.balance_micros for one in moved] == [17_000 * n for n in range(1, 6)]
    assert {one.job_id for one in moved} == {order.job_id}
    own = list(client_movements(order.organization_id, currency="USD", period=_around_now()))
    assert [one.kind for one in own] == ["deposit", "fund", "refund"]
    assert own[-1].balance_micros == held(AccountKind.PREPAID, order.organization_id)
    monkeypatch.setattr(statements, "PIECE", 100)
    with django_assert_num_queries(4):  # what was before, one piece, its jobs, and that there is no more
        list(worker_movements(worker.pk, currency="USD", period=_around_now_fixed()))


def _around_now_fixed() -> Period:
    return Period(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "until", "start", "end"),
    [
        (None, None, (2031, 12, 1), (2032, 1, 1)),
        ("2031-01-31", None, (2031, 1, 31), (2031, 2, 1)),
        ("2031-01-01", "2032-01-01", (2031, 1, 1), (2032, 1, 1)),
    ],
)
def test_a_period_is_whole_days_and_this_month_unless_told(
    first: str | None, until: str | None, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    period = period_of(first, until, now=datetime(2031, 12, 24, 18, tzinfo=UTC))
    assert (period.start, period.end) == (datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "until", "field"),
    [
        ("2031-02-30", None, "from"),
        ("20310201", None, "from"),
        ("1999-01-01", None, "from"),
        ("٢٠٣١-01-01", None, "from"),
        ("2031-01-02", "2031-01-02", "to"),
        ("2031-01-02", "x" * 1000, "to"),
        ("9999-12-01", None, "from"),
    ],
)
def test_other_than_days_in_order_are_no_period(first: str, until: str | None, field: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        period_of(first, until, now=datetime(2031, 12, 24, tzinfo=UTC))
    assert refused.value.field == field


def test_a_year_s_totals_count_corrections_as_what_they_correct_and_payouts_as_they_arrive() -> None:
    worker, other = payee(micros=5_000_000), payee(micros=3_000_000, currency="EUR")
    asked = payout(by=worker)
    send_payouts()
    year = database_now().year
    [before] = year_totals_of(worker.pk, year=year)
    assert (before.earned, before.paid_out_micros) == ({"bonus": 5_000_000}, 0)
    settle_payouts([Answer(asked.pk, True, 5_000_000, "USD", "po", "", 2)])
    [after] = year_totals_of(worker.pk, year=year)
    assert after.paid_out_micros == 5_000_000
    assert {(total.worker_id, total.currency, total.earned_micros) for total in all_year_totals(year)} == {
        (worker.pk, "USD", 5_000_000),
        (other.pk, "EUR", 3_000_000),
    }
    assert year_totals_of(worker.pk, year=year - 1) == []


def test_books_that_agree_are_said_to_agree(capsys: pytest.CaptureFixture[str]) -> None:
    _settled()
    asked, _ = payout(), payout(currency="EUR")
    send_payouts()
    settle_payouts([Answer(asked.pk, True, asked.amount_micros, "USD", "po", "", 2)])
    found = reconcile()
    assert [check for check in found.checks if check.n_differences] == []
    assert found.agrees
    call_command("reconcile")
    told = capsys.readouterr().out
    assert "All books agree." in told
    assert "EUR: 0 payouts of 0.00 requested, 1 of 5.00 in transit" in told


# What is broken is broken by hand, with the triggers away: so that each check is seen to see.
BREAKS = {
    "balances are the sums of their entries": (
        "ledger_account",
        "UPDATE ledger_account SET balance_micros = balance_micros + 1 WHERE kind = 'fee'",
    ),
    "each currency sums to zero": (
        "ledger_account",
        "UPDATE ledger_account SET balance_micros = balance_micros + 1 WHERE kind = 'fee'",
    ),
    "every transfer sums to zero in one currency": (
        "ledger_entry",
        "UPDATE ledger_entry SET amount_micros = amount_micros + 1 WHERE id = (SELECT max(id) FROM ledger_entry)",
    ),
    "settled and cancelled orders hold no escrow": (
        "ledger_account",
        "UPDATE ledger_account SET balance_micros = 7 WHERE kind = 'escrow'",
    ),
    "settled orders were invoiced what they spent": (
        "ledger_invoice",
        "UPDATE ledger_invoice SET exact_micros = exact_micros + 1, total_micros = total_micros + 1",
    ),
    "the rounding account holds what invoices were rounded by": (
        "ledger_invoice",
        "UPDATE ledger_invoice SET total_micros = total_micros + 10000",
    ),
    "invoices are numbered without gaps": ("ledger_invoice", "UPDATE ledger_invoice SET number = number + 1"),
    "invoices are sealed as they were issued": ("ledger_invoice", "UPDATE ledger_invoice SET subject = 'Dogs'"),
    "an order's money is in its own currency": ("ledger_entry", "UPDATE orders_order SET currency = 'EUR'"),
    "sent payouts are in transit, file by file": (
        "ledger_payout",
        "UPDATE ledger_payout SET amount_micros = amount_micros + 10000",
    ),
    "requested payouts wait in their own accounts": (
        "ledger_payout",
        "UPDATE ledger_payout SET state = 'requested', file_id = NULL, sent_at = NULL",
    ),
    "payouts that arrived left the ledger": (
        "ledger_payout",
        "UPDATE ledger_payout SET state = 'paid', settled_at = now()",
    ),
}


@pytest.mark.parametrize("check", sorted(BREAKS))
def test_books_that_differ_are_named_and_the_command_fails(check: str, capsys: pytest.CaptureFixture[str]) -> None:
    _settled()
    payout()
    send_payouts()
    connection.check_constraints()
    table, statement = BREAKS[check]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
    found = {one.name: one for one in reconcile().checks}
    assert found[check].n_differences >= 1
    assert found[check].differences
    with pytest.raises(SystemExit) as left:
        call_command("reconcile", "--json")
    assert left.value.code == 1
    assert json.loads(capsys.readouterr().out)["agrees"] is False


def test_a_payout_file_that_somebody_changed_is_named() -> None:
    payout()
    [file] = send_payouts()
    default_storage.delete(file.storage_name)
    default_storage.save(file.storage_name, ContentFile(b"payout_id,destination,amount,currency\r\n"))
    differing = [check for check in reconcile().checks if check.n_differences]
    assert [(check.name, check.differences) for check in differing] == [
        ("payout files are what was handed over", (f"{file.storage_name} was changed",))
    ]


def test_money_from_nowhere_is_not_earned() -> None:
    give(AccountKind.PREPAID, make.organization().pk, micros=1)
    assert list(all_year_totals(database_now().year)) == []
