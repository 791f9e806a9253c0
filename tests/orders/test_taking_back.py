"""A transfer that was wrong is taken back: once, with its reason, its credit note, and no money left in between."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from labeling.models import CloseReason, JobWorker
from labeling.services import close_job
from marketplace.ledger.models import AccountKind, Invoice, Transfer
from marketplace.live.models import Event
from marketplace.orders.models import Order
from marketplace.orders.services import accept_answer, give_bonus, settle_order
from marketplace.orders.services.reconcile import reconcile
from tests import invariants, make
from tests.orders import flow

pytestmark = pytest.mark.django_db

PAY = 17_000


def _settled() -> Order:
    """Return the settled order of one answer at .017."""
    answer = make.answer()
    close_job(answer.job_id, reason=CloseReason.MANUAL)
    accept_answer(answer.pk)
    settle_order(answer.job_id)
    return Order.objects.select_related("job").get(job=answer.job_id)


def _take_back(transfer: Transfer) -> None:
    call_command("reverse_transfer", str(transfer.pk), "--reason", "Paid by mistake (A. Clerk)")


def _hold() -> None:
    connection.check_constraints()
    assert invariants.broken() == {}
    assert [check for check in reconcile().checks if check.n_differences] == []


def test_pay_of_a_settled_order_goes_back_to_prepaid_with_a_credit_note(capsys: pytest.CaptureFixture[str]) -> None:
    order = _settled()
    paid = Transfer.objects.get(order_id=order.pk, kind="pay")
    prepaid = flow.balance(AccountKind.PREPAID, order.organization_id)
    _take_back(paid)
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0
    worker = order.job.assignments.get().worker_id
    assert flow.balance(AccountKind.WORKER, worker) == 0
    credit = Invoice.objects.filter(order_id=order.pk).order_by("number")[1]
    assert (credit.exact_micros, credit.lines.get().kind) == (-PAY, "reversal")
    assert flow.balance(AccountKind.PREPAID, order.organization_id) == prepaid - credit.total_micros
    assert Transfer.objects.get(kind="reversal").reason == "Paid by mistake (A. Clerk)"
    assert f"Credit note {credit.name}." in capsys.readouterr().out
    _hold()


def test_it_is_taken_back_once_and_told_once() -> None:
    order = _settled()
    paid = Transfer.objects.get(order_id=order.pk, kind="pay")
    for _ in range(2):
        _take_back(paid)
    assert Transfer.objects.filter(kind="reversal").count() == 1
    assert Invoice.objects.filter(order_id=order.pk).count() == 2
    [told] = Event.objects.filter(type="transfer_reversed").values_list("data", flat=True)
    assert (told["transfer"], told["amount"], told["reason"]) == (str(paid.pk), "0.017", "Paid by mistake (A. Clerk)")
    _hold()


def test_a_bonus_goes_back_to_where_it_came_from() -> None:
    order = _settled()
    prepaid = flow.balance(AccountKind.PREPAID, order.organization_id)
    place = JobWorker.objects.get(job=order.job)
    give_bonus(
        order.job_id,
        bonus_id=uuid4(),
        pseudonym=place.pseudonym,
        micros=2_000_000,
        reason="Meant for another",
        given_by_id=order.created_by_id,
    )
    _take_back(Transfer.objects.get(order_id=order.pk, kind="bonus"))
    assert flow.balance(AccountKind.PREPAID, order.organization_id) == prepaid
    _hold()


def test_a_deposit_goes_back_outside() -> None:
    home = make.organization()
    make.funds(home, micros=5_000_000)
    _take_back(Transfer.objects.get(kind="deposit"))
    assert flow.balance(AccountKind.PREPAID, home.pk) == 0
    _hold()


def test_what_is_spent_not_settled_or_has_another_way_back_is_refused() -> None:
    order = _settled()
    with pytest.raises(CommandError, match="not reversed"):
        _take_back(Transfer.objects.get(order_id=order.pk, kind="fund"))
    paid = Transfer.objects.get(order_id=order.pk, kind="pay")
    Order.objects.filter(pk=order.pk).update(state="published")
    with pytest.raises(CommandError, match="The order is published"):
        _take_back(paid)
    Order.objects.filter(pk=order.pk).update(state="settled")
    deposit = Transfer.objects.get(kind="deposit")
    with pytest.raises(CommandError, match="lacks"):
        _take_back(deposit)
    with pytest.raises(CommandError, match="no transfer"):
        call_command("reverse_transfer", str(uuid4()), "--reason", "x")
    with pytest.raises(CommandError, match="Give a reason"):
        call_command("reverse_transfer", str(paid.pk), "--reason", " ")
    assert not Transfer.objects.filter(kind="reversal").exists()
