"""How much the workers of a job agree, while it runs or afterwards.

It is computed in the request, for the work is bounded: beyond a number of answers (and, for shapes, of comparisons)
tasks are drawn evenly and the answer says so. Intervals widen with what is left out, so nothing is claimed that a
longer computation would take back. Both draws and the bootstrap are seeded by a hash of what was read: the same answers
give the same figures.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count, Sum

from labeling.models import Answer, JobWorker, LabelingJob, Task, TaskKind
from quality.core.terms import Scene, Terms
from quality.services.agreement_measures import MEASURES, Figures, Given, Measure
from quality.services.reading import terms_of

Json = dict[str, Any]

MAX_FOLDERS = 20


@dataclass(frozen=True)
class _Answered:
    """A task by its ordinal, with the number of its counted answers and of their annotations."""

    ordinal: int
    n_answers: int
    n_annotations: int


def job_agreement(job: LabelingJob) -> Json:
    """Measure the agreement of a job's counted answers."""
    answered = _answered(job.pk)
    # Only tasks with two answers say anything; without one, the lonely ones tell why there is no figure.
    usable = [task for task in answered if task.n_answers >= 2] or answered
    digest = hashlib.sha256(f"{job.pk}|{[(t.ordinal, t.n_answers) for t in answered]}".encode())
    rng = np.random.default_rng(int.from_bytes(digest.digest()))
    measure = MEASURES[job.annotation_type]
    terms = terms_of(job.ontology)
    chosen = _within_bounds([usable[row] for row in rng.permutation(len(usable))], measure)
    given = _given(job.pk, sorted(task.ordinal for task in chosen), terms)
    figures = measure.measure(given, terms=terms, rng=rng)
    return {
        "job": str(job.pk),
        "annotation_type": job.annotation_type,
        "scale": measure.scale,
        "sample": {
            "n_tasks": len(usable),
            "n_tasks_used": len(chosen),
            "n_answers_used": len(given.answers),
            "complete": len(chosen) == len(usable),
            "input_sha256": digest.hexdigest(),
        },
        **_shown(job.pk, figures),
        **_by_folder(job, given, measure, rng),
    }


def _by_folder(job: LabelingJob, given: Given, measure: Measure, rng: np.random.Generator) -> Json:
    """Measure the folders of assets apart, where their names have any: `night` of `night/7.jpg`."""
    names = Task.objects.filter(job=job, ordinal__in=np.unique(given.task).tolist()).values_list(
        "ordinal", "asset__external_id"
    )
    folder = {ordinal: name.rpartition("/")[0] for ordinal, name in names}
    if not any(folder.values()):
        return {"folders": [], "n_folders_left_out": 0}
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, ordinal in enumerate(given.task.tolist()):
        rows_of[folder[ordinal]].append(row)
    largest = sorted(rows_of, key=lambda name: (-len(rows_of[name]), name))
    return {
        "folders": [
            {
                "folder": name,
                **measure.measure_part(given.at(rows_of[name]), terms=terms_of(job.ontology), rng=rng),
            }
            for name in sorted(largest[:MAX_FOLDERS])
        ],
        "n_folders_left_out": max(0, len(largest) - MAX_FOLDERS),
    }


def _answered(job_id: UUID) -> list[_Answered]:
    rows = (
        Answer.objects.filter(job=job_id, counted=True, task__kind=TaskKind.ANNOTATE)
        .order_by()
        .values_list("task__ordinal")
        .annotate(n_answers=Count("id"), n_annotations=Sum("n_annotations"))
    )
    return sorted((_Answered(*row) for row in rows), key=lambda task: task.ordinal)


def _within_bounds(tasks: Sequence[_Answered], measure: Measure) -> list[_Answered]:
    """Return the first tasks that hold no more answers, and take no more comparing, than is allowed; at least two."""
    n_answers, effort = 0, 0.0
    for place, task in enumerate(tasks):
        n_answers += task.n_answers
        effort += task.n_answers**2 / 2 * measure.effort_of_pair(task.n_annotations / task.n_answers)
        if place >= 2 and (n_answers > measure.max_answers or effort > measure.max_effort):
            return list(tasks[:place])
    return list(tasks)


def _given(job_id: UUID, ordinals: Sequence[int], terms: Terms) -> Given:
    rows = (
        Answer.objects.filter(job=job_id, counted=True, task__ordinal__in=ordinals)
        .order_by("task__ordinal", "id")
        .values_list("task__ordinal", "worker_id", "payload__annotations", "task__asset__width", "task__asset__height")
    )
    number: dict[UUID, int] = {}
    task, worker, answers, scenes = [], [], [], []
    for ordinal, worker_id, annotations, width, height in rows:
        task.append(ordinal)
        worker.append(number.setdefault(worker_id, len(number)))
        answers.append(annotations)
        scenes.append(Scene(terms, width=width, height=height))
    return Given(
        task=np.array(task, dtype=np.int64),
        worker=np.array(worker, dtype=np.int64),
        answers=answers,
        scenes=scenes,
        worker_ids=tuple(number),
    )


def _shown(job_id: UUID, figures: Figures) -> Json:
    """Return the figures with pseudonyms for the workers."""
    named = {worker_id for pair in figures.pairs for worker_id in pair.workers}
    pseudonyms = dict(JobWorker.objects.filter(job=job_id, worker__in=named).values_list("worker_id", "pseudonym"))
    return {
        **figures.overall,
        "classes": list(figures.classes),
        "n_classes_left_out": figures.n_classes_left_out,
        "pairs": [
            {"workers": sorted(pseudonyms[worker_id] for worker_id in pair.workers), **pair.figures}
            for pair in figures.pairs
        ],
        "n_pairs_left_out": figures.n_pairs_left_out,
    }
