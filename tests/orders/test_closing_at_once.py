"""Books that close while money of the same organization moves elsewhere."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import transaction

from labeling.models import Answer, CloseReason, JobWorker
from labeling.services import close_job
from marketplace.accounts.models import Organization
from marketplace.ledger.models import InvoiceSeries
from marketplace.orders.models import Order
from marketplace.orders.services import accept_answer, give_bonus, settle_order
from tests import invariants, make
from tests.choreography.waiting import start_until_it_waits

pytestmark = pytest.mark.django_db(transaction=True)


def _ended(home: Organization) -> Answer:
    """Return the one answer of a job that has ended, paid for and not settled."""
    answer = make.answer(make.lease(make.published_job(home=home)))
    close_job(answer.job_id, reason=CloseReason.MANUAL)
    accept_answer(answer.pk)
    return answer


def _give_bonus(answer: Answer) -> None:
    place = JobWorker.objects.get(job=answer.job, worker=answer.worker_id)
    job = answer.job
    give_bonus(
        job.pk,
        bonus_id=uuid4(),
        pseudonym=place.pseudonym,
        micros=15_000,
        reason="Well done.",
        given_by_id=job.created_by_id,
    )


def test_a_bonus_for_a_settled_order_and_the_settling_of_another_do_not_wait_for_each_other_in_a_ring() -> None:
    home = make.organization()
    before, ending = _ended(home), _ended(home)
    settle_order(before.job_id)
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():  # whoever comes to number an invoice now waits, with all the locks it took before
            InvoiceSeries.objects.select_for_update(no_key=True).get()
            settling = start_until_it_waits(pool, lambda: settle_order(ending.job_id))
            giving = start_until_it_waits(pool, lambda: _give_bonus(before))
        settling.result()
        giving.result()
    assert Order.objects.filter(state="settled").count() == 2
    assert invariants.broken() == {}
