"""Bonuses: from prepaid money to a worker of the job, once, in full, with a reason."""

from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from labeling.errors import NoSuchObject
from labeling.models import Answer, JobWorker
from marketplace.ledger.errors import InsufficientFunds, ReferenceReused
from marketplace.ledger.models import AccountKind, Transfer
from marketplace.live.models import Event
from marketplace.orders.errors import FourEyes, OrderWrongState
from marketplace.orders.models import Bonus
from marketplace.orders.services import give_bonus
from tests import invariants, make
from tests.choreography.crowd import run_together
from tests.orders import flow

pytestmark = pytest.mark.django_db


def _give(answer: Answer, *, micros: int = 2_000_000, bonus_id: UUID | None = None, worker: str = "") -> Bonus:
    place = JobWorker.objects.get(job=answer.job, worker=answer.worker_id)
    return give_bonus(
        answer.job_id,
        bonus_id=bonus_id or uuid4(),
        pseudonym=worker or place.pseudonym,
        micros=micros,
        reason="You found the hidden one.",
        given_by_id=answer.job.created_by_id,
    )


def test_a_bonus_leaves_prepaid_and_reaches_the_worker_whole() -> None:
    answer = make.answer()
    before = flow.balance(AccountKind.PREPAID, answer.job.organization_id)
    bonus = _give(answer)
    assert flow.balance(AccountKind.WORKER, answer.worker_id) == 2_000_000
    assert flow.balance(AccountKind.PREPAID, answer.job.organization_id) == before - 2_000_000
    assert flow.balance(AccountKind.FEE, None) == 0
    assert Event.objects.get(type="bonus_given").data["worker"] == bonus.place.pseudonym


def test_more_than_there_is_is_not_given() -> None:
    answer = make.answer()
    with pytest.raises(InsufficientFunds), transaction.atomic():
        _give(answer, micros=make.PLENTY_MICROS)
    assert not Bonus.objects.exists()


def test_a_bonus_goes_to_somebody_who_works_in_the_job_of_a_published_order() -> None:
    answer = make.answer()
    with pytest.raises(NoSuchObject) as refused, transaction.atomic():
        _give(answer, worker="w-nobody")
    assert refused.value.field == "worker"
    drafted = make.order()
    with pytest.raises(OrderWrongState), transaction.atomic():
        give_bonus(
            drafted.job_id, bonus_id=uuid4(), pseudonym="w", micros=1, reason="x", given_by_id=drafted.created_by_id
        )


def test_nobody_gives_themselves_a_bonus() -> None:
    answer = make.answer()
    place = JobWorker.objects.get(job=answer.job, worker=answer.worker_id)
    name, giver = place.pseudonym, answer.worker_id
    with pytest.raises(FourEyes), transaction.atomic():
        give_bonus(answer.job_id, bonus_id=uuid4(), pseudonym=name, micros=1, reason="x", given_by_id=giver)
    assert not Bonus.objects.exists()


def test_other_money_under_the_same_id_is_refused_and_a_bonus_never_changes() -> None:
    answer = make.answer()
    bonus = _give(answer)
    with pytest.raises(ReferenceReused), transaction.atomic():
        _give(answer, micros=1, bonus_id=bonus.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Bonus.objects.filter(pk=bonus.pk).update(micros=1)


@pytest.mark.django_db(transaction=True)
def test_a_bonus_sent_by_all_at_once_is_given_once() -> None:
    answer, bonus_id = make.answer(), uuid4()
    given: list[Bonus] = []
    run_together([lambda: given.append(_give(answer, bonus_id=bonus_id))] * 4)
    assert flow.balance(AccountKind.WORKER, answer.worker_id) == 2_000_000
    assert (Transfer.objects.filter(kind="bonus").count(), Bonus.objects.count()) == (1, 1)
    assert Event.objects.filter(type="bonus_given").count() == 1
    assert invariants.broken() == {}
