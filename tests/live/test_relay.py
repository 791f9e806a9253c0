"""The relay: to the broker when there is one, and all by itself when there is none."""

import gc
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from celery import Celery
from celery._state import get_current_app
from django.conf import settings

from labeling.models import LabelingJob
from marketplace.launcher.ports import HOST, free_port
from marketplace.live.adapters import HintSender
from marketplace.live.management.relay import BATCH, Relay
from marketplace.live.models import Delivery
from marketplace.live.tasks import deliver_batch
from tests import invariants, make
from tests.choreography.crowd import run_together
from tests.orders import flow

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = "relay-test"
PATIENCE_S = 60


def test_hints_on_their_way_leave_no_connection_behind() -> None:
    for _ in range(20):
        hints = HintSender()
        for n in range(50):
            hints.send([f"job:{n}"])
        hints.close()  # at once
    gc.collect()  # what was left open would warn here, and warnings are errors


@pytest.fixture
def relay() -> Iterator[Relay]:
    with closing(HintSender()) as hints:
        yield Relay(hints=hints)


def _use(broker_url: str) -> Iterator[Celery]:
    """Make an application with our settings and another broker the current one."""
    before = get_current_app()
    app = Celery("plenum-test", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(broker_url=broker_url, task_default_queue=QUEUE)
    app.set_current()
    try:
        yield app
    finally:
        before.set_current()
        app.close()


@pytest.fixture
def no_broker() -> Iterator[Celery]:
    yield from _use(f"redis://{HOST}:{free_port()}/0")


@pytest.fixture
def broker() -> Iterator[Celery]:
    for app in _use(settings.REDIS_URL):
        _messages(app)
        yield app


def _messages(app: Celery) -> list[tuple[str, list[list[int]]]]:
    """Take what was sent, as the name of the task and its arguments."""
    with app.connection_for_read() as connection, closing(connection.SimpleQueue(QUEUE)) as queue:
        taken: list[tuple[str, list[list[int]]]] = []
        while True:
            try:
                message = queue.get_nowait()
            except queue.Empty:
                return taken
            message.ack()
            taken.append((message.headers["task"], message.payload[0]))


def _answered_job() -> LabelingJob:
    job = make.published_job(n_tasks=8, min_overlap=2, target_confidence=0.8)
    flow.deliver_due()
    flow.answer_all(job, n_workers=2)
    return job


def test_every_thread_sends_through_the_configured_broker() -> None:
    brokers = [deliver_batch.app.conf.broker_url]
    run_together([lambda: brokers.append(deliver_batch.app.conf.broker_url)])
    assert brokers == [settings.REDIS_URL, settings.REDIS_URL]


def test_what_is_due_goes_to_the_broker_in_batches_and_is_done_by_who_takes_it(relay: Relay, broker: Celery) -> None:
    _answered_job()
    n_due = len(flow.pending())
    assert n_due == 32
    assert relay.relay_due() == n_due
    assert relay.relay_due() == 0  # they are being seen to
    assert len(flow.pending()) == n_due
    messages = _messages(broker)
    assert {name for name, _ in messages} == {"live.deliver_batch"}
    sizes = [len(delivery_ids) for _, (delivery_ids,) in messages]
    assert (sum(sizes), max(sizes)) == (n_due, BATCH)
    for _, (delivery_ids,) in messages * 2:  # a message may come twice
        deliver_batch(delivery_ids)
    assert (flow.pending(), flow.failed()) == ([], [])
    assert invariants.broken() == {}


def test_what_may_take_long_is_sent_alone(relay: Relay, broker: Celery) -> None:
    make.order()
    make.published_job()
    assert Delivery.objects.filter(done_at=None, consumer="orders.publish").count() == 1
    relay.relay_due()
    [(name, _)] = _messages(broker)
    assert name == "live.deliver_long"


def test_without_a_broker_the_relay_delivers_itself(relay: Relay, no_broker: Celery) -> None:
    job = _answered_job()
    n_due = len(flow.pending())
    started_at = time.monotonic()
    assert relay.relay_due() == n_due
    assert time.monotonic() - started_at < PATIENCE_S
    assert (flow.pending(), flow.failed()) == ([], [])
    assert job.tasks.filter(state="retired").count() == 8


def test_without_a_broker_a_job_still_ends_and_is_settled(relay: Relay, no_broker: Celery) -> None:
    job = _answered_job()
    give_up_at = time.monotonic() + PATIENCE_S

    def is_over() -> bool:
        return LabelingJob.objects.filter(pk=job.pk, order__state="settled").exists() or time.monotonic() > give_up_at

    relay.run(stopping=is_over)
    job.refresh_from_db()
    assert (job.close_reason, job.order.state) == ("completed", "settled")
    assert invariants.broken() == {}
