"""Quotes say what a job will probably cost, and learn from what others came to."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.models import CloseReason
from labeling.services import close_job
from marketplace.operations.core.money import parse_money
from marketplace.orders.models import Order
from pricing.models import Quote, QuoteOutcome
from pricing.services import Outcome, quote_job, record_outcome
from tests import make
from tests.orders import flow

pytestmark = pytest.mark.django_db


def _quote(**job_changes: object) -> Quote:
    return quote_job(make.job(**job_changes), now=timezone.now())  # type: ignore[arg-type] # as `make.job` takes them


def test_a_quote_says_within_what_the_cost_will_lie_and_what_that_rests_on() -> None:
    quote = _quote(n_tasks=30, min_overlap=2, max_overlap=6, target_confidence=0.95)
    assert quote.cost_p50_micros is not None
    assert quote.cost_p90_micros is not None
    least = 30 * 2 * quote.pay_micros
    assert least < quote.cost_p50_micros < quote.cost_p90_micros < quote.cap_micros
    assert quote.cost_p50_micros % 10_000 == quote.cost_p90_micros % 10_000 == 0
    mean = parse_money(quote.cost_basis["mean_cost"])
    assert mean is not None
    assert least < mean < quote.cost_p90_micros
    assert quote.cost_basis["n_finished_jobs"] == 0
    assert 2 < quote.cost_basis["answers_per_task"] < 6
    assert quote.simulated_costs[-1] == [1.0, quote.cap_micros]


def test_the_same_job_is_forecast_alike_twice() -> None:
    job, now = make.job(n_tasks=20, max_overlap=5), timezone.now()
    first, second = quote_job(job, now=now), quote_job(job, now=now + timedelta(hours=1))
    assert first.simulated_costs == second.simulated_costs


def test_every_type_of_annotation_is_forecast() -> None:
    for kind in ("bounding_box", "multi_label_classification", "semantic_segmentation"):
        quote = _quote(annotation_type=kind, units_per_asset=3.0, min_overlap=1, max_overlap=4)
        assert quote.cost_p50_micros is not None
        assert quote.cost_p50_micros <= (quote.cost_p90_micros or 0) <= quote.cap_micros


def test_a_course_costs_what_it_costs() -> None:
    order = Order.objects.get(job=make.course())
    assert order.quote is not None
    assert order.quote.cost_p90_micros is None


def test_the_database_refuses_costs_that_are_likelier_than_possible() -> None:
    quote = _quote()
    for broken in ({"cost_p90_micros": quote.cap_micros + 1}, {"cost_p50_micros": quote.cap_micros}):
        twin = Quote.objects.get(pk=quote.pk)
        twin.pk = quote.job_id  # any other id
        for name, value in broken.items():
            setattr(twin, name, value)
        with pytest.raises(IntegrityError, match="quote_costs_within_cap"), transaction.atomic():
            twin.save(force_insert=True)


def test_what_a_job_came_to_teaches_later_quotes() -> None:
    job = make.published_job(n_tasks=15, min_overlap=2, max_overlap=4)
    flow.answer_all(job, n_workers=2)
    flow.run_to_rest()
    order = Order.objects.select_related("quote").get(job=job)
    outcome = QuoteOutcome.objects.get(quote=order.quote)
    assert outcome.charged_micros == (order.paid_micros or 0) + (order.fee_micros or 0)
    assert (outcome.n_tasks, outcome.n_answers) == (15, 30)
    assert outcome.accuracy is not None
    assert outcome.accuracy > 0.9  # all said the same
    assert outcome.place is not None
    assert outcome.place < 0.5  # nothing was cheaper than this
    later = _quote(n_tasks=15, min_overlap=2, max_overlap=4)
    assert (later.cost_basis["n_finished_jobs"], later.cost_basis["n_measured_crowds"]) == (1, 1)
    boxes = _quote(annotation_type="bounding_box")
    assert boxes.cost_basis["n_finished_jobs"] == 0  # another kind of work


def test_a_job_that_was_broken_off_teaches_nothing() -> None:
    job = make.published_job(n_tasks=4)
    flow.answer_all(job)
    close_job(job.pk, reason=CloseReason.MANUAL)
    flow.run_to_rest()
    assert not QuoteOutcome.objects.exists()


def test_costs_that_were_always_above_the_median_raise_it() -> None:
    job, fixed = make.job(n_tasks=30, min_overlap=2, max_overlap=6), make.job(n_tasks=30, min_overlap=2, max_overlap=2)
    before, fixed_before = quote_job(job, now=timezone.now()), quote_job(fixed, now=timezone.now())
    for _ in range(25):
        earlier = quote_job(job, now=timezone.now())
        high = round(earlier.simulated_costs[-4][1])
        record_outcome(earlier, job, Outcome(charged_micros=high, n_answers=150), now=timezone.now())
    after = quote_job(job, now=timezone.now())
    assert after.cost_p50_micros is not None
    assert before.cost_p50_micros is not None
    assert before.cost_p50_micros < after.cost_p50_micros <= (after.cost_p90_micros or 0)
    # That teaches nothing of jobs whose number of answers is fixed.
    fixed_after = quote_job(fixed, now=timezone.now())
    assert fixed_after.cost_basis["n_finished_jobs"] == 25
    assert [fixed_after.cost_p50_micros, fixed_after.cost_p90_micros] == [
        fixed_before.cost_p50_micros,
        fixed_before.cost_p90_micros,
    ]
