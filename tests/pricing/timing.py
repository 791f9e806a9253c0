"""Answers that took a stated time."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from labeling.models import Answer, Assignment, LabelingJob
from labeling.services import submit_answer
from marketplace.accounts.models import User
from tests import make


def box(n: int) -> dict[str, Any]:
    """Return one of several boxes."""
    return {"class": "cat", "box": [10 * n, 10, 10 * n + 8, 18]}


def timed_answer(
    opened: LabelingJob, *, by: User, active_s: float, n_boxes: int = 3, elapsed_s: float = 3_600.0
) -> Answer:
    """Return the answer of a worker who took so long, by the client's clock and by ours."""
    held = make.lease(opened, by=by)
    Assignment.objects.filter(pk=held.pk).update(leased_at=timezone.now() - timedelta(seconds=elapsed_s))
    given = [box(n) for n in range(1, n_boxes + 1)]
    answer = submit_answer(held.pk, annotations=given, active_ms=int(active_s * 1000)).answer
    assert answer is not None
    return answer


def timed_job(
    *,
    active_s: float = 20.0,
    elapsed_s: float = 3_600.0,
    n_boxes: int = 3,
    n_tasks: int = 4,
    n_workers: int = 3,
    **changes: Any,
) -> LabelingJob:
    """Return an open job of boxes in which some workers have answered so many tasks each, and one task is left."""
    terms = {"annotation_type": "bounding_box", "units_per_asset": 3.0, "min_overlap": n_workers, **changes}
    opened = make.published_job(n_tasks=n_tasks + 1, max_overlap=n_workers + 1, **terms)
    for worker in [make.worker() for _ in range(n_workers)]:
        for _ in range(n_tasks):
            timed_answer(opened, by=worker, active_s=active_s, n_boxes=n_boxes, elapsed_s=elapsed_s)
    return opened
