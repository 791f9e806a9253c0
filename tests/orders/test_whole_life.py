"""An order from draft to settlement, with the money to the micro-dollar."""

import pytest
from django.db import connection

from labeling.models import CloseReason, LabelingJob, Task, Verdict
from labeling.services import SentVerdict, claim_tasks, close_job, submit_answer
from marketplace.ledger.models import AccountKind, Transfer
from marketplace.live.models import Event
from marketplace.orders.models import Order
from marketplace.orders.services import create_order, fund_order, publish_order, quote_order
from quality.models import ConsensusLabel
from tests import invariants, make
from tests.orders import flow

pytestmark = pytest.mark.django_db

PAY = 17_000  # 5.1 s at $12 an hour


def _facts(order: Order) -> list[str]:
    events = Event.objects.filter(stream__type="order", stream__subject_id=order.pk)
    return list(events.order_by("id").values_list("type", flat=True))


def test_an_order_is_quoted_funded_published_worked_on_and_settled() -> None:
    job = make.job(n_tasks=10, min_overlap=2, max_overlap=3, target_confidence=0.8)
    order = create_order(job, created_by_id=job.created_by_id)
    assert order.state == "draft"
    order = quote_order(order.pk)
    # 10 x 3 x .017 = .51; 5 % of it up to the cent .03; 20 % of .54 up to the cent .11
    assert (order.state, order.quote and order.quote.cap_micros) == ("quoted", 650_000)

    home = order.organization_id
    make.funds(order.organization, micros=1_000_000)
    order = fund_order(order.pk)
    assert (order.state, order.funded_micros) == ("funded", 650_000)
    assert flow.balance(AccountKind.PREPAID, home) == 350_000
    assert flow.balance(AccountKind.ESCROW, order.pk) == 650_000

    publish_order(order.pk, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    opened = LabelingJob.objects.get(pk=job.pk)
    assert (opened.state, opened.n_tasks, opened.pay_micros) == ("open", 10, PAY)
    assert (opened.answer_budget_micros, opened.late_reserve_micros) == (510_000, 30_000)

    flow.answer_all(opened, n_workers=2)  # both say the same: two answers are enough
    flow.run_to_rest()
    order.refresh_from_db()
    # 20 answers; 20 % of .34 = .068, half up .07
    assert (order.state, order.paid_micros, order.fee_micros, order.refunded_micros) == (
        "settled",
        340_000,
        70_000,
        240_000,
    )
    assert flow.balance(AccountKind.ESCROW, order.pk) == 0
    assert flow.balance(AccountKind.PREPAID, home) == 350_000 + 240_000
    assert flow.balance(AccountKind.FEE, None) == 70_000
    workers = opened.assignments.values_list("worker", flat=True).distinct()
    assert [flow.balance(AccountKind.WORKER, worker) for worker in workers] == [10 * PAY, 10 * PAY]
    assert _facts(order) == [
        "order_created",
        "order_quoted",
        "order_funded",
        "publish_requested",
        "order_published",
        "order_settled",
    ]
    connection.check_constraints()
    assert invariants.broken() == {}


def test_every_answer_that_may_be_bought_is_paid_for() -> None:
    job = make.published_job(n_tasks=1, min_overlap=2, max_overlap=2)
    # 2 x .017 = .034 is more than three cents
    flow.answer_all(job, n_workers=2)
    flow.run_to_rest()
    order = Order.objects.get(job=job)
    assert (order.state, order.paid_micros) == ("settled", 2 * PAY)
    job.refresh_from_db()
    assert job.close_reason == "completed"


def test_a_job_that_nobody_worked_on_is_refunded_in_full() -> None:
    for kind in ("image_classification", "bounding_box"):
        job = make.published_job(annotation_type=kind)
        close_job(job.pk, reason=CloseReason.MANUAL)
        flow.run_to_rest()
        order = Order.objects.get(job=job)
        assert (order.state, order.paid_micros, order.fee_micros) == ("settled", 0, 0)
        assert order.refunded_micros == order.funded_micros
        assert flow.balance(AccountKind.PREPAID, order.organization_id) == make.PLENTY_MICROS


def test_a_late_answer_is_paid_without_being_counted() -> None:
    job = make.published_job(n_tasks=7, min_overlap=2, target_confidence=0.8)  # a reserve of .02 holds one
    late = make.let_expire(make.lease(job))
    flow.answer_all(job, n_workers=2)
    flow.deliver_due()
    assert not make.answer(late).counted
    close_job(job.pk, reason=CloseReason.MANUAL)
    flow.run_to_rest()
    order = Order.objects.get(job=job)
    assert order.paid_micros == 15 * PAY
    assert flow.balance(AccountKind.WORKER, late.worker_id) == PAY
    assert Transfer.objects.filter(order_id=order.pk, kind="pay").count() == 15
    connection.check_constraints()
    assert invariants.broken() == {}


def test_a_job_waits_for_its_reviews_and_pays_them_from_their_own_line() -> None:
    job = make.job(n_tasks=4, min_overlap=2, max_overlap=2, target_confidence=0.75, review_share=0.5)
    opened = make.published_job(job)
    reserve = opened.review_reserve_micros
    assert reserve == 2 * PAY + 6_000  # two adjudications at most, up to the cent
    flow.answer_all(opened, n_workers=1, name="cat")
    for held in claim_tasks(opened.pk, make.worker().pk, limit=20):
        make.answer(held, annotations=[{"class": "dog" if held.task.ordinal == 1 else "cat"}])
    flow.run_to_rest()
    opened.refresh_from_db()
    assert opened.state == "open"  # the torn task waits for an adjudication
    for _ in range(2):
        for held in claim_tasks(opened.pk, make.worker().pk, limit=20):
            spoken = SentVerdict() if held.task.kind == "adjudicate" else SentVerdict(verdict=Verdict.ACCEPT)
            chosen = [{"class": "dog"}] if held.task.kind == "adjudicate" else None
            submit_answer(held.pk, annotations=chosen, active_ms=None, said=spoken)
        flow.run_to_rest()
    checks = Task.objects.checks().filter(job=opened).values_list("kind", "pay_micros", "n_taken")
    assert sorted(checks) == [("adjudicate", PAY, 1), ("review", 6_000, 1)]  # and one of the others was looked at
    opened.refresh_from_db()
    order = Order.objects.get(job=opened)
    assert (opened.close_reason, order.state) == ("completed", "settled")
    assert order.paid_micros == 8 * PAY + PAY + 6_000
    labels = {label.task.ordinal: label for label in ConsensusLabel.objects.filter(run__job=opened)}
    assert labels[1].value["class"] == "dog"
    assert sum(label.n_reviews for label in labels.values()) == 2
    connection.check_constraints()
    assert invariants.broken() == {}
