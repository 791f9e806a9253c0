"""Numbers reach the database as they are, however large."""

import pytest
from django.db import DataError
from django.db.models import F

from labeling.models import LabelingJob
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("n", [2**31 - 1, 2**31, 3_000_000_000, 453_356_720_000])
def test_what_is_added_in_the_database_arrives_whole(n: int) -> None:
    job = make.job(n_tasks=1)
    jobs = LabelingJob.objects.filter(pk=job.pk)
    jobs.update(answer_budget_micros=F("answer_budget_micros") + n)
    job.refresh_from_db()
    assert job.answer_budget_micros == n
    assert jobs.filter(answer_budget_micros__gte=F("committed_micros") + n).exists()
    assert not jobs.filter(answer_budget_micros__gte=F("committed_micros") + n + 1).exists()
    jobs.update(answer_budget_micros=F("answer_budget_micros") - n)
    job.refresh_from_db()
    assert job.answer_budget_micros == 0


def test_what_no_column_holds_is_refused() -> None:
    jobs = LabelingJob.objects.filter(pk=make.job(n_tasks=1).pk)
    with pytest.raises(DataError):
        jobs.update(answer_budget_micros=F("answer_budget_micros") + 2**64)
