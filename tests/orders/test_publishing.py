"""Publishing: paid first, once, and to the end whoever dies on the way."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.errors import WrongState
from labeling.models import JobState, LabelingJob, Task
from labeling.services import claim_tasks, materialise_tasks
from marketplace.live.models import Event
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import TryAgainLater
from marketplace.operations.models import Operation
from marketplace.operations.services import claim_operation
from marketplace.orders.errors import OrderNotFunded, OrderWrongState, QuoteExpired
from marketplace.orders.models import Order
from marketplace.orders.services import cancel_order, create_order, publish_order, run_publish
from quality.services import KnownAnswer, add_gold, remove_gold
from tests import make

pytestmark = pytest.mark.django_db


def _publish(order: Order) -> Operation:
    return publish_order(order.pk, requested_by_id=order.created_by_id)


def test_an_order_that_is_not_funded_is_not_published_and_says_what_is_missing() -> None:
    order = make.order()
    with pytest.raises(OrderNotFunded) as refused, transaction.atomic():
        _publish(order)
    assert order.quote is not None
    # 3 x 3 x .017 = .153: .16; 5 % of it .01; 20 % of .17: .04
    assert refused.value.data == {
        "state": "quoted",
        "allowed_states": ["funded"],
        "missing": "0.21",
        "currency": "USD",
    }
    assert not Operation.objects.exists()


def test_an_order_without_a_quote_is_not_published() -> None:
    job = make.job()
    with pytest.raises(OrderNotFunded) as refused, transaction.atomic():
        _publish(create_order(job, created_by_id=job.created_by_id))
    assert refused.value.data["missing"] is None


def test_a_cancelled_order_is_not_published() -> None:
    with pytest.raises(OrderWrongState), transaction.atomic():
        _publish(cancel_order(make.funded_order().pk))


def test_publishing_twice_is_one_operation_and_one_set_of_tasks() -> None:
    order = make.funded_order()
    assert _publish(order) == _publish(order)
    for _ in range(3):
        run_publish(order.pk)
    operation = _publish(order)
    assert (operation.state, operation.percent) == ("succeeded", 100)
    assert operation.result == {"job": str(order.job_id), "n_tasks": 3}
    assert Task.objects.filter(job=order.job_id).count() == 3
    assert Event.objects.filter(type="publish_requested").count() == 1
    assert Event.objects.filter(type="job_opened").count() == 1


def test_nothing_is_claimed_before_all_tasks_are_made() -> None:
    order = make.funded_order()
    _publish(order)
    next(materialise_tasks(order.job_id, pace=make.PACE))
    assert LabelingJob.objects.get(pk=order.job_id).state == JobState.DRAFT
    run_publish(order.pk)
    assert claim_tasks(order.job_id, make.worker().pk, limit=1)


def test_a_run_that_died_is_taken_over_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.materialise.CHUNK", 2)
    order = make.funded_order(n_tasks=5)
    operation = _publish(order)
    assert claim_operation(operation.pk, now=database_now()) is not None
    next(materialise_tasks(order.job_id, pace=make.PACE))  # the first chunk, and then its runner is gone
    first = set(Task.objects.values_list("pk", flat=True))
    with pytest.raises(TryAgainLater), transaction.atomic():  # nobody knows yet that it is gone
        run_publish(order.pk)
    Operation.objects.update(runner_until=timezone.now() - timedelta(seconds=1))
    run_publish(order.pk)
    operation.refresh_from_db()
    order.refresh_from_db()
    assert (operation.state, order.state, order.job.n_tasks) == ("succeeded", "published", 5)
    ordinals = Task.objects.order_by("ordinal").values_list("ordinal", flat=True)
    assert list(ordinals) == [1, 2, 3, 4, 5]
    assert first < set(Task.objects.values_list("pk", flat=True))
    assert Event.objects.get(type="tasks_opened").deltas == {"tasks": 5}


def test_known_answers_taken_back_after_funding_keep_the_order_from_being_published() -> None:
    draft = make.job(n_tasks=6, n_gold=2)
    order = make.funded_order(draft)
    kept, lost = draft.gold.order_by("id")
    remove_gold(lost.pk)
    with pytest.raises(QuoteExpired, match="Known answers"):
        _publish(order)
    assert LabelingJob.objects.get(pk=draft.pk).pay_micros == 0
    make_good = [KnownAnswer(lost.truth, asset_id=lost.asset_id)]
    add_gold(draft.pk, make_good, created_by_id=draft.created_by_id)
    _publish(order)
    with pytest.raises(WrongState):  # the tasks are being made
        remove_gold(kept.pk)
