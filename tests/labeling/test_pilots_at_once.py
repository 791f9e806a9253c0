"""Going on after a pilot while others are at the same tasks."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import transaction

from labeling.errors import WrongState
from labeling.models import Task
from labeling.services import Raise, pass_pilot
from tests import make
from tests.choreography.waiting import start_until_it_waits

pytestmark = pytest.mark.django_db(transaction=True)


def test_held_tasks_are_locked_by_id_wherever_their_rows_lie() -> None:
    job = make.published_job(n_tasks=3)
    Task.objects.filter(job=job).update(wanted_overlap=0)
    first, second, _ = Task.objects.filter(job=job).order_by("pk").values_list("pk", flat=True)
    Task.objects.filter(pk=first).update(priority=1)  # its row comes to lie behind the others
    terms = Raise(job.pay_micros)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            _lock(first)
            going_on = start_until_it_waits(pool, lambda: pass_pilot(job.pk, terms=terms))
            _lock(second)  # fails at once if it is held by who waits for the first
        with pytest.raises(WrongState):  # there was no pilot
            going_on.result()


def _lock(task_id: UUID) -> None:
    Task.objects.select_for_update(no_key=True, nowait=True).get(pk=task_id)
