"""Deliveries: an event's effect and the mark that it happened, in one transaction."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from labeling.services import compare_all, run_ingest, run_prediction
from marketplace.live.core import subscriptions
from marketplace.live.models import Delivery, Event
from marketplace.operations.errors import TryAgainLater
from marketplace.orders.services import accept_answer, check_pay, requote_order, run_publish, settle_order
from marketplace.releases.services import build_release
from pricing.services.turnaround import forecast_opened, forecast_resumed
from quality.services import (
    apply_rules,
    ask_for_rules,
    finalise_labels,
    make_run,
    note_skip,
    refit_skills,
    run_import,
    run_reorder,
    score_gold,
    screen_job,
    take_last_look,
    update_belief,
    weigh_review,
)

logger = logging.getLogger(__name__)

POSTPONED = timedelta(milliseconds=300)
RESUMABLE_POSTPONED = timedelta(seconds=5)
LONGEST_PAUSE_S = 300


@dataclass(frozen=True)
class Consumer:
    """What to do with an event; `resumable` work makes transactions of its own and may be run again."""

    handle: Callable[[Event], None]
    resumable: bool = False


def _learn(event: Event) -> None:
    """Take notice of an answer or a lease given back: gold tells of its worker, everything else of its task."""
    if event.data.get("gold"):
        score_gold(UUID(event.data["answer"]))
    elif event.data.get("review"):
        weigh_review(UUID(event.data["task"]))
    elif event.data.get("lesson"):
        note_skip(UUID(event.data["task"]), event.data["worker"])
    else:
        update_belief(UUID(event.data["task"]))
    if "worker" in event.data:
        ask_for_rules(event.stream.subject_id, event.data["worker"])


def _forecast(event: Event) -> None:
    """Say when a job ends that was opened, or that goes on."""
    make = forecast_opened if event.type == "job_opened" else forecast_resumed
    make(event.stream.subject_id, now=event.at)


CONSUMERS: dict[str, Consumer] = {
    subscriptions.ACCEPT: Consumer(lambda event: accept_answer(UUID(event.data["answer"]))),
    subscriptions.BELIEF: Consumer(_learn),
    subscriptions.CHECK_PAY: Consumer(lambda event: check_pay(event.stream.subject_id)),
    subscriptions.REFIT: Consumer(
        lambda event: refit_skills(event.stream.subject_id, asked_at=event.at), resumable=True
    ),
    subscriptions.LAST_LOOK: Consumer(lambda event: take_last_look(event.stream.subject_id), resumable=True),
    subscriptions.SCREEN: Consumer(lambda event: screen_job(event.stream.subject_id)),
    subscriptions.FINALISE: Consumer(lambda event: finalise_labels(event.stream.subject_id)),
    subscriptions.RULES: Consumer(lambda event: apply_rules(event.stream.subject_id, event.data["worker"])),
    subscriptions.RUN: Consumer(lambda event: make_run(UUID(event.data["operation"])), resumable=True),
    subscriptions.IMPORT: Consumer(lambda event: run_import(UUID(event.data["import"])), resumable=True),
    subscriptions.PREDICT: Consumer(lambda event: run_prediction(UUID(event.data["prediction"])), resumable=True),
    subscriptions.REORDER: Consumer(lambda event: run_reorder(UUID(event.data["operation"])), resumable=True),
    subscriptions.SETTLE: Consumer(lambda event: settle_order(event.stream.subject_id)),
    subscriptions.REQUOTE: Consumer(lambda event: requote_order(event.stream.subject_id)),
    subscriptions.PUBLISH: Consumer(lambda event: run_publish(event.stream.subject_id), resumable=True),
    subscriptions.INGEST: Consumer(lambda event: run_ingest(UUID(event.data["ingest"])), resumable=True),
    subscriptions.COMPARE: Consumer(lambda event: compare_all(UUID(event.data["dataset"])), resumable=True),
    subscriptions.FORECAST: Consumer(_forecast),
    subscriptions.RELEASE: Consumer(lambda event: build_release(UUID(event.data["release"])), resumable=True),
}


@dataclass(frozen=True)
class Due:
    """A delivery to be made; `resumable` work may take long."""

    id: int
    resumable: bool


def take_due(*, limit: int, again_after: timedelta) -> list[Due]:
    """Return deliveries that are due, and make them due again later in case whoever gets them does not finish.

    Parameters
    ----------
    limit : most deliveries to be under way at a time, those handed on before included. What cannot be worked off at
        once waits here: handed on all the same, it would come up again before its turn came, and be sent twice.
    again_after : when what is not done by then is due again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE live_delivery SET due_at = clock_timestamp() + %s * interval '1 second'
               WHERE id IN (SELECT id FROM live_delivery WHERE done_at IS NULL AND due_at <= clock_timestamp()
                            ORDER BY due_at
                            LIMIT greatest(0, %s - (SELECT count(*) FROM live_delivery
                                                    WHERE done_at IS NULL AND due_at > clock_timestamp()))
                            FOR UPDATE SKIP LOCKED)
               RETURNING id, consumer""",
            [again_after.total_seconds(), limit],
        )
        rows = sorted(cursor.fetchall())
    return [Due(id=delivery_id, resumable=CONSUMERS[consumer].resumable) for delivery_id, consumer in rows]


def deliver(delivery_id: int) -> None:
    """Let the consumer take notice; done before, or being done elsewhere, is fine."""
    pause = POSTPONED
    try:
        resumable = _deliver_atomic(delivery_id)
        if resumable is not None:
            pause = RESUMABLE_POSTPONED
            CONSUMERS[resumable.consumer].handle(resumable.event)
            _mark_done(delivery_id)
    except TryAgainLater:
        Delivery.objects.filter(pk=delivery_id).update(due_at=Now() + pause)
    except Exception as error:  # a consumer's bug must not stop the others; it is kept, logged and tried again
        logger.exception("Delivery %s failed", delivery_id)
        _put_off(delivery_id, error)


@transaction.atomic
def _deliver_atomic(delivery_id: int) -> Delivery | None:
    """Deliver in one transaction; what makes transactions of its own is returned instead."""
    pending = Delivery.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    delivery = pending.select_related("event__stream").filter(pk=delivery_id, done_at__isnull=True).first()
    if delivery is None or CONSUMERS[delivery.consumer].resumable:
        return delivery
    CONSUMERS[delivery.consumer].handle(delivery.event)
    _mark_done(delivery_id)
    return None


def _mark_done(delivery_id: int) -> None:
    Delivery.objects.filter(pk=delivery_id).update(done_at=Now())


def _put_off(delivery_id: int, error: Exception) -> None:
    attempts = Delivery.objects.values_list("attempts", flat=True).get(pk=delivery_id) + 1
    pause = timedelta(seconds=min(LONGEST_PAUSE_S, 2**attempts / 2))
    Delivery.objects.filter(pk=delivery_id).update(
        attempts=F("attempts") + 1, due_at=Now() + pause, last_error=f"{type(error).__name__}: {error}"[:2000]
    )
