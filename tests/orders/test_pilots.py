"""A part of an order first, a quote from what it measured, and nothing more without the requester's word and money."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.errors import SplitRefused, WrongState
from labeling.models import HoldReason, LabelingJob, Snapshot, Task
from labeling.services import claim_tasks, hold_job, pause_job, release_job, resume_job
from marketplace.ledger.errors import InsufficientFunds
from marketplace.ledger.models import AccountKind
from marketplace.operations.core.currencies import half_up_minor
from marketplace.operations.core.money import MICROS
from marketplace.orders.errors import NoPilot, OrderNotFunded, OrderWrongState, QuoteReplaced
from marketplace.orders.models import Order, Pilot
from marketplace.orders.services import fund_order, go_on, pilot_order, publish_order, stop_order
from marketplace.orders.services.publish import n_piloted
from pricing.errors import WageTooLow
from pricing.models import Quote
from pricing.services import add_card, resplit
from tests import invariants, make
from tests.orders import flow
from tests.pricing.cards_in_service import our_next_card

pytestmark = pytest.mark.django_db

PAY = 17_000


def _funded(**changes: object) -> Order:
    terms = {"n_tasks": 40, "min_overlap": 2, "max_overlap": 3, "target_confidence": 0.8}
    return make.funded_order(**(terms | changes))  # type: ignore[arg-type] # as `make.job` takes them


def _finish(order: Order) -> Order:
    while claimed := [claim_tasks(order.job_id, make.worker().pk, limit=20) for _ in range(2)]:
        for held in [each for leases in claimed for each in leases]:
            make.answer(held, annotations=[{"class": "cat" if held.task.ordinal % 2 else "dog"}])
        flow.run_to_rest()
        if not any(claimed) or LabelingJob.objects.get(pk=order.job_id).closed_at:
            break
    return Order.objects.select_related("quote", "job").get(pk=order.pk)


def _requote_of(ended: Order) -> UUID:
    assert ended.pilot.requote_id is not None
    return ended.pilot.requote_id


def _hold(order: Order) -> None:
    connection.check_constraints()
    assert invariants.broken() == {}
    assert (order.paid_micros or 0) + (order.fee_micros or 0) <= order.funded_micros


def test_only_the_pilot_is_worked_on_until_the_requester_says_go() -> None:
    order = _funded()
    before = flow.balance(AccountKind.ESCROW, order.pk)
    pilot_order(order.pk, share=0.05, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    job = LabelingJob.objects.get(pk=order.job_id)
    assert (job.state, job.n_tasks, job.n_held) == ("pilot", 40, 38)
    somebody = make.worker()
    assert LabelingJob.objects.open_to_worker(somebody).filter(pk=job.pk).exists()
    assert len(claim_tasks(job.pk, somebody.pk, limit=20)) == 2
    assert claim_tasks(job.pk, somebody.pk, limit=20) == []
    assert flow.balance(AccountKind.ESCROW, order.pk) == before


def test_a_pilot_ends_in_a_second_quote_and_changes_nothing_by_itself() -> None:
    order = _funded()
    assert order.quote is not None
    ended = flow.piloted(order, active_ms=60_000)
    requote = ended.pilot.requote
    assert requote is not None
    assert (ended.quote, ended.funded_micros, ended.job.state) == (order.quote, order.quote.cap_micros, "pilot")
    # 20 answers' worth of 5.1 s, and 4 of 60 s: 14.25 s, at $12 an hour
    assert requote.effort_s == pytest.approx(14.25)
    assert requote.pay_micros == 48_000
    assert requote.cap_micros > order.quote.cap_micros
    assert requote.assumptions["pilot"]["n_tasks"] == 2
    assert requote.assumptions["pilot"]["n_answers"] == 4
    assert requote.cost_basis["n_tasks_piloted"] == 2
    assert sum(line["cap_micros"] for line in requote.lines) == requote.cap_micros
    assert sum(line["expected_micros"] for line in requote.lines) == requote.expected_micros
    # What was measured is in the drivers that it is about.
    walked, before = ({each["name"]: each for each in quote.drivers} for quote in (requote, order.quote))
    assert sum(int(Decimal(each["amount"]) * MICROS) for each in requote.drivers) == requote.expected_micros
    assert walked["annotation_type"]["detail"].endswith("; after the pilot 14.2 s an answer")
    assert [name for name in walked if walked[name] != before[name]] == ["annotation_type", "quality"]
    assert claim_tasks(order.job_id, make.worker().pk, limit=20) == []
    _hold(ended)


def test_going_on_funds_the_difference_and_pays_the_rest_as_measured() -> None:
    ended = flow.piloted(_funded(), active_ms=60_000)
    requote, first = ended.pilot.requote, ended.pilot.first_quote
    assert requote is not None
    prepaid = flow.balance(AccountKind.PREPAID, ended.organization_id)
    gone = go_on(ended.pk, quote_id=requote.pk)
    assert gone.funded_micros == requote.cap_micros
    added = requote.cap_micros - first.cap_micros
    assert flow.balance(AccountKind.PREPAID, ended.organization_id) == prepaid - added
    assert go_on(ended.pk, quote_id=requote.pk).funded_micros == requote.cap_micros  # once only
    job = LabelingJob.objects.get(pk=ended.job_id)
    assert (job.state, job.n_held, job.pay_micros) == ("open", 0, 48_000)
    assert set(Task.objects.filter(job=job, n_counted=0).values_list("pay_micros", "wanted_overlap")) == {(48_000, 2)}
    _hold(gone)
    settled = _finish(gone)
    assert settled.state == "settled"
    assert settled.paid_micros == 4 * PAY + 38 * 2 * 48_000
    _hold(settled)


def test_what_a_pilot_raised_is_not_lost_when_the_rest_is_split_otherwise() -> None:
    ended = flow.piloted(_funded(), active_ms=60_000)
    go_on(ended.pk, quote_id=_requote_of(ended))
    resplit(LabelingJob.objects.get(pk=ended.job_id), {"strategy": "balanced_batches", "batch_effort_s": 25})
    assert set(Task.objects.filter(job=ended.job_id, n_counted=0).values_list("pay_micros", flat=True)) == {48_000}


def test_going_on_with_the_first_quote_adds_nothing() -> None:
    ended = flow.piloted(_funded(), active_ms=15_000)
    gone = go_on(ended.pk, quote_id=ended.pilot.first_quote_id)
    assert gone.funded_micros == ended.funded_micros
    settled = _finish(gone)
    assert (settled.state, settled.paid_micros) == ("settled", 40 * 2 * PAY)
    _hold(settled)


def test_a_pilot_that_showed_less_than_the_least_wage_does_not_go_on_as_agreed_at_first() -> None:
    ended = flow.piloted(_funded(), active_ms=60_000)
    with pytest.raises(WageTooLow) as refused, transaction.atomic():
        go_on(ended.pk, quote_id=ended.pilot.first_quote_id)  # .017 for 14.25 s are 4.29 an hour
    assert refused.value.data["least_pay_per_answer"] == "0.031667"
    assert LabelingJob.objects.get(pk=ended.job_id).state == "pilot"
    go_on(ended.pk, quote_id=_requote_of(ended))
    assert LabelingJob.objects.get(pk=ended.job_id).state == "open"


def test_work_that_was_quicker_than_assumed_lowers_neither_pay_nor_cap() -> None:
    ended = flow.piloted(_funded(), active_ms=500)
    requote, first = ended.pilot.requote, ended.pilot.first_quote
    assert requote is not None
    assert (requote.pay_micros, requote.cap_micros) == (first.pay_micros, first.cap_micros)
    assert requote.effort_s < first.effort_s


def test_nobody_was_active_in_a_pilot_for_longer_than_there_was_time() -> None:
    ended = flow.piloted(_funded(), active_ms=2**31 - 1, in_time=False)
    requote = ended.pilot.requote
    assert requote is not None
    assert (requote.pay_micros, requote.cap_micros) == (PAY, ended.pilot.first_quote.cap_micros)
    assert float(requote.assumptions["pilot"]["median_s"]) < 5.1


def test_a_pilot_adds_any_amount_to_what_the_job_may_spend() -> None:
    ended = flow.piloted(_funded(), active_ms=12 * 3_600_000)
    requote, first = ended.pilot.requote, ended.pilot.first_quote
    assert requote is not None
    assert requote.labour_cap_micros - first.labour_cap_micros > 2**31  # more than four bytes hold
    make.funds(ended.organization, micros=10_000_000_000)
    go_on(ended.pk, quote_id=requote.pk)
    assert LabelingJob.objects.get(pk=ended.job_id).answer_budget_micros == requote.labour_cap_micros
    _hold(Order.objects.get(pk=ended.pk))


def test_without_the_money_nothing_moves() -> None:
    order = make.order(n_tasks=40, min_overlap=2, max_overlap=3, target_confidence=0.8)
    assert order.quote is not None
    make.funds(order.organization, micros=order.quote.cap_micros)
    ended = flow.piloted(fund_order(order.pk), active_ms=60_000)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        go_on(ended.pk, quote_id=_requote_of(ended))
    after = Order.objects.select_related("job", "pilot").get(pk=ended.pk)
    assert (after.job.state, after.funded_micros, after.pilot.passed_at) == ("pilot", order.quote.cap_micros, None)
    _hold(after)


def test_a_share_is_counted_as_it_was_written() -> None:
    order = Order(job=LabelingJob(snapshot=Snapshot(n_assets=200)))
    assert n_piloted(order, 0.035) == 7  # 7.000000000000001 to a float
    assert n_piloted(order, 0.0351) == 8


def test_reviews_that_pay_more_than_answers_are_counted_and_not_guessed_from_their_reserve() -> None:
    add_card(
        our_next_card(reviewers={"peer": "5", "senior": "5", "requester": "0"}), added_by_id=None, now=timezone.now()
    )
    ended = flow.piloted(_funded(review_share=0.25), active_ms=60_000)
    requote, first = ended.pilot.requote, ended.pilot.first_quote
    assert requote is not None
    assert PAY < first.review_pay_micros < requote.pay_micros
    [line] = [line for line in requote.lines if line["name"] == "review"]
    assert line["expected_micros"] == half_up_minor(10 * first.review_pay_micros, "USD")
    # An adjudication of one of the 38 tasks to come is paid as an answer, which now is more than a review.
    more = requote.pay_micros - first.review_pay_micros
    assert requote.review_reserve_micros == first.review_reserve_micros + more * 10 * 38 // 40


def test_who_stops_pays_for_the_pilot_alone() -> None:
    ended = flow.piloted(_funded())
    stop_order(ended.pk)
    flow.run_to_rest()
    order = Order.objects.get(pk=ended.pk)
    # 20 % of four answers, to the cent
    assert (order.state, order.paid_micros, order.fee_micros) == ("settled", 4 * PAY, 10_000)
    assert order.refunded_micros == order.funded_micros - 4 * PAY - 10_000 - (order.rounding_micros or 0)
    assert stop_order(order.pk).state == "settled"
    _hold(order)


def test_a_pilot_that_is_paused_or_held_goes_on_as_a_pilot() -> None:
    order = _funded()
    pilot_order(order.pk, share=0.05, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    pause_job(order.job_id)
    resume_job(order.job_id)
    assert LabelingJob.objects.get(pk=order.job_id).state == "pilot"
    with transaction.atomic():
        hold_job(order.job_id, reason=HoldReason.REJECTIONS)
        with pytest.raises(WrongState):
            claim_tasks(order.job_id, make.worker().pk, limit=1)
        release_job(order.job_id)
    assert LabelingJob.objects.get(pk=order.job_id).state == "pilot"


def test_a_paused_pilot_is_not_split_otherwise_and_so_set_free() -> None:
    order = _funded(n_tasks=3)
    pilot_order(order.pk, share=0.05, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    pause_job(order.job_id)
    with pytest.raises(SplitRefused), transaction.atomic():
        resplit(LabelingJob.objects.get(pk=order.job_id), {"strategy": "balanced_batches"})


def test_gold_is_shown_in_a_pilot_and_no_part_of_it() -> None:
    order = _funded(n_gold=10)
    pilot_order(order.pk, share=0.05, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    tasks = Task.objects.filter(job=order.job_id)
    assert tasks.filter(wanted_overlap=0, is_gold=True).count() == 0
    assert tasks.filter(wanted_overlap=2).count() == 2


def test_a_pilot_that_would_leave_nothing_to_go_on_with_is_refused() -> None:
    for order in (_funded(n_tasks=1), _funded(n_tasks=2, n_gold=1)):
        with pytest.raises(OrderWrongState), transaction.atomic():
            pilot_order(order.pk, share=0.05, requested_by_id=order.created_by_id)
        assert Order.objects.get(pk=order.pk).publish_operation is None


def test_what_cannot_be_piloted_or_gone_on_with_is_refused() -> None:
    with pytest.raises(OrderNotFunded), transaction.atomic():
        quoted = make.order()
        pilot_order(quoted.pk, share=0.05, requested_by_id=quoted.created_by_id)
    published = _funded(n_tasks=3)
    publish_order(published.pk, requested_by_id=published.created_by_id)
    with pytest.raises(OrderWrongState), transaction.atomic():
        pilot_order(published.pk, share=0.05, requested_by_id=published.created_by_id)
    flow.run_to_rest()
    with pytest.raises(NoPilot), transaction.atomic():
        go_on(published.pk, quote_id=published.pk)
    with pytest.raises(NoPilot), transaction.atomic():
        stop_order(published.pk)
    ended = flow.piloted(_funded())
    with pytest.raises(QuoteReplaced), transaction.atomic():
        go_on(ended.pk, quote_id=Quote.objects.exclude(job=ended.job_id)[0].pk)
    go_on(ended.pk, quote_id=_requote_of(ended))
    with pytest.raises(NoPilot), transaction.atomic():
        go_on(ended.pk, quote_id=ended.pilot.first_quote_id)


def test_the_database_refuses_a_go_before_the_end() -> None:
    order = _funded(n_tasks=3)
    assert order.quote is not None
    for broken in ({"share": 0.2}, {"share": 0.05, "added_micros": 1}, {"share": 0.05, "passed_at": order.created_at}):
        with pytest.raises(IntegrityError, match="pilot_"), transaction.atomic():
            Pilot.objects.create(order=order, first_quote=order.quote, **broken)
