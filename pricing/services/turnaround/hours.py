"""Hours of work, kept up to date from the latest answers, so that nobody has to count all of them."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum, Value
from django.db.models.functions import Least, TruncHour

from labeling.models import Answer
from pricing.models import WorkHour

HOUR = timedelta(hours=1)
KEPT = timedelta(days=56)
# Whoever sends a time has a clock that may be off, and an answer may be committed a while after its id was made.
_SLACK = timedelta(minutes=10)
_AGAIN = timedelta(hours=2)
_A_STEP = timedelta(days=1)
# What a client says it took, at most.
_LONGEST_MS = 3_600_000


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def count_hours(*, now: datetime) -> None:
    """Count what was answered since the last time, the hours around it once more; twice is as good as once."""
    latest = WorkHour.objects.aggregate(at=Max("hour"))["at"]
    begin = hour_of(now) - KEPT if latest is None else max(latest - _AGAIN, hour_of(now) - KEPT)
    while begin <= now:
        end = min(begin + _A_STEP, hour_of(now) + HOUR)
        _count(begin, end)
        begin = end


def _count(begin: datetime, end: datetime) -> None:
    """Count whole hours; ids rise with time, so that only the latest answers are read."""
    answers = Answer.objects.filter(
        id__gte=first_id(begin - _SLACK), id__lt=first_id(end + _SLACK), submitted_at__gte=begin, submitted_at__lt=end
    )
    rows = (
        answers.annotate(hour=TruncHour("submitted_at"))
        .values("job_id", "hour")
        .annotate(
            n_answers=Count("id"),
            n_counted=Count("id", filter=Q(counted=True)),
            n_timed=Count("active_ms"),
            # The least of nothing and a number is the number.
            spent_ms=Sum(Least(F("active_ms"), Value(_LONGEST_MS)), filter=Q(active_ms__isnull=False)),
            n_workers=Count("worker", distinct=True),
        )
        .order_by("job_id", "hour")
    )
    WorkHour.objects.bulk_create(
        [
            WorkHour(
                job_id=row["job_id"],
                hour=row["hour"],
                n_answers=row["n_answers"],
                n_counted=row["n_counted"],
                n_timed=row["n_timed"],
                active_ms=row["spent_ms"] or 0,
                n_workers=row["n_workers"],
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["job", "hour"],
        update_fields=["n_answers", "n_counted", "n_timed", "active_ms", "n_workers"],
    )


def first_id(moment: datetime) -> UUID:
    """Return the least id (UUIDv7) that can be made at a moment."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))
