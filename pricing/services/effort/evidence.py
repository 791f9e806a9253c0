"""Timed answers, read job by job in pages, as numbers: some 150 bytes of memory an answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import F, Func, IntegerField, QuerySet, Value

from labeling.models import Answer, AssignmentState, LabelingJob, OntologyVersion, TaskKind
from pricing.core.effort.complexity import ComplexityScale, complexity, log_kappa
from pricing.core.effort.design import Features, FloatArray, practice_of
from pricing.core.effort.fitting import Timings
from pricing.core.effort.scenes import USUAL_VERTICES

ROWS_AT_ONCE = 2_000
# Less is a slip of a finger, or a client that does not measure.
LEAST_S = 0.2

_MEASURES = ("edge_density", "jpeg_rms_error", "n_regions", "entropy", "mean_luma", "laplacian_variance")
_COLUMNS = (
    *("id", "worker_id", "job_id", "active_ms", "submitted_at", "assignment__leased_at", "assignment__aided"),
    *("task__kind", "n_annotations", "assignment__ontology_id", "points"),
    *(f"task__asset__features__{name}" for name in _MEASURES),
)
_FIRST_MEASURE = len(_COLUMNS) - len(_MEASURES)
# Where the points of all outlines of an answer are; they are counted in the database.
_POINTS = {"polygon": "$[*].polygon[*][*][*]", "polyline": "$[*].polyline[*]"}


class _CountPoints(Func):
    output_field = IntegerField()

    def __init__(self, path: str) -> None:
        super().__init__(F("payload__annotations"))
        self.template = f"jsonb_array_length(jsonb_path_query_array(%(expressions)s, '{path}'))"


@dataclass(frozen=True)
class Said:
    """What an ontology asks of each annotation: attributes, and joints of a skeleton, in the mean of its classes."""

    attributes: float
    joints: float | None


@dataclass(frozen=True)
class Evidence:
    """Timed answers, and what they can be told apart by."""

    timings: Timings
    digest: str


def timed_answers(job: LabelingJob) -> QuerySet[Answer]:
    """Return the answers of a job whose time the client measured, gold among them; the rejected say nothing."""
    timed = Answer.objects.filter(job=job, active_ms__isnull=False, task__kind__in=(TaskKind.ANNOTATE, TaskKind.REVIEW))
    return timed.exclude(assignment__state=AssignmentState.REJECTED)


def read_evidence(
    annotation_type: str, jobs: Iterable[LabelingJob], *, scale: ComplexityScale, most_of_a_job: int, most: int
) -> Evidence:
    """Return the first timed answers of each job, as many as asked for, of so many jobs as it takes."""
    rows = islice(_rows(annotation_type, jobs, most_of_a_job), most)
    numbers = _Numbers()
    pages: list[FloatArray] = [np.zeros((0, _WIDTH))]
    told = sha256()
    while page := list(islice(rows, ROWS_AT_ONCE)):
        for row in page:
            told.update(row[0].bytes)
        pages.append(_read(page, annotation_type, scale, numbers))
    return Evidence(_timings(annotation_type, np.concatenate(pages)), told.hexdigest())


def ontology_asks(ontology: OntologyVersion) -> Said:
    """Return what an ontology asks of each annotation."""
    rules = ontology.rules.rules.values()
    joints = [len(each.skeleton.joints) for each in rules if each.skeleton is not None]
    return Said(
        attributes=sum(len(each.attributes) for each in rules) / max(len(rules), 1),
        joints=sum(joints) / len(joints) if joints else None,
    )


def _rows(annotation_type: str, jobs: Iterable[LabelingJob], most_of_a_job: int) -> Iterator[Sequence[Any]]:
    """Yield answers by the job's index, page after page: no query stays open, none looks at other jobs."""
    path = _POINTS.get(annotation_type)
    points = Value(None, output_field=IntegerField()) if path is None else _CountPoints(path)
    for job in jobs:
        left, last = most_of_a_job, UUID(int=0)
        while left > 0:
            asked = min(left, ROWS_AT_ONCE)
            of_job = timed_answers(job).filter(id__gt=last).annotate(points=points).order_by("id")
            page = list(of_job.values_list(*_COLUMNS)[:asked])
            yield from page
            if len(page) < asked:
                break
            left, last = left - asked, page[-1][0]


class _Numbers:
    """Numbers of workers and jobs, and how many answers each worker gave in each job so far."""

    def __init__(self) -> None:
        self.of: dict[UUID, int] = {}
        self.given: dict[tuple[UUID, UUID], int] = {}
        self.asked = cache(lambda ontology_id: ontology_asks(OntologyVersion.objects.get(pk=ontology_id)))

    def number(self, of: UUID) -> int:
        """Return the number of a worker or a job."""
        return self.of.setdefault(of, len(self.of))

    def before(self, worker: UUID, job: UUID) -> int:
        """Return how many answers a worker gave in a job before this one."""
        n_before = self.given.get((worker, job), 0)
        self.given[worker, job] = n_before + 1
        return n_before


_WIDTH = 10


def _read(page: Sequence[Sequence[Any]], annotation_type: str, scale: ComplexityScale, numbers: _Numbers) -> FloatArray:
    """Return (n, 10): log seconds, worker, job, units, attributes, log vertices, log kappa, aided, review, before."""
    table = np.zeros((len(page), _WIDTH))
    for i, row in enumerate(page):
        _, worker, job, active_ms, submitted_at, leased_at, aided, kind, n_units, ontology_id, n_points = row[:11]
        elapsed_s = max((submitted_at - leased_at).total_seconds(), 0.0)
        said = numbers.asked(ontology_id)
        table[i] = (
            np.log(max(min(active_ms / 1000, elapsed_s), LEAST_S)),
            numbers.number(worker),
            numbers.number(job),
            n_units,
            said.attributes,
            _log_vertices(annotation_type, n_points, n_units, said.joints),
            0.0,
            float(aided and kind == TaskKind.ANNOTATE),
            float(kind == TaskKind.REVIEW),
            numbers.before(worker, job),
        )
    table[:, 6] = _log_kappa([row[_FIRST_MEASURE:] for row in page], scale)
    return table


def _log_vertices(annotation_type: str, n_points: int | None, n_units: int, joints: float | None) -> float:
    usual = USUAL_VERTICES.get(annotation_type)
    if usual is None:
        return 0.0
    found = joints if n_points is None else n_points / max(n_units, 1)
    return float(np.log(found / usual)) if found else 0.0


def _log_kappa(measured: Sequence[Sequence[float | None]], scale: ComplexityScale) -> FloatArray:
    """Return the complexity of images, none where an asset has no features."""
    table = np.array([[np.nan if each is None else each for each in row] for row in measured], dtype=np.float64)
    found = log_kappa(complexity(dict(zip(_MEASURES, table.T, strict=True)), scale))
    return np.where(np.isnan(table).any(axis=1), 0.0, found)


def _timings(annotation_type: str, table: FloatArray) -> Timings:
    log_s, worker, job, units, attributes, log_vertices, kappa, aided, review, before = table.T
    features = Features(
        annotation_type=annotation_type,
        units=units,
        attributes=attributes,
        log_vertices=log_vertices,
        log_kappa=kappa,
        aided=aided,
        review=review,
        practice=practice_of(before),
    )
    return Timings(features, log_s, worker.astype(np.int64), job.astype(np.int64))
