"""Ordering an open job's tasks anew, as an Operation."""

from typing import Any

import pytest

from labeling.errors import WrongState
from labeling.models import LabelingJob
from marketplace.operations.models import Operation
from quality.errors import ReorderUnderWay
from quality.models import ConsensusLabel
from quality.services import TaskOrder, request_reorder, run_reorder
from tests import make
from tests.api.expect import with_key
from tests.conftest import ClientFactory
from tests.labeling.test_ordering import priorities, scored

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
