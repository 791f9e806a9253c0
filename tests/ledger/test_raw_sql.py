"""Around the services, by SQL: the database itself keeps the books."""

from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.ledger.core.invoicing import Charge
from marketplace.ledger.core.payout_files import Answer
from marketplace.ledger.models import Account, AccountKind, Invoice, InvoiceLine, TransferKind
from marketplace.ledger.services import (
    Charged,
    account_for,
    deposit,
    issue_invoice,
    post_transfer,
    send_payouts,
    settle_payouts,
)
from marketplace.operations.core.ids import new_id
from tests import make
from tests.ledger.purses import payout

NEW_TRANSFER = "INSERT INTO ledger_transfer (id, kind, reference, created_at) VALUES (%s, 'pay', %s, now())"
NEW_ENTRY = "INSERT INTO ledger_entry (transfer_id, account_id, currency, amount_micros) VALUES (%s, %s, %s, %s)"


def _execute(statement: str, *values: str | int | UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _purse(currency: str = "USD", *, holding: int = 50_000_000) -> Account:
    home = new_id()
    deposit(home, micros=holding, currency=currency, reference=str(home))
    return account_for(AccountKind.PREPAID, home, currency)


def _worker(currency: str = "USD") -> Account:
    return account_for(AccountKind.WORKER, new_id(), currency)


def _held(account: Account) -> int:
    return Account.objects.values_list("balance_micros", flat=True).get(pk=account.pk)


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_does_not_balance_is_refused() -> None:
    source, target = _purse(), _worker()
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        transfer = new_id()
        _execute(NEW_TRANSFER, transfer, "raw")
        _execute(NEW_ENTRY, transfer, source.pk, "USD", -30)
        _execute(NEW_ENTRY, transfer, target.pk, "USD", 29)
    assert (_held(source), _held(target)) == (50_000_000, 0)


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_mixes_currencies_is_refused_though_each_sums_to_zero() -> None:
    dollars, euros = _purse(), _purse("EUR")
    with pytest.raises(IntegrityError, match="mixes currencies"), transaction.atomic():
        transfer = new_id()
        _execute(NEW_TRANSFER, transfer, "raw")
        for source, currency in ((dollars, "USD"), (euros, "EUR")):
            _execute(NEW_ENTRY, transfer, source.pk, currency, -30)
            _execute(NEW_ENTRY, transfer, _worker(currency).pk, currency, 30)


@pytest.mark.django_db(transaction=True)
def test_a_committed_transfer_takes_no_more_entries_even_balanced_ones() -> None:
    source, target = _purse(), _worker()
    moved = post_transfer(TransferKind.PAY, reference="r", amounts={source: -30, target: 30})
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        _execute(NEW_ENTRY, moved.pk, source.pk, "USD", -5)
        _execute(NEW_ENTRY, moved.pk, target.pk, "USD", 5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_account SET balance_micros = balance_micros + 1 WHERE id = %s",
        "UPDATE ledger_account SET currency = 'EUR' WHERE id = %s",
        "UPDATE ledger_account SET owner_id = gen_random_uuid() WHERE id = %s",
        "UPDATE ledger_account SET kind = 'worker' WHERE id = %s",
        "DELETE FROM ledger_account WHERE id = %s",
    ],
)
def test_nobody_writes_a_balance_or_an_owner_by_hand(statement: str) -> None:
    purse = _purse()
    with pytest.raises(IntegrityError, match="kept by its entries"), transaction.atomic():
        _execute(statement, purse.pk)


@pytest.mark.django_db
def test_a_trigger_of_somebody_else_writes_no_balance_either() -> None:
    purse = _purse()
    _execute("CREATE TEMP TABLE door (id bigint)")
    _execute(
        """CREATE FUNCTION pg_temp.step_in() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               UPDATE ledger_account SET balance_micros = balance_micros + 1 WHERE id = NEW.id;
               RETURN NULL;
           END $$"""
    )
    _execute("CREATE TRIGGER step_in AFTER INSERT ON door FOR EACH ROW EXECUTE FUNCTION pg_temp.step_in()")
    with pytest.raises(IntegrityError, match="kept by its entries"), transaction.atomic():
        _execute("INSERT INTO door VALUES (%s)", purse.pk)


@pytest.mark.django_db
def test_no_entry_counts_twice() -> None:
    purse = _purse()
    with pytest.raises(IntegrityError, match="kept by its entries"), transaction.atomic():
        _execute("UPDATE ledger_account SET last_entry_id = last_entry_id WHERE id = %s", purse.pk)
    with pytest.raises(IntegrityError, match="kept by its entries"), transaction.atomic():
        _execute("UPDATE ledger_account SET last_entry_id = last_entry_id + 1 WHERE id = %s", purse.pk)
    assert _held(purse) == 50_000_000


@pytest.mark.django_db(transaction=True)
def test_a_transfer_is_of_its_own_transaction_and_its_own_moment_whatever_it_says() -> None:
    source, target = _purse(), _worker()
    forged = new_id()
    _execute(
        """INSERT INTO ledger_transfer (id, kind, reference, created_at, made_in)
           VALUES (%s, 'pay', 'forged', now(), (pg_current_xact_id()::text::bigint + 1)::text::xid8)""",
        forged,
    )
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        _execute(NEW_ENTRY, forged, source.pk, "USD", -5)
        _execute(NEW_ENTRY, forged, target.pk, "USD", 5)
    for moment in ("now() - interval '1 day'", "clock_timestamp() + interval '1 minute'"):
        with pytest.raises(IntegrityError, match="is not of now"):
            _execute(NEW_TRANSFER.replace("now()", moment), new_id(), moment)


@pytest.mark.django_db(transaction=True)
def test_an_invoice_takes_no_more_lines_even_such_as_add_up_to_nothing_and_is_not_dated_back() -> None:
    home = make.organization()
    make.funds(home)
    charged = Charged(organization_id=home.pk, order_id=new_id(), currency="USD", subject="Cats")
    payer = account_for(AccountKind.PREPAID, home.pk, "USD")
    invoice = issue_invoice(charged, [Charge("labour", 20_000, 1)], payer=payer)
    assert invoice is not None
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        InvoiceLine.objects.create(invoice=invoice, position=2, kind="fee", exact_micros=10_000, amount_micros=10_000)
        InvoiceLine.objects.create(invoice=invoice, position=3, kind="cap", exact_micros=-10_000, amount_micros=-10_000)
    next_one = Invoice.objects.get(pk=invoice.pk)
    next_one.pk, next_one.number = new_id(), invoice.number + 1
    with pytest.raises(IntegrityError, match="is not of now"), transaction.atomic():
        next_one.save(force_insert=True)


@pytest.mark.django_db
def test_no_account_opens_with_money_in_it_or_in_a_currency_that_nobody_knows() -> None:
    with pytest.raises(IntegrityError, match="opens empty"), transaction.atomic():
        Account.objects.create(kind=AccountKind.WORKER, owner_id=new_id(), currency="USD", balance_micros=1)
    with pytest.raises(IntegrityError, match="account_currency_known"), transaction.atomic():
        Account.objects.create(kind=AccountKind.WORKER, owner_id=new_id(), currency="XXX")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    [
        "ledger_account",
        "ledger_transfer",
        "ledger_entry",
        "ledger_payout",
        "ledger_payoutfile",
        "orders_bonus",
        "orders_topup",
        "pricing_quote",
        "pricing_quoteoutcome",
        "pricing_storedcard",
    ],
)
def test_the_books_are_not_emptied_at_one_stroke(table: str) -> None:
    make.funds(make.organization())
    connection.check_constraints()  # nothing is pending, as after a commit
    with pytest.raises(IntegrityError, match="TRUNCATE refused"), transaction.atomic():
        _execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_is_not_truncated")
        _execute(f"TRUNCATE {table} CASCADE")


# --- payouts --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_payout SET amount_micros = amount_micros + 10000 WHERE id = %s",
        "UPDATE ledger_payout SET worker_id = gen_random_uuid() WHERE id = %s",
        "UPDATE ledger_payout SET currency = 'EUR' WHERE id = %s",
        "UPDATE ledger_payout SET state = 'requested', file_id = NULL, sent_at = NULL WHERE id = %s",
        "UPDATE ledger_payout SET sent_at = sent_at - interval '1 day' WHERE id = %s",
        "UPDATE ledger_payout SET state = 'paid', settled_at = now(), amount_micros = 1 WHERE id = %s",
        "DELETE FROM ledger_payout WHERE id = %s",
        "UPDATE ledger_payoutfile SET total_micros = 1 WHERE id = (SELECT file_id FROM ledger_payout WHERE id = %s)",
        "DELETE FROM ledger_payoutfile WHERE id = (SELECT file_id FROM ledger_payout WHERE id = %s)",
    ],
)
def test_what_was_sent_to_a_worker_is_changed_by_nobody(statement: str) -> None:
    asked = payout()
    send_payouts()
    with pytest.raises(IntegrityError, match="is kept as it was"), transaction.atomic():
        _execute(statement, asked.pk)


@pytest.mark.django_db
def test_a_payout_goes_no_way_twice_and_begins_with_being_asked_for() -> None:
    asked = payout()
    with pytest.raises(IntegrityError, match="is kept as it was"), transaction.atomic():
        _execute("UPDATE ledger_payout SET amount_micros = amount_micros + 10000 WHERE id = %s", asked.pk)
    send_payouts()
    settle_payouts([Answer(asked.pk, True, asked.amount_micros, asked.currency, "po_1", "", 2)])
    with pytest.raises(IntegrityError, match="is kept as it was"), transaction.atomic():
        _execute("UPDATE ledger_payout SET state = 'failed' WHERE id = %s", asked.pk)
    asked.refresh_from_db()
    asked.pk = new_id()
    with pytest.raises(IntegrityError, match="is not asked for first"), transaction.atomic():
        asked.save(force_insert=True)
