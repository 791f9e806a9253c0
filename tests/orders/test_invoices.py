"""What an order is invoiced at: rounded by the line, agreeing with the ledger to the micro-unit, never changed."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.models import CloseReason, LabelingJob
from labeling.services import close_job
from marketplace.accounts.models import User
from marketplace.ledger.adapters.paper import invoice_pdf, subject_at
from marketplace.ledger.core.invoicing import Charge, lines_of
from marketplace.ledger.models import AccountKind, Invoice, InvoiceLine, TransferKind
from marketplace.ledger.services import Charged, account_for, accounts_for, issue_invoice, post_transfer
from marketplace.ledger.services.wording import paper_of
from marketplace.operations.core.currencies import CURRENCIES, minor_unit_micros
from marketplace.operations.core.ids import new_id
from marketplace.orders.models import Order
from marketplace.orders.services import (
    accept_answer,
    fund_order,
    invoice_order,
    publish_order,
    quote_order,
    run_publish,
    settle_order,
)
from pricing.core.drivers import Drivers
from tests import invariants, make
from tests.ledger.purses import give, held

pytestmark = pytest.mark.django_db


def _settled() -> Order:
    """Return the settled order of one answer at .017."""
    answer = make.answer()
    close_job(answer.job_id, reason=CloseReason.MANUAL)
    accept_answer(answer.pk)
    settle_order(answer.job_id)
    return Order.objects.select_related("organization", "job").get(job=answer.job_id)


def _pay_after(order: Order, payee: User, *, micros: int, kind: TransferKind = TransferKind.BONUS) -> None:
    prepaid, worker = accounts_for(
        (AccountKind.PREPAID, order.organization_id), (AccountKind.WORKER, payee.pk), currency=order.currency
    )
    reference = f"{kind}:{new_id()}"
    post_transfer(kind, reference=reference, amounts={prepaid: -micros, worker: micros}, order_id=order.pk)


def _issued(name: str = "Acme", *, micros: int = 15_000, currency: str = "USD", subject: str = "Cats") -> Invoice:
    home = make.organization(name)
    charged = Charged(organization_id=home.pk, order_id=new_id(), currency=currency, subject=subject)
    give(AccountKind.PREPAID, home.pk, micros=10**12, currency=currency)
    payer = account_for(AccountKind.PREPAID, home.pk, currency)
    invoice = issue_invoice(charged, [Charge("labour", micros, 1)], payer=payer)
    assert invoice is not None
    return invoice


def test_a_settled_order_is_invoiced_at_whole_cents_and_the_rest_is_on_the_rounding_account() -> None:
    order = _settled()
    invoice = Invoice.objects.get(order_id=order.pk)
    [line] = invoice.lines.all()
    assert (line.kind, line.quantity, line.exact_micros, line.amount_micros) == ("labour", 1, 17_000, 20_000)
    assert (invoice.total_micros, invoice.rounding_micros) == (20_000, 3_000)
    assert held(AccountKind.ROUNDING, None) == order.rounding_micros == 3_000
    assert order.funded_micros == invoice.total_micros + (order.refunded_micros or 0)
    assert held(AccountKind.ESCROW, order.pk) == 0
    connection.check_constraints()  # numbers the events, as a commit would
    assert invariants.broken() == {}


def test_set_up_work_has_a_line_of_its_own_as_in_the_quote() -> None:
    order = make.order(n_tasks=1)
    quote_order(order.pk, drivers=Drivers(integration={"api_work": 2}))
    make.funds(order.organization)
    fund_order(order.pk)
    publish_order(order.pk, requested_by_id=order.created_by_id)
    run_publish(order.pk)
    accept_answer(make.answer(make.lease(order.job)).pk)
    close_job(order.job_id, reason=CloseReason.MANUAL)
    settle_order(order.job_id)
    invoice = Invoice.objects.get(order_id=order.pk)
    told = [(line.kind, line.amount_micros) for line in invoice.lines.order_by("position")]
    assert told == [("labour", 20_000), ("set_up", 180_000_000)]
    _pay_after(order, make.worker(), micros=1_000_000)
    again = invoice_order(Order.objects.select_related("job").get(pk=order.pk))
    assert again is not None
    assert [line.kind for line in again.lines.all()] == ["bonus"]


def test_what_is_paid_after_the_settlement_is_invoiced_by_itself() -> None:
    order = _settled()
    _pay_after(order, make.worker(), micros=1_234_567)
    second = invoice_order(order)
    assert second is not None
    [line] = second.lines.all()
    assert (line.kind, line.exact_micros, line.amount_micros) == ("bonus", 1_234_567, 1_230_000)
    assert invoice_order(order) is None  # everything is invoiced
    assert held(AccountKind.ROUNDING, None) == 3_000 - 4_567


def test_an_order_on_which_nothing_was_spent_has_no_invoice() -> None:
    job = make.published_job()
    close_job(job.pk, reason=CloseReason.MANUAL)
    settle_order(job.pk)
    assert not Invoice.objects.exists()
    assert Order.objects.get(job=job).rounding_micros == 0


def test_numbers_have_no_gaps_though_some_that_tried_were_undone() -> None:
    first = _issued()

    class Undo(Exception):
        pass

    with pytest.raises(Undo), transaction.atomic():
        _issued()
        raise Undo
    second = _issued()
    assert second.number == first.number + 1
    assert second.previous_sha256 == first.sha256
    assert second.name == f"PLENUM-{second.year}-{second.number:06d}"


def test_an_invoice_stands_as_it_was_issued() -> None:
    invoice = _issued()
    line = invoice.lines.get()
    for statement in (
        "UPDATE ledger_invoice SET total_micros = 0",
        "DELETE FROM ledger_invoice",
        "UPDATE ledger_invoiceline SET amount_micros = 0",
        "DELETE FROM ledger_invoiceline",
    ):
        with pytest.raises(IntegrityError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    connection.check_constraints()
    with pytest.raises(IntegrityError, match="do not sum to its total"), transaction.atomic():
        InvoiceLine.objects.create(invoice=invoice, position=9, kind="x", exact_micros=1, amount_micros=10_000)
        connection.check_constraints()
    values = {field.attname: getattr(invoice, field.attname) for field in Invoice._meta.concrete_fields}
    with pytest.raises(IntegrityError, match="leaves a gap"), transaction.atomic():
        Invoice.objects.create(**(values | {"id": new_id(), "number": invoice.number + 2}))
    assert line == invoice.lines.get()


def test_the_name_on_an_invoice_is_the_one_of_its_day() -> None:
    invoice = _issued("Before")
    invoice.organization.name = "After"
    invoice.organization.save()
    invoice.refresh_from_db()
    assert invoice.parties["customer"] == {"name": "Before"}


@pytest.mark.parametrize(
    ("currency", "exact", "amount"),
    [("USD", 15_000, 20_000), ("JPY", 1_499_999, 1_000_000), ("JPY", 1_500_000, 2_000_000), ("KWD", 1_499, 1_000)],
)
def test_lines_are_rounded_half_up_to_the_minor_unit_of_their_currency(currency: str, exact: int, amount: int) -> None:
    assert _issued(micros=exact, currency=currency).total_micros == amount


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    charges=st.lists(st.integers(1, 10**9), max_size=8),
    spare=st.integers(0, 10**7),
    currency=st.sampled_from(CURRENCIES),
)
def test_an_invoice_is_whole_minor_units_near_the_exact_sum_and_never_above_what_there_is(
    charges: list[int], spare: int, currency: str
) -> None:
    exact = sum(charges)
    unit = minor_unit_micros(currency)
    lines = lines_of([Charge("x", micros) for micros in charges], currency=currency, at_most_micros=exact + spare)
    total = sum(line.amount_micros for line in lines)
    assert sum(line.exact_micros for line in lines) == exact
    assert all(line.amount_micros % unit == 0 for line in lines)
    assert 0 <= total <= exact + spare
    assert abs(total - exact) <= unit * max(1, len(charges))


NAMES = [
    'Acme & <Sons> "quoted"',
    "Ромашка Ωμέγα",
    "株式会社ローマ",
    "한국 주식회사",
    "شركة مثال",
    "नमस्ते",
    "🙂" * 60,
    "\u202eevil\u0301",
    "x" * 200,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_is_printed(name: str) -> None:
    invoice = _issued(name, subject=name)
    page = invoice_pdf(paper_of(invoice))
    assert page.startswith(b"%PDF-")
    assert page == invoice_pdf(paper_of(Invoice.objects.get(pk=invoice.pk)))  # the same bytes ever after


@pytest.mark.parametrize(("n_lines", "lowered_by"), [(1, 0), (5, 0), (7, 26), (20, 195)])
def test_a_long_address_pushes_down_what_stands_below_it(n_lines: int, lowered_by: int) -> None:
    paper = replace(paper_of(_issued("Acme", subject="Cats")), issuer=("Plenum",))
    long = replace(paper, issuer=tuple(f"line {n}" for n in range(n_lines)))
    assert subject_at(paper) - subject_at(long) == lowered_by
    assert invoice_pdf(long).startswith(b"%PDF-")


def test_many_orders_are_invoiced_in_the_order_of_their_numbers() -> None:
    orders = [_settled() for _ in range(3)]
    numbers = [Invoice.objects.get(order_id=order.pk).number for order in orders]
    assert numbers == sorted(numbers)
    assert LabelingJob.objects.count() == 3
