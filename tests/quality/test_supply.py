"""Tasks that nobody is left to answer do not keep a job open for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import LabelingJob, TaskOffer
from labeling.services import push_offers
from marketplace.accounts.models import Membership
from quality.services import retire_exhausted
from tests import make


def _reasons(job: LabelingJob) -> list[str]:
    return list(job.tasks.order_by("ordinal").values_list("retired_reason", flat=True))


@pytest.mark.django_db
def test_a_task_whose_last_offer_lapsed_is_retired_for_want_of_supply() -> None:
    job = make.published_job(n_tasks=2, by_offer_only=True)
    worker = make.worker()
    lapsing, standing = job.tasks.order_by("ordinal")
    push_offers([(lapsing.pk, worker.pk, 0), (standing.pk, worker.pk, 0)])
    TaskOffer.objects.filter(task=lapsing).update(until=timezone.now() - timedelta(seconds=1))

    assert retire_exhausted(job) == 1
    assert _reasons(job) == ["supply", ""]


@pytest.mark.django_db
def test_a_task_that_was_never_offered_waits_for_its_offers() -> None:
    job = make.published_job(n_tasks=1, by_offer_only=True)

    assert retire_exhausted(job) == 0
    assert _reasons(job) == [""]


@pytest.mark.django_db
def test_a_private_job_ends_when_everybody_in_it_has_answered() -> None:
    home = make.organization()
    job = make.published_job(home=home, n_tasks=1, workforce="private", min_overlap=3)
    ann, ben = make.worker(home), make.worker(home)
    for worker in (ann, ben):
        make.answer(make.lease(job, by=worker))

    assert retire_exhausted(job) == 1
    assert _reasons(job) == ["supply"]


@pytest.mark.django_db
def test_a_private_job_waits_while_a_member_has_not_answered() -> None:
    home = make.organization()
    job = make.published_job(home=home, n_tasks=1, workforce="private", min_overlap=2)
    ann, _ = make.worker(home), make.worker(home)
    make.answer(make.lease(job, by=ann))

    assert retire_exhausted(job) == 0
    Membership.objects.filter(organization=home, role="worker").exclude(user=ann).delete()
    assert retire_exhausted(job) == 1
