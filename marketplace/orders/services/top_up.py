"""Keeping the promise of an hourly wage: what answers were short of it at the pace that was measured is paid on top.

While the job runs the money is what the platform has earned of the order so far, for the estimate was the platform's.
At settlement it is first what the order did not spend, within the cap that the requester agreed to, then the order's
fee, then the fees of the organization's other orders. What even these do not cover stays owed, and is paid as the
organization brings in more, or sooner with the word of somebody of the platform: whoever has friends work slowly for
a high wage is never paid with the fees of others.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from labeling.services import show_hourly_pay
from marketplace.ledger.models import Account, AccountKind, TransferKind
from marketplace.ledger.services import account_for, accounts_for, hold_accounts, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.core.money import MICROS, format_money
from marketplace.orders.adapters import read_decision_s, read_owed_for, read_pace
from marketplace.orders.core.pace import divided, hourly_of_workers, hourly_pay, owed_to, paces_of
from marketplace.orders.models import Order, OrderState, PayRecord, TopUp, WorkerHour
from marketplace.orders.services.buy import locked_order
from marketplace.orders.services.measured import promised_micros
from marketplace.orders.signals import pay_topped_up
from pricing.models import Quote

# Workers in one transfer.
AT_ONCE = 500


@transaction.atomic
def check_pay(job_id: UUID) -> None:
    """Look at what an hour of a published order's work pays, and pay what it is short of; safe to repeat."""
    order = locked_order(Order.objects.values_list("pk", flat=True).get(job_id=job_id), allowed=tuple(OrderState))
    if order.state != OrderState.PUBLISHED:
        return
    record, due = _look(order)
    escrow = account_for(AccountKind.ESCROW, order.pk, order.currency)
    spent = order.funded_micros - escrow.balance_micros - record.escrow_micros
    earned_fee = spent * _quote(order).fee_ppm // MICROS
    record.escrow_micros += _pay(order, record, due, source=escrow, available=earned_fee - record.escrow_micros)
    record.save(update_fields=["escrow_micros", "n_top_ups"])


def top_up_finally(order: Order) -> int:
    """Pay what is still owed when the books close, and return what came of the order's escrow in all.

    The caller holds the order locked. The price of set-up work is left for the platform.
    """
    record, due = _look(order)
    # In the one order of accounts, as settling goes on to touch all of the others too.
    workers = [(AccountKind.WORKER, worker_id) for worker_id in due]
    hold_accounts(
        (AccountKind.ESCROW, order.pk),
        (AccountKind.PREPAID, order.organization_id),
        (AccountKind.FEE, None),
        (AccountKind.ROUNDING, None),
        *workers,
        currency=order.currency,
    )
    escrow = account_for(AccountKind.ESCROW, order.pk, order.currency)
    available = escrow.balance_micros - _quote(order).set_up_micros
    record.escrow_micros += _pay(order, record, due, source=escrow, available=available)
    record.save(update_fields=["escrow_micros", "n_top_ups"])
    return record.escrow_micros


@transaction.atomic
def pay_from_fees(order_id: UUID, *, approved: bool = False) -> int:
    """Pay what a settled order's workers are still owed, and return what remains owed.

    The money is what the platform has earned of the organization; with somebody's word for it (`approved`), of anybody.
    """
    order = locked_order(order_id, allowed=tuple(OrderState))
    if order.state != OrderState.SETTLED:
        return 0
    record, due = _look(order)
    if due:  # fees are held before what is left of them is counted, and before any worker's account
        workers = [(AccountKind.WORKER, worker_id) for worker_id in due]
        hold_accounts((AccountKind.FEE, None), *workers, currency=order.currency)
    fees = account_for(AccountKind.FEE, None, order.currency)
    available = fees.balance_micros
    if not approved:
        available = min(available, _earned_of(order.organization_id, order.currency))
    record.platform_micros += _pay(order, record, due, source=fees, available=available)
    record.save(update_fields=["platform_micros", "n_top_ups"])
    return record.owed_micros - record.paid_micros


def orders_owing() -> list[UUID]:
    """Return the settled orders whose workers are owed something on top that could be paid."""
    owing = PayRecord.objects.owing().order_by("pk")
    rows = list(owing.values_list("pk", "order__organization_id", "order__currency"))
    payable = {payer for payer in {(home, currency) for _, home, currency in rows} if _earned_of(*payer) > 0}
    return [order_id for order_id, *payer in rows if tuple(payer) in payable]


def _earned_of(organization_id: UUID, currency: str) -> int:
    """Return what the platform has earned of an organization, less what it paid on top in its orders."""
    orders = Order.objects.filter(organization_id=organization_id, currency=currency)
    earned = orders.aggregate(n=Sum("fee_micros"))["n"] or 0
    paid = PayRecord.objects.filter(order__in=orders).aggregate(n=Sum("platform_micros"))["n"] or 0
    return int(earned) - int(paid)


def _look(order: Order) -> tuple[PayRecord, dict[UUID, int]]:
    """Measure, keep what was found, and return it with what each worker is still owed. Nothing is ever taken back."""
    workers = read_pace(order.job_id)
    paces, by_worker = paces_of(workers), hourly_of_workers(workers)
    shown = hourly_pay(list(by_worker.values()))
    promised = promised_micros(_quote(order))
    decision_s, n_decided = read_decision_s(order.job_id)
    record, _ = PayRecord.objects.update_or_create(
        order=order,
        defaults={
            "looked_at": database_now(),
            "promised_micros": promised,
            "paces": [
                {
                    **vars(pace.work),
                    "n_workers": pace.n_workers,
                    "n_answers": pace.n_answers,
                    "median_ms": pace.median_ms,
                }
                for pace in paces
            ],
            "hourly_micros": shown.median_micros if shown else None,
            "low_micros": shown.low_micros if shown else None,
            "high_micros": shown.high_micros if shown else None,
            "n_workers": len(by_worker),
            "decision_s": decision_s,
            "n_decided": n_decided,
        },
    )
    WorkerHour.objects.bulk_create(
        [WorkerHour(order=order, worker_id=who, hourly_micros=micros) for who, micros in by_worker.items()],
        update_conflicts=True,
        unique_fields=["order", "worker"],
        update_fields=["hourly_micros"],
    )
    if shown:
        show_hourly_pay(order.job_id, micros=shown.median_micros, n_workers=shown.n_workers)
    due = _due(order, owed_to(read_owed_for(order.job_id), paces, promised_micros=promised))
    record.owed_micros = record.paid_micros + sum(due.values())
    record.save(update_fields=["owed_micros"])
    return record, due


def _due(order: Order, owed: dict[UUID, int]) -> dict[UUID, int]:
    got = dict(TopUp.objects.filter(order=order).values_list("worker").annotate(n=Sum("micros")))
    left = {worker_id: micros - got.get(worker_id, 0) for worker_id, micros in owed.items()}
    return {worker_id: micros for worker_id, micros in left.items() if micros > 0}


def _quote(order: Order) -> Quote:
    quote = order.quote
    assert quote is not None  # noqa: S101 -- the constraint order_quoted
    return quote


def _pay(order: Order, record: PayRecord, due: dict[UUID, int], *, source: Account, available: int) -> int:
    """Pay what is due, or in proportion what there is; return how much that was."""
    shares = list(divided(due, max(0, available)).items())
    now = database_now()
    for start in range(0, len(shares), AT_ONCE):
        chunk = dict(shares[start : start + AT_ONCE])
        record.n_top_ups += 1
        accounts = accounts_for(*((AccountKind.WORKER, worker_id) for worker_id in chunk), currency=order.currency)
        amounts = dict(zip(accounts, chunk.values(), strict=True))
        post_transfer(
            TransferKind.TOP_UP,
            reference=f"top_up:{order.pk}:{record.n_top_ups}",
            amounts={source: -sum(chunk.values()), **amounts},
            order_id=order.pk,
        )
        TopUp.objects.bulk_create(
            TopUp(order=order, worker_id=worker_id, number=record.n_top_ups, micros=micros, paid_at=now)
            for worker_id, micros in chunk.items()
        )
    total = sum(micros for _, micros in shares)
    if total:
        data = {"amount": format_money(total), "currency": order.currency, "n_workers": len(shares)}
        pay_topped_up.send(sender=None, order_id=order.pk, data=data)
    return total
