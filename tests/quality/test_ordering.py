"""Ordering an open job's tasks anew, as an Operation."""

from typing import Any

import pytest

from labeling.errors import WrongState
from labeling.models import LabelingJob
from marketplace.operations.models import Operation
from pricing.services import resplit
from quality.errors import ReorderUnderWay
from quality.models import ConsensusLabel, ConsensusRun
from quality.services import TaskOrder, request_reorder, run_reorder
from quality.services.ordering import doubts_of_labels
from tests import make
from tests.api.expect import with_key
from tests.conftest import ClientFactory
from tests.labeling.test_ordering import priorities, scored
from tests.labeling.test_splitting import TILES

pytestmark = pytest.mark.django_db


def _reordered(job: LabelingJob, **order: Any) -> Operation:
    asked = request_reorder(job.pk, TaskOrder(**order), requested_by_id=job.created_by_id)
    run_reorder(asked.pk)
    return Operation.objects.get(pk=asked.pk)


def test_an_open_job_is_ordered_by_a_model_and_back() -> None:
    job = make.published_job(n_tasks=3)
    scored(job, {"asset-3": 0.4})
    done = _reordered(job, source="detector")
    assert (done.state, done.result) == ("succeeded", {"job": str(job.pk), "n_changed": 1})
    assert priorities(job) == [0, 0, 6_000]
    _reordered(job)
    assert priorities(job) == [0, 0, 0]


def test_an_open_job_is_ordered_by_the_doubts_of_an_earlier_one_on_the_same_assets() -> None:
    run = make.run(n_tasks=3)
    later = make.published_job(photos=run.job.snapshot.dataset)
    assert _reordered(later, doubts_of=run.job_id).state == "succeeded"
    assert priorities(later) == [500, 500, 500]
    assert ConsensusLabel.objects.filter(run=run, confidence=0.95).count() == 3


def test_of_an_asset_in_parts_the_least_sure_part_counts() -> None:
    run = make.run(n_tasks=1, annotation_type="bounding_box", split=TILES)
    ids = list(run.labels.order_by("task__ordinal").values_list("pk", flat=True))
    sure = [0.9, 0.3, 0.8, 0.7]
    asset = run.job.tasks.all()[0].asset_id
    for order in (sure, sure[::-1]):
        later = ConsensusRun.objects.create(
            job=run.job,
            number=run.job.consensus_runs.count() + 1,
            method="majority",
            parameters={},
            code_version="1",
            n_answers=0,
            converged=True,
        )
        ConsensusLabel.objects.bulk_create(
            ConsensusLabel(run=later, task=each.task, state=each.state, confidence=told, value=each.value, n_answers=0)
            for each, told in zip(ConsensusLabel.objects.in_bulk(ids).values(), order, strict=True)
        )
        run.job.consensus_runs.update(is_current=False)
        ConsensusRun.objects.filter(pk=later.pk).update(is_current=True)
        assert doubts_of_labels(run.job)([asset]) == {asset: pytest.approx(0.7)}


def test_tasks_of_a_job_that_was_split_otherwise_are_ordered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.ordering.CHUNK", 2)
    job = make.published_job(n_tasks=3)
    resplit(job, {"strategy": "balanced_batches", "batch_effort_s": 10.2})
    scored(job, {"asset-3": 0.4})
    assert _reordered(job, source="detector").result == {"job": str(job.pk), "n_changed": 1}
    assert priorities(job) == [0, 0, 6_000]


def test_before_an_earlier_job_has_labels_its_beliefs_count() -> None:
    answered = make.retired_task(classes=("cat", "dog"))
    later = make.published_job(photos=answered.job.snapshot.dataset)
    _reordered(later, doubts_of=answered.job_id)
    first, second = priorities(later)
    assert 4_000 < first <= 5_100
    assert second == 0


def test_only_what_hands_out_tasks_is_ordered_and_once_at_a_time() -> None:
    with pytest.raises(WrongState):
        request_reorder(make.job().pk, TaskOrder(), requested_by_id=make.user().pk)
    job = make.published_job()
    asked = request_reorder(job.pk, TaskOrder(), requested_by_id=job.created_by_id)
    with pytest.raises(ReorderUnderWay):
        request_reorder(job.pk, TaskOrder(), requested_by_id=job.created_by_id)
    run_reorder(asked.pk)
    run_reorder(asked.pk)  # done: nothing happens
    _reordered(job)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": "m", "doubts_of": "0" * 32}, "doubts_of"),
        ({"version": "1"}, "version"),
        ({"doubts_of": "0" * 32}, "doubts_of"),
        ({"source": 7}, "source"),
    ],
)
def test_orders_that_say_too_much_or_nothing_are_refused(
    body: dict[str, Any], field: str, client_of: ClientFactory
) -> None:
    job = make.published_job()
    client = client_of(job.created_by)
    response = client.post(f"/api/v1/jobs/{job.pk}/reorder", body, headers=with_key())
    assert response.status_code in {400, 404}
    assert field in response.content.decode()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"order_by": "uncertainty"}, "order_source"),
        ({"order_source": "m"}, "order_source"),
        ({"order_by": "name"}, "order_by"),
    ],
)
def test_a_job_ordered_by_a_model_names_it(said: dict[str, Any], field: str, client_of: ClientFactory) -> None:
    drafted = make.job()
    body = {
        "ontology": str(drafted.ontology_id),
        "guideline": str(drafted.guideline_id),
        "dataset": str(drafted.snapshot.dataset_id),
        "name": "Cats",
        "annotation_type": "image_classification",
    }
    client = client_of(drafted.created_by)
    response = client.post("/api/v1/jobs", body | said, headers=with_key())
    assert response.status_code == 400
    assert field in response.content.decode()
    made = client.post("/api/v1/jobs", body | {"order_by": "uncertainty", "order_source": "m"}, headers=with_key())
    assert made.status_code == 201
