"""An order is never charged above the cap of its quote, whatever its workers do."""

import random

import pytest
from django.db import connection

from labeling.models import Assignment, LabelingJob, TaskKind, Verdict
from labeling.services import SentVerdict, StatedConflict, claim_tasks, submit_answer
from marketplace.ledger.models import AccountKind
from marketplace.orders.models import Order
from marketplace.orders.services import create_order, fund_order, publish_order, quote_order
from pricing.core.drivers import read_drivers
from pricing.models import QuoteOutcome
from tests import invariants, make
from tests.orders import flow

pytestmark = pytest.mark.django_db


def _say(held: Assignment, chance: random.Random) -> None:
    """Answer, or check, as somebody would who guesses."""
    name = chance.choice(make.CLASSES)
    if held.task.kind == TaskKind.REVIEW:
        said = chance.choice([Verdict.ACCEPT, Verdict.REJECT])
        conflicts = [StatedConflict("mismatching_label")] if said == Verdict.REJECT else []
        spoken = SentVerdict(verdict=said, conflicts=conflicts)
        submit_answer(held.pk, annotations=None, active_ms=None, said=spoken)
        return
    submit_answer(held.pk, annotations=[{"class": name}], active_ms=chance.randint(1_000, 90_000))


def _work_to_the_end(order: Order, chance: random.Random) -> None:
    """Let workers who guess, and who let leases lapse and send their answers late, collect all that there is."""
    dawdling: list[Assignment] = []
    for _ in range(40):
        held = claim_tasks(order.job_id, make.worker().pk, limit=20)
        for lease in held:
            if lease.task.kind == TaskKind.ANNOTATE and chance.random() < 0.15:
                dawdling.append(make.let_expire(lease))
            else:
                _say(lease, chance)
        flow.run_to_rest()
        _hold(order)
        if LabelingJob.objects.get(pk=order.job_id).closed_at is not None:
            return
        while dawdling and chance.random() < 0.5:
            _say(dawdling.pop(), chance)
    raise AssertionError("The job does not end.")


def _hold(order: Order) -> None:
    connection.check_constraints()
    assert invariants.broken() == {}
    now = Order.objects.select_related("quote").get(pk=order.pk)
    assert now.quote is not None
    assert now.funded_micros == now.quote.cap_micros
    spent = (now.paid_micros or 0) + (now.fee_micros or 0) + (now.rounding_micros or 0)
    assert spent <= now.quote.cap_micros
    assert flow.balance(AccountKind.ESCROW, order.pk) >= 0


@pytest.mark.parametrize("seed", [1, 2])
def test_guessing_late_and_reviewed_work_with_gold_and_rush_stays_within_the_cap(seed: int) -> None:
    chance = random.Random(seed)
    job = make.job(n_tasks=12, n_gold=3, min_overlap=1, max_overlap=3, target_confidence=0.9, review_share=0.5)
    order = create_order(job, created_by_id=job.created_by_id)
    order = quote_order(order.pk, drivers=read_drivers({"rush": "0.5", "integration": {}}))
    assert order.quote is not None
    make.funds(order.organization, micros=order.quote.cap_micros)  # and not a micro-dollar more
    order = fund_order(order.pk)
    publish_order(order.pk, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    _work_to_the_end(order, chance)
    settled = Order.objects.select_related("quote").get(pk=order.pk)
    assert settled.quote is not None
    assert settled.state == "settled"
    outcome = QuoteOutcome.objects.get(quote=settled.quote)
    assert settled.quote.cost_p90_micros is not None
    assert outcome.charged_micros <= settled.quote.cap_micros
    back = settled.quote.cap_micros - (settled.paid_micros or 0) - (settled.fee_micros or 0)
    assert flow.balance(AccountKind.PREPAID, settled.organization_id) == back - (settled.rounding_micros or 0)
