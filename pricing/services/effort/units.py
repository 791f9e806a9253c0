"""How many objects are in an asset of a job: what the requester, earlier jobs, pre-labels and the job itself say."""

from django.db.models import Avg, Count, QuerySet

from labeling.models import Answer, AssignmentState, LabelingJob, PreLabel, Purpose, SnapshotAsset, TaskKind
from pricing.core.effort import UnitsBelief, UnitsSource, expected_units

# Of so many answers, pre-labels and earlier jobs at most the objects are counted: more would not change the mean.
COUNTED, EARLIER_JOBS, OF_AN_EARLIER_JOB = 2_000, 5, 200

Seen = tuple[float, int]


def units_of(job: LabelingJob) -> UnitsBelief:
    """Return the objects expected in an asset, and who says so."""
    seen = {
        UnitsSource.PROJECT: _in_earlier_jobs(job),
        UnitsSource.PRELABELS: _in_prelabels(job),
        UnitsSource.PILOT: _in_own_answers(job),
    }
    return expected_units(job.units_per_asset, seen)


def _in_earlier_jobs(job: LabelingJob) -> Seen:
    """Count the objects in answers about whole assets, in jobs of the project and of this type."""
    earlier = LabelingJob.objects.filter(
        project=job.project_id, annotation_type=job.annotation_type, purpose=Purpose.WORK, opened_at__isnull=False
    )
    earlier = earlier.filter(created_at__lt=job.created_at).exclude(pk=job.pk).order_by("-created_at")[:EARLIER_JOBS]
    seen = [_mean(_answers(one).filter(task__scope__isnull=True)[:OF_AN_EARLIER_JOB]) for one in earlier]
    n_assets = sum(n for _, n in seen)
    return (sum(mean * n for mean, n in seen) / n_assets, n_assets) if n_assets else (0.0, 0)


def _in_prelabels(job: LabelingJob) -> Seen:
    offered = PreLabel.objects.offered_in(job).filter(ontology=job.ontology_id)
    members = SnapshotAsset.objects.filter(snapshot=job.snapshot_id)
    # Mostly all assets have one: then the first assets say enough, without a look at which are of the snapshot.
    first = list(members.order_by("ordinal").values_list("asset", flat=True)[:COUNTED])
    mean, n_assets, n_counted = _objects_in(offered.filter(asset__in=first))
    if n_counted < COUNTED and len(first) == COUNTED:
        some = offered.filter(asset__in=members.values("asset")).order_by("pk")[:COUNTED]
        mean, n_assets, n_counted = _objects_in(PreLabel.objects.filter(pk__in=some.values("pk")))
    return mean, n_assets


def _objects_in(prelabels: QuerySet[PreLabel]) -> tuple[float, int, int]:
    found = prelabels.aggregate(mean=Avg("n_annotations"), n_assets=Count("asset", distinct=True), n=Count("pk"))
    return found["mean"] or 0.0, found["n_assets"], found["n"]


def _in_own_answers(job: LabelingJob) -> Seen:
    """Count the objects in the job's answers; of a job in parts, in as many parts as an asset has."""
    if job.opened_at is None or not job.n_split:
        return (0.0, 0)
    mean, n_tasks = _mean(_answers(job)[:COUNTED])
    parts = max(job.n_tasks / job.n_split, 1.0)
    return mean * parts, round(n_tasks / parts)


def _answers(job: LabelingJob) -> QuerySet[Answer]:
    given = Answer.objects.filter(job=job, task__kind=TaskKind.ANNOTATE)
    return given.exclude(assignment__state=AssignmentState.REJECTED).order_by("id")


def _mean(some: QuerySet[Answer]) -> Seen:
    found = Answer.objects.filter(pk__in=some.values("pk")).aggregate(
        mean=Avg("n_annotations"), n=Count("task", distinct=True)
    )
    return (found["mean"] or 0.0, found["n"])
