"""The circuit breaker: a job of which too much is rejected stops until the platform has looked at it."""

import pytest
from django.db import transaction

from labeling.errors import JobHeld, WrongState
from labeling.models import CloseReason, LabelingJob
from labeling.services import claim_tasks, close_job, resume_job
from marketplace.ledger.models import AccountKind
from marketplace.live.models import Event
from marketplace.orders.core import deciding as limits
from marketplace.orders.errors import NothingToDecide, OrderFrozen
from marketplace.orders.models import Freeze, FreezeState, Order, Rejection
from marketplace.orders.services import accept_by_hand, appeal_rejection, decide_freeze, look_after, settle_order
from tests import make
from tests.orders import deciding, flow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LEAST_DECIDED", 4)


def _frozen(*, n_accepted: int = 2, n_rejected: int = 3) -> Freeze:
    """Return the freeze of a job of which so many answers were accepted and rejected."""
    job = deciding.manual_job(n_tasks=20)
    for answer in deciding.answers_of_one(job, ["cat"] * n_accepted):
        accept_by_hand(answer.pk)
    for answer in deciding.answers_of_one(job, ["dog"] * n_rejected):
        deciding.rejected(answer)
    return Freeze.objects.get(order__job=job)


def _paid(freeze: Freeze) -> int:
    workers = freeze.order.rejections.values_list("assignment__worker", flat=True).distinct()
    return sum(flow.balance(AccountKind.WORKER, worker_id) for worker_id in workers)


def test_the_limit_needs_enough_decisions_and_certainty() -> None:
    assert [limits.is_too_much(n, 4) for n in range(5)] == [False, False, False, True, True]
    assert not limits.is_too_much(3, 3)
    assert not limits.is_too_much(220, 1_000)  # 22 % of so many may be 20 % in truth
    assert limits.is_too_much(230, 1_000)


def test_a_rejection_too_many_stops_the_job_and_its_requester_cannot_let_it_go_on() -> None:
    freeze = _frozen()
    job = LabelingJob.objects.get(pk=freeze.order.job_id)
    assert (job.state, job.held_for) == ("paused", "rejections")
    assert (freeze.n_decided, freeze.n_rejected) == (5, 3)
    with pytest.raises(JobHeld), transaction.atomic():
        resume_job(job.pk)
    with pytest.raises(WrongState), transaction.atomic():
        claim_tasks(job.pk, make.worker().pk, limit=1)
    told = set(Event.objects.values_list("type", flat=True))
    assert {"job_paused", "job_held", "order_frozen"} <= told


def test_a_frozen_job_takes_no_more_rejections_and_keeps_no_deadline_but_appeals_are_taken() -> None:
    job = deciding.manual_job(n_tasks=20)
    *some, last = deciding.answers_of_one(job, ["dog"] * 5)
    rejections = [deciding.rejected(answer) for answer in some]
    with pytest.raises(OrderFrozen), transaction.atomic():
        deciding.rejected(last)
    deciding.let_pass(rejections[0])
    look_after(rejections[0].order_id)
    assert Rejection.objects.get(pk=rejections[0].pk).state == "open"
    assert appeal_rejection(rejections[0].pk, text="No.").state == "appealed"


def test_answers_that_nobody_decided_on_are_accepted_by_the_clock_while_a_job_is_frozen() -> None:
    job = deciding.manual_job(n_tasks=20)
    waiting, *others = deciding.answers_of_one(job, ["dog"] * 5)
    for answer in others:
        deciding.rejected(answer)
    freeze = Freeze.objects.get(order__job=job)
    deciding.let_wait(waiting, seconds=limits.ACCEPT_AFTER_S + 1)
    look_after(freeze.order_id)
    assert freeze.state == FreezeState.OPEN
    assert flow.balance(AccountKind.WORKER, waiting.worker_id) == 17_000


def test_the_platform_lets_the_rejections_stand_and_their_deadlines_begin_anew() -> None:
    freeze = _frozen()
    before = freeze.order.rejections.order_by("id")[0].appeal_until
    decide_freeze(freeze.pk, state=FreezeState.CLEARED, note="Bad work indeed.", by_id=make.user().pk)
    assert freeze.order.rejections.order_by("id")[0].appeal_until > before
    assert LabelingJob.objects.get(pk=freeze.order.job_id).state == "open"
    assert _paid(freeze) == 0
    with pytest.raises(NothingToDecide), transaction.atomic():
        decide_freeze(freeze.pk, state=FreezeState.OVERTURNED, note="", by_id=make.user().pk)


def test_a_cleared_job_is_not_frozen_again_by_the_next_rejection() -> None:
    freeze = _frozen()
    decide_freeze(freeze.pk, state=FreezeState.CLEARED, note="", by_id=make.user().pk)
    [answer] = deciding.answers_of_one(freeze.order.job, ["dog"])
    deciding.rejected(answer)
    assert Freeze.objects.filter(order=freeze.order, state=FreezeState.OPEN).count() == 0


def test_the_platform_overturns_and_everybody_is_paid() -> None:
    freeze = _frozen()
    decide_freeze(freeze.pk, state=FreezeState.OVERTURNED, note="Mass rejection.", by_id=make.user().pk)
    assert _paid(freeze) == 3 * 17_000
    assert Order.objects.get(pk=freeze.order_id).n_rejected == 0
    assert deciding.broken() == {}


def test_a_freeze_that_nobody_looks_at_is_overturned_and_the_job_stays_held() -> None:
    freeze = _frozen()
    deciding.let_freeze_pass(freeze)
    look_after(freeze.order_id)
    assert _paid(freeze) == 3 * 17_000
    assert LabelingJob.objects.get(pk=freeze.order.job_id).held_for == "rejections"
    decide_freeze(freeze.pk, state=FreezeState.OVERTURNED, note="", by_id=make.user().pk)
    assert LabelingJob.objects.get(pk=freeze.order.job_id).state == "open"
    assert _paid(freeze) == 3 * 17_000


def test_the_books_of_a_frozen_job_stay_open() -> None:
    freeze = _frozen()
    Rejection.objects.filter(order=freeze.order).update(state="lapsed", decided_at=freeze.frozen_at)
    close_job(freeze.order.job_id, reason=CloseReason.MANUAL)
    settle_order(freeze.order.job_id)
    look_after(freeze.order_id)
    assert Order.objects.get(pk=freeze.order_id).state == "published"
    decide_freeze(freeze.pk, state=FreezeState.CLEARED, note="", by_id=make.user().pk)
    look_after(freeze.order_id)
    assert Order.objects.get(pk=freeze.order_id).state == "settled"
