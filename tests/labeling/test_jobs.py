"""Jobs: drafted on a frozen snapshot, split into tasks, opened and closed."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.errors import EmptyDataset, InvalidInput, WrongState
from labeling.models import Asset, CloseReason, LabelingJob, Task
from labeling.services import (
    close_job,
    create_job,
    materialise_tasks,
    open_job,
    pause_job,
    preview_split,
    resume_job,
    set_terms,
)
from marketplace.live.models import Event
from tests import make

pytestmark = pytest.mark.django_db


def _names(job: LabelingJob) -> list[str]:
    return [member.asset.external_id for member in job.snapshot.members.order_by("ordinal")]


def test_a_job_works_on_the_assets_that_were_there_when_it_was_drafted() -> None:
    photos = make.dataset(n_assets=3)
    Asset.objects.filter(external_id="asset-2").update(tombstoned_at=timezone.now())
    job = make.job(photos=photos)
    make.asset(photos, external_id="later")
    assert _names(job) == ["asset-1", "asset-3"]
    assert (job.snapshot.n_assets, preview_split(job, pace=make.PACE).n_tasks) == (2, 2)
    second = make.job(photos=photos)
    assert (_names(second), second.snapshot.number) == (["asset-1", "asset-3", "later"], 2)


def test_an_empty_dataset_makes_no_job() -> None:
    with pytest.raises(EmptyDataset), transaction.atomic():
        make.job(n_tasks=0)
    assert not LabelingJob.objects.exists()


def test_parts_that_do_not_belong_together_make_no_job() -> None:
    home = make.organization()
    plan, other = make.project(home), make.project(home)
    ontology, guideline = make.ontology(plan), make.guideline(plan)
    own, foreign = make.dataset(home, n_assets=1), make.dataset(n_assets=1)
    author = home.memberships.first()
    assert author is not None
    for photos, rules, field in ((own, make.guideline(other), "guideline"), (foreign, guideline, "dataset")):
        with pytest.raises(InvalidInput) as refused, transaction.atomic():
            create_job(
                dataset=photos, ontology=ontology, guideline=rules, spec=make.spec(), created_by_id=author.user_id
            )
        assert refused.value.field == field


def test_splitting_goes_on_where_it_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.materialise.CHUNK", 2)
    job = make.job(n_tasks=5, min_overlap=2, max_overlap=4)
    set_terms(job.pk, pay_micros=17_000, currency="USD", answer_budget_micros=10**6, late_reserve_micros=0)
    assert next(materialise_tasks(job.pk, pace=make.PACE)) == pytest.approx(0.4)  # and no further: the runner died
    assert list(materialise_tasks(job.pk, pace=make.PACE)) == [pytest.approx(0.8), pytest.approx(1.0)]
    assert list(materialise_tasks(job.pk, pace=make.PACE)) == [pytest.approx(1.0)]
    facts = Task.objects.filter(job=job).order_by("ordinal").values_list("ordinal", "asset__external_id")
    assert list(facts) == [(n, f"asset-{n}") for n in range(1, 6)]
    terms = set(Task.objects.filter(job=job).values_list("wanted_overlap", "max_overlap", "pay_micros"))
    assert terms == {(2, 4, 17_000)}


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (CloseReason.MANUAL, "cancelled"),
        (CloseReason.DEADLINE, "completed"),
        (CloseReason.BUDGET, "completed"),
        (CloseReason.COMPLETED, "completed"),
    ],
)
def test_closing_retires_what_is_open_in_one_event(reason: CloseReason, state: str) -> None:
    job = make.published_job(n_tasks=3)
    Task.objects.filter(job=job, ordinal=1).update(state="retired", retired_reason="confident")
    close_job(job.pk, reason=reason)
    job.refresh_from_db()
    assert (job.state, job.close_reason) == (state, reason)
    reasons = Task.objects.filter(job=job).order_by("ordinal").values_list("retired_reason", flat=True)
    assert list(reasons) == ["confident", "cancelled", "cancelled"]
    [event] = Event.objects.filter(stream__subject_id=job.pk, type__in=["job_closed", "task_retired"])
    assert event.data == {"reason": reason, "n_cancelled": 2}
    assert event.deltas == {"retired": 2, "retired_cancelled": 2}


def test_a_job_goes_only_where_its_state_allows() -> None:
    job = make.published_job()
    with pytest.raises(WrongState), transaction.atomic():
        open_job(job.pk)
    with pytest.raises(WrongState), transaction.atomic():
        resume_job(job.pk)
    with pytest.raises(WrongState), transaction.atomic():
        set_terms(job.pk, pay_micros=1, currency="USD", answer_budget_micros=1, late_reserve_micros=0)
    close_job(job.pk, reason=CloseReason.MANUAL)
    for act in (pause_job, resume_job, open_job):
        with pytest.raises(WrongState), transaction.atomic():
            act(job.pk)
    with pytest.raises(WrongState), transaction.atomic():
        close_job(job.pk, reason=CloseReason.COMPLETED)


def test_the_database_refuses_an_end_without_a_reason() -> None:
    job = make.published_job()
    with pytest.raises(IntegrityError, match="job_closed_with_reason"), transaction.atomic():
        LabelingJob.objects.filter(pk=job.pk).update(state="completed")
