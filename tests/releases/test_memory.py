"""Large jobs: memory, statements and batches."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from labeling.core.formats import LabeledTask
from labeling.models import CloseReason, JobState, JobWorker, LabelingJob
from marketplace.releases.adapters import Reading, Row, reading
from marketplace.releases.services import build_release, rows
from quality.models import ConsensusRun
from tests import make
from tests.releases.completed import content, lines, requested

pytestmark = pytest.mark.django_db

BOX = {"id": "1", "class": "cat", "box": [1.0, 2.0, 3.0, 4.0]}
VALUE = {"objects": [{"class": "cat", "box": BOX["box"], "confidence": 0.9, "p_exist": 0.9}] * 2}

# The nth asset, task, assignment, answer and label have ids that follow from n.
FILL = (
    """INSERT INTO labeling_asset (id, dataset_id, kind, external_id, storage, storage_key, sha256, content_sha256,
                                   content_type, n_bytes,
                                   width, height, original_orientation, created_at)
       SELECT md5(%(job)s || 'asset' || n)::uuid, %(dataset)s, 'external', 'many-' || n, '', '', '', '', '',
              0, 9, 9, 1, now()
       FROM generate_series(1, %(n_tasks)s) AS n""",
    """INSERT INTO labeling_task (id, job_id, asset_id, ordinal, kind, state, retired_reason, priority, wanted_overlap,
                                  max_overlap, n_taken, n_counted, pay_micros, is_gold, created_at)
       SELECT md5(%(job)s || 'task' || n)::uuid, %(job)s, md5(%(job)s || 'asset' || n)::uuid, n, 'annotate', 'retired',
              'confident', 0, 1, 1, 1, 1, 1, false, now()
       FROM generate_series(1, %(n_tasks)s) AS n""",
    """INSERT INTO labeling_assignment (id, task_id, job_id, worker_id, state, ontology_id, guideline_id, pay_micros,
                                        currency, aided, leased_at, expires_at)
       SELECT md5(%(job)s || 'assignment' || n)::uuid, md5(%(job)s || 'task' || n)::uuid, %(job)s, %(worker)s,
              'accepted', %(ontology)s, %(guideline)s, 1, 'USD', false, now(), now()
       FROM generate_series(1, %(n_tasks)s) AS n""",
    """INSERT INTO labeling_answer (id, assignment_id, task_id, job_id, worker_id, counted, uncounted_reason,
                                    n_annotations, submitted_at)
       SELECT md5(%(job)s || 'answer' || n)::uuid, md5(%(job)s || 'assignment' || n)::uuid,
              md5(%(job)s || 'task' || n)::uuid, %(job)s, %(worker)s, true, '', %(n_boxes)s, now()
       FROM generate_series(1, %(n_tasks)s) AS n""",
    """INSERT INTO labeling_answerpayload (answer_id, schema_version, annotations)
       SELECT md5(%(job)s || 'answer' || n)::uuid, 1, %(boxes)s::jsonb FROM generate_series(1, %(n_tasks)s) AS n""",
    """INSERT INTO quality_consensuslabel (id, run_id, task_id, state, confidence, value, n_answers)
       SELECT md5(%(job)s || 'label' || n)::uuid, %(run)s, md5(%(job)s || 'task' || n)::uuid, 'final', 0.9,
              %(value)s::jsonb, 1
       FROM generate_series(1, %(n_tasks)s) AS n""",
    # Plans made for empty tables would read them whole for every row whose keys are checked.
    "ANALYZE labeling_asset, labeling_task, labeling_assignment, labeling_answer, quality_consensuslabel",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "SET CONSTRAINTS ALL DEFERRED",
)


def ended_job(*, n_tasks: int, n_boxes: int = 1) -> LabelingJob:
    """Return an ended job of boxes with one answer to each task, made in the database as services would take long."""
    job = make.job(n_tasks=1, annotation_type="bounding_box")
    worker = make.worker()
    JobWorker.objects.create(job=job, worker=worker, pseudonym="w-1")
    run = ConsensusRun.objects.create(
        is_current=True,
        job=job,
        number=1,
        method="test",
        parameters={"tolerance": 1e-06, "share": 1.0},
        code_version="1",
        n_answers=n_tasks,
        input_sha256="0" * 64,
        converged=True,
    )
    names: dict[str, Any] = {
        "n_tasks": n_tasks,
        "n_boxes": n_boxes,
        "job": job.pk,
        "dataset": job.snapshot.dataset_id,
        "ontology": job.ontology_id,
        "guideline": job.guideline_id,
        "worker": worker.pk,
        "run": run.pk,
        "boxes": json.dumps([BOX] * n_boxes),
        "value": json.dumps(VALUE),
    }
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, names)
    LabelingJob.objects.filter(pk=job.pk).update(
        state=JobState.COMPLETED, close_reason=CloseReason.COMPLETED, n_tasks=n_tasks
    )
    return LabelingJob.objects.get(pk=job.pk)


def test_twenty_thousand_tasks_take_no_more_memory_than_a_page() -> None:
    release = requested(ended_job(n_tasks=20_000), ["jsonl"])
    tracemalloc.start()
    try:
        build_release(release.pk)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert release.files.get(name="labels.jsonl").n_bytes > 5_000_000
    assert peak_bytes < 8_000_000
    assert content(release, "labels.jsonl").count(b'"external_id":"many-') == 20_000


def found_in(job: LabelingJob) -> list[LabeledTask]:
    """Return all tasks of a job with their answers."""
    run = ConsensusRun.objects.get(job=job)
    every = Reading(job_id=job.pk, snapshot_id=job.snapshot_id, run_id=run.pk)
    return list(rows.exported_tasks(every, with_answers=True))


@pytest.mark.parametrize("n_tasks", [49, 50, 51])
def test_pages_join_without_a_gap(n_tasks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 25)
    found = found_in(ended_job(n_tasks=n_tasks))
    assert [task.ordinal for task in found] == list(range(1, n_tasks + 1))
    assert all(len(task.answers) == 1 for task in found)


def test_page_ends_early_where_much_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    job = ended_job(n_tasks=7, n_boxes=10)
    run = ConsensusRun.objects.get(job=job)
    every = Reading(job_id=job.pk, snapshot_id=job.snapshot_id, run_id=run.pk)
    monkeypatch.setattr(reading, "PAGE_CHARACTERS", 2 * len(json.dumps(VALUE)))
    query = reading._statement(every, reading._TASKS)
    held = [len(reading._page(reading._connected(), query, every, after=(after, after))) for after in (0, 3, 6)]
    assert held == [3, 3, 1]
    assert [task.ordinal for task in found_in(job)] == [1, 2, 3, 4, 5, 6, 7]


def test_answers_to_crowded_tasks_are_held_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    job = ended_job(n_tasks=7, n_boxes=10)
    monkeypatch.setattr(reading, "BATCH_ANNOTATIONS", 25)
    held = []
    batches = reading._batches

    def seen(*given: Any) -> Iterator[list[Row]]:
        for batch in batches(*given):
            held.append(len(batch))
            yield batch

    monkeypatch.setattr(reading, "_batches", seen)
    found = found_in(job)
    assert held == [2, 2, 2, 1]
    assert [task.ordinal for task in found] == [1, 2, 3, 4, 5, 6, 7]
    assert all(len(task.answers[0].annotations) == 10 for task in found)


def test_progress_is_told_on_the_way() -> None:
    release = requested(ended_job(n_tasks=2_500), ["jsonl"])
    build_release(release.pk)
    release.operation.refresh_from_db()
    assert release.operation.percent == 100
    assert len(lines(release)) == 2_500
