"""Transfers: balanced, never overdrawn, once for a reference; by the database itself."""

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.ledger.errors import (
    AlreadyReversed,
    AmountNotPayable,
    CurrenciesMixed,
    InsufficientFunds,
    ReferenceReused,
)
from marketplace.ledger.models import Account, AccountKind, Entry, Transfer, TransferKind
from marketplace.ledger.services import account_for, deposit, post_transfer, reverse_transfer
from marketplace.operations.core.ids import new_id

pytestmark = pytest.mark.django_db


def _account(kind: AccountKind = AccountKind.WORKER, *, holding: int = 0, currency: str = "USD") -> Account:
    """Return somebody's new account, with money from outside."""
    account = account_for(kind, new_id(), currency)
    if holding:
        outside = account_for(AccountKind.PROVIDER, None, currency)
        post_transfer(
            TransferKind.DEPOSIT, reference=f"gift:{account.pk}", amounts={outside: -holding, account: holding}
        )
    return account


def _held(account: Account) -> int:
    return Account.objects.values_list("balance_micros", flat=True).get(pk=account.pk)


def _move(source: Account, target: Account, micros: int, reference: str = "r") -> Transfer:
    return post_transfer(TransferKind.PAY, reference=reference, amounts={source: -micros, target: micros})


def test_money_leaves_one_account_and_arrives_in_another() -> None:
    source, target = _account(holding=100), _account()
    moved = _move(source, target, 30)
    assert (_held(source), _held(target)) == (70, 30)
    assert set(moved.entries.values_list("account_id", "amount_micros")) == {(source.pk, -30), (target.pk, 30)}


def test_entries_are_written_in_the_order_of_their_accounts() -> None:
    first, second = _account(holding=10), _account(holding=10)
    moved = post_transfer(TransferKind.PAY, reference="r", amounts={second: -5, first: 5})
    assert list(moved.entries.order_by("id").values_list("account_id", flat=True)) == [first.pk, second.pk]


def test_amounts_of_zero_leave_no_entry() -> None:
    source, target = _account(holding=5), _account()
    moved = post_transfer(TransferKind.REFUND, reference="r", amounts={source: 0, target: 0})
    assert not moved.entries.exists()
    with pytest.raises(IntegrityError, match="entry_moves_something"), transaction.atomic():
        Entry.objects.create(transfer=moved, account=source, currency="USD", amount_micros=0)


def test_what_is_not_there_does_not_move_and_the_lack_is_named() -> None:
    source, target = _account(AccountKind.PREPAID, holding=1_000_000), _account()
    with pytest.raises(InsufficientFunds) as refused, transaction.atomic():
        _move(source, target, 1_250_001)
    assert refused.value.data == {"account": "prepaid", "missing": "0.250001", "currency": "USD"}
    assert (_held(source), _held(target)) == (1_000_000, 0)
    assert not Transfer.objects.filter(reference="r").exists()
    _move(source, target, 1_000_000)  # the reference is free still
    assert _held(target) == 1_000_000


def test_a_reference_moves_money_once() -> None:
    source, target = _account(holding=100), _account()
    assert _move(source, target, 30) == _move(source, target, 30)
    assert (_held(source), _held(target)) == (70, 30)


def test_a_reference_is_not_used_for_anything_else() -> None:
    source, target = _account(holding=100), _account()
    _move(source, target, 30)
    with pytest.raises(ReferenceReused), transaction.atomic():
        _move(source, target, 31)
    with pytest.raises(ReferenceReused), transaction.atomic():
        _move(source, _account(), 30)
    with pytest.raises(ReferenceReused), transaction.atomic():
        post_transfer(TransferKind.FEE, reference="r", amounts={source: -30, target: 30})
    assert (_held(source), _held(target)) == (70, 30)


def test_a_transfer_that_does_not_sum_to_zero_cannot_be_committed() -> None:
    source, target = _account(holding=100), _account()
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        post_transfer(TransferKind.PAY, reference="r", amounts={source: -30, target: 29})
        connection.check_constraints()
    assert (_held(source), _held(target)) == (100, 0)


def test_a_transfer_stays_in_one_currency() -> None:
    dollars, euros = _account(holding=100), _account(holding=100, currency="EUR")
    with pytest.raises(CurrenciesMixed) as refused, transaction.atomic():
        post_transfer(TransferKind.PAY, reference="r", amounts={dollars: -30, euros: 30})
    assert refused.value.data == {"currencies": ["EUR", "USD"]}
    assert not Transfer.objects.filter(reference="r").exists()


def test_an_entry_in_a_currency_that_its_account_does_not_hold_is_refused() -> None:
    source = _account(holding=100)
    moved = post_transfer(TransferKind.PAY, reference="r", amounts={})
    with pytest.raises(IntegrityError, match="does not hold EUR"), transaction.atomic():
        Entry.objects.create(transfer=moved, account=source, currency="EUR", amount_micros=1)


def test_a_balance_follows_its_entries_whoever_writes_them() -> None:
    source, target = _account(holding=100), _account()
    moved = post_transfer(TransferKind.PAY, reference="r", amounts={})
    Entry.objects.create(transfer=moved, account=source, currency="USD", amount_micros=-10)
    Entry.objects.create(transfer=moved, account=target, currency="USD", amount_micros=10)
    connection.check_constraints()
    assert (_held(source), _held(target)) == (90, 10)
    with pytest.raises(IntegrityError, match="account_not_overdrawn"), transaction.atomic():
        Entry.objects.create(transfer=moved, account=source, currency="USD", amount_micros=-91)


def test_only_the_outside_may_owe() -> None:
    for kind in (AccountKind.PREPAID, AccountKind.ESCROW, AccountKind.WORKER):
        with pytest.raises(InsufficientFunds), transaction.atomic():
            _move(_account(kind), _account(), 1, reference=kind)
    outside = account_for(AccountKind.PROVIDER, None, "USD")
    _move(outside, _account(), 1, reference="owed")
    assert _held(outside) == -1


def test_there_is_one_account_of_a_kind_owner_and_currency() -> None:
    fee = account_for(AccountKind.FEE, None, "USD")
    assert account_for(AccountKind.FEE, None, "USD") == fee
    assert account_for(AccountKind.FEE, None, "EUR") != fee
    with pytest.raises(IntegrityError, match="account_once"), transaction.atomic():
        Account.objects.create(kind=AccountKind.FEE, owner_id=None, currency="USD")
    with pytest.raises(IntegrityError, match="account_owned"), transaction.atomic():
        Account.objects.create(kind=AccountKind.WORKER, owner_id=None, currency="USD")


def test_a_deposit_comes_from_outside_once_for_its_reference() -> None:
    home = new_id()
    for _ in range(2):
        deposit(home, micros=5_000_000, currency="USD", reference="invoice-7")
    assert _held(account_for(AccountKind.PREPAID, home, "USD")) == 5_000_000
    assert _held(account_for(AccountKind.PROVIDER, None, "USD")) == -5_000_000
    with pytest.raises(ReferenceReused), transaction.atomic():
        deposit(home, micros=10_000, currency="USD", reference="invoice-7")


def test_a_wrong_transfer_is_reversed_once_and_stays_in_the_books() -> None:
    source, target = _account(holding=100), _account()
    wrong = _move(source, target, 30)
    back = reverse_transfer(wrong.pk, reason="twice")
    assert reverse_transfer(wrong.pk, reason="twice") == back
    assert (back.kind, back.reverses, back.reason) == ("reversal", wrong, "twice")
    assert (_held(source), _held(target)) == (100, 0)
    with pytest.raises(AlreadyReversed), transaction.atomic():
        reverse_transfer(back.pk, reason="twice")


def test_what_is_gone_cannot_be_taken_back() -> None:
    source, target = _account(holding=100), _account()
    wrong = _move(source, target, 30)
    _move(target, source, 1, reference="spent")
    with pytest.raises(InsufficientFunds), transaction.atomic():
        reverse_transfer(wrong.pk, reason="twice")
    assert (_held(source), _held(target)) == (71, 29)


@pytest.mark.parametrize(
    ("currency", "right", "wrong", "smallest"),
    [("USD", 10_000, 15_000, "0.01"), ("JPY", 1_000_000, 500_000, "1"), ("KWD", 1_000, 1_500, "0.001")],
)
def test_a_deposit_is_in_whole_minor_units_of_its_currency(
    currency: str, right: int, wrong: int, smallest: str
) -> None:
    home = new_id()
    deposit(home, micros=right, currency=currency, reference="r")
    with pytest.raises(AmountNotPayable) as refused, transaction.atomic():
        deposit(home, micros=wrong, currency=currency, reference="s")
    assert (refused.value.field, refused.value.data) == ("amount", {"smallest": smallest})
    assert _held(account_for(AccountKind.PREPAID, home, currency)) == right
