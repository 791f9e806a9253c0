"""Deliveries: each effect once, failures put off and kept, the others not held up."""

from datetime import datetime, timedelta

import pytest

from labeling.models import CloseReason, LabelingJob
from labeling.services import close_job
from marketplace.ledger.models import Transfer
from marketplace.live.core import subscriptions
from marketplace.live.models import Delivery, Event
from marketplace.live.services.deliver import CONSUMERS, LONGEST_PAUSE_S, Consumer, deliver, take_due
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import TryAgainLater
from marketplace.orders.services import accept_answer
from quality.models import JobModel, TaskBelief
from tests import invariants, make
from tests.choreography.crowd import run_together
from tests.orders import flow

pytestmark = pytest.mark.django_db

SOON = timedelta(seconds=60)


def _delivery(consumer: str) -> Delivery:
    return Delivery.objects.get(consumer=consumer)


def _broken(event: Event) -> None:
    raise ValueError(f"a bug met {event.type}")


def _answered() -> LabelingJob:
    """Return a job with one answer that nobody has taken notice of."""
    answer = make.answer(make.lease(make.published_job(n_tasks=1, min_overlap=2)))
    Delivery.objects.exclude(event__type="answer_submitted").update(done_at=database_now())
    return LabelingJob.objects.get(pk=answer.job_id)


def test_what_is_handed_out_comes_again_only_after_a_while() -> None:
    _answered()
    first = take_due(limit=10, again_after=SOON)
    assert len(first) == 2
    assert take_due(limit=10, again_after=SOON) == []
    flow.make_due()  # whoever got them did not finish
    assert take_due(limit=10, again_after=SOON) == first
    deliver(first[0].id)
    flow.make_due()
    assert take_due(limit=10, again_after=SOON) == first[1:]


def test_the_longest_due_are_handed_out_first() -> None:
    _answered()
    late, later = Delivery.objects.filter(done_at__isnull=True).order_by("-id")
    Delivery.objects.filter(pk=late.pk).update(due_at=database_now() - timedelta(hours=1))
    assert [due.id for due in take_due(limit=1, again_after=SOON)] == [late.pk]
    assert [due.id for due in take_due(limit=9, again_after=SOON)] == [later.pk]


def test_a_delivery_marks_itself_done_and_is_then_passed_over() -> None:
    job = _answered()
    for _ in range(3):
        for delivery in Delivery.objects.filter(event__type="answer_submitted"):
            deliver(delivery.pk)
    assert not flow.pending()
    assert Transfer.objects.filter(kind="pay").count() == 1
    assert JobModel.objects.get(pk=job.pk).n_seen == 1


@pytest.mark.django_db(transaction=True)
def test_what_four_deliver_at_once_happens_once() -> None:
    job = make.published_job(n_tasks=2, min_overlap=2)
    flow.answer_all(job, n_workers=2)
    close_job(job.pk, reason=CloseReason.MANUAL)
    due = [delivery.id for delivery in take_due(limit=100, again_after=SOON)]

    def deliver_all() -> None:
        for delivery_id in due:
            deliver(delivery_id)

    run_together([deliver_all] * 4)
    flow.make_due()
    flow.deliver_due()  # what was being done elsewhere is passed over, and is done by now
    assert (flow.pending(), flow.failed()) == ([], [])
    assert Transfer.objects.filter(kind="pay").count() == 4
    assert JobModel.objects.get(pk=job.pk).n_seen == 4
    assert job.consensus_runs.count() == 1
    assert Event.objects.filter(type="answer_accepted").count() == 4
    assert invariants.broken() == {}


def test_a_consumer_that_fails_is_put_off_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    job = _answered()
    working = CONSUMERS[subscriptions.BELIEF]
    monkeypatch.setitem(CONSUMERS, subscriptions.BELIEF, Consumer(_broken))
    assert flow.deliver_due() == 2
    assert _delivery(subscriptions.ACCEPT).done_at is not None
    failed = _delivery(subscriptions.BELIEF)
    assert (failed.done_at, failed.attempts) == (None, 1)
    assert failed.last_error == "ValueError: a bug met answer_submitted"
    assert failed.due_at > Event.objects.get(type="answer_submitted").at
    assert not TaskBelief.objects.exists()

    monkeypatch.setitem(CONSUMERS, subscriptions.BELIEF, working)
    flow.make_due()
    flow.deliver_due()
    assert _delivery(subscriptions.BELIEF).done_at is not None
    assert TaskBelief.objects.get(job=job).n_answers == 1


@pytest.mark.parametrize(("attempts", "pause_s"), [(0, 1), (1, 2), (4, 16), (20, LONGEST_PAUSE_S)])
@pytest.mark.django_db(transaction=True)
def test_each_failure_puts_off_for_longer_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch, attempts: int, pause_s: int
) -> None:
    _answered()
    monkeypatch.setitem(CONSUMERS, subscriptions.BELIEF, Consumer(_broken))
    delivery = _delivery(subscriptions.BELIEF)
    Delivery.objects.filter(pk=delivery.pk).update(attempts=attempts)
    before = database_now()
    deliver(delivery.pk)
    after = database_now()
    put_off_until: datetime = _delivery(subscriptions.BELIEF).due_at
    assert before + timedelta(seconds=pause_s) <= put_off_until <= after + timedelta(seconds=pause_s)


def test_an_effect_whose_delivery_fails_did_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    _answered()
    working = CONSUMERS[subscriptions.ACCEPT].handle

    def pay_and_fail(event: Event) -> None:
        working(event)
        raise ValueError

    monkeypatch.setitem(CONSUMERS, subscriptions.ACCEPT, Consumer(pay_and_fail))
    deliver(_delivery(subscriptions.ACCEPT).pk)
    assert not Transfer.objects.filter(kind="pay").exists()
    monkeypatch.setitem(CONSUMERS, subscriptions.ACCEPT, Consumer(working))
    deliver(_delivery(subscriptions.ACCEPT).pk)
    assert Transfer.objects.filter(kind="pay").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_has_to_wait_is_postponed_and_is_no_failure() -> None:
    answer = make.answer()
    close_job(answer.job_id, reason=CloseReason.MANUAL)
    Delivery.objects.filter(consumer=subscriptions.ACCEPT).update(due_at=database_now() + SOON)
    flow.deliver_due()
    waiting = _delivery(subscriptions.SETTLE)
    assert (waiting.done_at, waiting.attempts, waiting.last_error) == (None, 0, "")
    accept_answer(answer.pk)
    flow.make_due()
    flow.deliver_due()
    assert _delivery(subscriptions.SETTLE).done_at is not None


@pytest.mark.parametrize("resumable", [False, True])
def test_trying_again_later_is_a_short_pause(monkeypatch: pytest.MonkeyPatch, *, resumable: bool) -> None:
    def not_yet(event: Event) -> None:
        raise TryAgainLater

    _answered()
    monkeypatch.setitem(CONSUMERS, subscriptions.ACCEPT, Consumer(not_yet, resumable=resumable))
    delivery = _delivery(subscriptions.ACCEPT)
    deliver(delivery.pk)
    postponed = _delivery(subscriptions.ACCEPT)
    assert (postponed.done_at, postponed.attempts) == (None, 0)
    assert postponed.due_at > delivery.due_at


def test_every_subscription_has_a_consumer() -> None:
    named = {name for names in subscriptions.SUBSCRIPTIONS.values() for name in names}
    assert named == set(CONSUMERS)
