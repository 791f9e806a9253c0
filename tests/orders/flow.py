"""The relay's part, played in the test's own thread: what is due is delivered, and what is at its end closes."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from labeling.models import Assignment, LabelingJob
from labeling.services import claim_tasks, submit_answer
from marketplace.ledger.models import Account, AccountKind
from marketplace.live.models import Delivery
from marketplace.live.services.closing import close_finished_jobs
from marketplace.live.services.deliver import deliver, take_due
from marketplace.operations.adapters import database_now
from marketplace.orders.models import Order
from marketplace.orders.services import pilot_order
from tests import make

SOON = timedelta(seconds=60)


def deliver_due() -> int:
    """Deliver what is due until nothing is; return how many deliveries that were."""
    n_delivered = 0
    while due := take_due(limit=100, again_after=SOON):
        for delivery in due:
            deliver(delivery.id)
        n_delivered += len(due)
    return n_delivered


def run_to_rest() -> None:
    """Deliver and close until nothing changes, whatever was put off included."""
    while True:
        make_due()
        if not deliver_due() and not close_finished_jobs() and not pending():
            return
        if failed():
            raise AssertionError(f"Deliveries failed: {failed()}")


def make_due() -> None:
    """Turn the clock of what was put off back."""
    Delivery.objects.filter(done_at__isnull=True).update(due_at=Now() - timedelta(seconds=1))


def pending() -> list[str]:
    """Return the consumers that something waits for."""
    return sorted(Delivery.objects.filter(done_at__isnull=True).values_list("consumer", flat=True))


def failed() -> list[tuple[str, str]]:
    """Return what went wrong, by consumer."""
    return list(Delivery.objects.exclude(last_error="").values_list("consumer", "last_error"))


def answer_all(job: LabelingJob, *, n_workers: int = 1, name: str | None = None) -> None:
    """Let so many new workers answer whatever they can get, all the same: cats and dogs in turn unless named."""
    for _ in range(n_workers):
        for held in claim_tasks(job.pk, make.worker().pk, limit=20):
            truth = name or ("cat" if held.task.ordinal % 2 else "dog")
            make.answer(held, annotations=[{"class": truth}])


def piloted(order: Order, *, share: float = 0.05, active_ms: int | None = None, in_time: bool = True) -> Order:
    """Return a funded order whose pilot was worked on, by workers who agree, and is over.

    Without `in_time` the workers say that their answers took so long, and there was no such time.
    """
    pilot_order(order.pk, share=share, requested_by_id=order.created_by_id)
    run_to_rest()
    for _ in range(order.job.min_overlap):
        clock = database_now() - timedelta(days=1)
        for held in claim_tasks(order.job_id, make.worker().pk, limit=20):
            truth = "cat" if held.task.ordinal % 2 else "dog"
            submit_answer(held.pk, annotations=[{"class": truth}], active_ms=active_ms)
            if active_ms and in_time:  # one after the other, at the pace that is said
                started, clock = clock, clock + timedelta(milliseconds=active_ms)
                Assignment.objects.filter(pk=held.pk).update(leased_at=started, submitted_at=clock)
    run_to_rest()
    return Order.objects.select_related("pilot__requote", "job").get(pk=order.pk)


def balance(kind: AccountKind, owner_id: UUID | None) -> int:
    """Return what an account holds; nothing where there is none."""
    with transaction.atomic():
        held = Account.objects.filter(kind=kind, owner_id=owner_id).values_list("balance_micros", flat=True).first()
    return held or 0
