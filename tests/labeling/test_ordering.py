"""Which task comes first: by a model's scores, when tasks are made."""

import pytest

from labeling.models import LabelingJob, PreLabel, Task
from labeling.services import claim_tasks, doubts_of_model, prioritise
from labeling.services.ordering import priority_of
from tests import make

pytestmark = pytest.mark.django_db


def scored(job: LabelingJob, scores: dict[str, float | None], *, version: str = "1", for_all: bool = False) -> None:
    """Let a model say with these scores, by name of the asset, that there are no boxes, or that all are cats."""
    PreLabel.objects.bulk_create(
        PreLabel(
            project=job.project,
            job=None if for_all else job,
            asset=job.snapshot.dataset.assets.get(external_id=name),
            ontology=job.ontology,
            annotation_type=job.annotation_type,
            schema_version=1,
            source="detector",
            version=version,
            score=score,
            annotations=[{"id": "1", "class": "cat"}],
            n_annotations=1,
        )
        for name, score in scores.items()
    )


def priorities(job: LabelingJob) -> list[int]:
    """Return the priorities of a job's tasks by ordinal."""
    return list(Task.objects.filter(job=job).order_by("ordinal").values_list("priority", flat=True))


def test_tasks_are_made_most_uncertain_first() -> None:
    drafted = make.job(n_tasks=4, order_by="uncertainty", order_source="detector")
    scored(drafted, {"asset-1": 0.9, "asset-2": 0.2, "asset-3": None})
    opened = make.published_job(drafted)
    assert priorities(opened) == [1_000, 8_000, 0, 0]
    order = [lease.task.ordinal for lease in claim_tasks(opened.pk, make.worker().pk, limit=4)]
    assert order == [2, 1, 3, 4]


def test_without_an_order_the_dataset_s_holds() -> None:
    drafted = make.job(n_tasks=2)
    scored(drafted, {"asset-2": 0.0})
    assert priorities(make.published_job(drafted)) == [0, 0]


def test_the_latest_version_counts_unless_one_is_named_and_the_job_s_own_before_its_project_s() -> None:
    job = make.published_job(n_tasks=2)
    scored(job, {"asset-1": 0.5, "asset-2": 0.5}, version="1")
    scored(job, {"asset-1": 0.7}, version="2")
    scored(job, {"asset-2": 0.1}, version="3", for_all=True)
    ids = list(job.snapshot.members.order_by("ordinal").values_list("asset_id", flat=True))
    latest = doubts_of_model(job, source="detector", version="")(ids)
    assert [latest[each] for each in ids] == pytest.approx([0.3, 0.5])
    assert doubts_of_model(job, source="detector", version="1")(ids)[ids[0]] == 0.5
    assert doubts_of_model(job, source="somebody", version="")(ids) == {}


def test_what_was_begun_or_waits_for_further_answers_keeps_its_place() -> None:
    job = make.published_job(n_tasks=4, max_overlap=3)
    make.lease(job)
    second = job.tasks.get(ordinal=2)
    Task.objects.filter(pk=second.pk).update(priority=-500, further_since=second.created_at, wanted_overlap=2)
    Task.objects.filter(job=job, ordinal=3).update(state="retired", retired_reason="human")
    changed = sum(n for _, n in prioritise(job.pk, lambda ids: dict.fromkeys(ids, 1.0)))
    assert (priorities(job), changed) == ([0, -500, 0, 10_000], 1)


def test_chunks_order_all_tasks_and_a_second_time_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.ordering.CHUNK", 2)
    job = make.published_job(n_tasks=5)
    first = list(prioritise(job.pk, lambda ids: dict.fromkeys(ids, 0.5)))
    assert [n for _, n in first] == [2, 2, 1]
    assert first[-1][0] == 1.0
    assert [n for _, n in prioritise(job.pk, lambda ids: dict.fromkeys(ids, 0.5))] == [0, 0, 0]


@pytest.mark.parametrize(
    ("doubt", "priority"), [(None, 0), (-3.0, 0), (0.0, 0), (0.25, 2_500), (1.0, 10_000), (7.5, 10_000)]
)
def test_no_fresh_task_comes_after_further_answers(doubt: float | None, priority: int) -> None:
    assert priority_of(doubt) == priority
