"""When a job that is not published yet will be done, counted from its publication."""

from datetime import datetime

from labeling.models import LabelingJob, Workforce
from marketplace.accounts.models import Membership, Role
from pricing.core.costs.forecasting import CostForecast
from pricing.core.costs.spending import Terms
from pricing.core.turnaround.forecasting import Finish, forecast
from pricing.core.turnaround.inputs import Supply, Work


def finish_of(
    job: LabelingJob, terms: Terms, cost: CostForecast, *, effort_s: float, review_s: float, now_h: float, seed: int
) -> Finish:
    """Forecast the seconds from publication to the last label, with the answers that the cost forecast expects."""
    work = Work(
        n_answers=terms.n_tasks * cost.answers_per_task,
        seconds_per_answer=effort_s,
        n_tasks=terms.n_tasks,
        n_reviews=float(terms.n_reviews),
        seconds_per_review=review_s,
        lease_s=float(job.lease_s),
    )
    return forecast(work, supply_of(job), now_h=now_h, seed=seed)


def supply_of(job: LabelingJob) -> Supply:
    """Return what is assumed of who comes to work; of a private job, no more than its own people."""
    if job.workforce != Workforce.PRIVATE:
        return Supply()
    own = Membership.objects.filter(organization=job.organization_id, role=Role.WORKER, user__is_active=True)
    return Supply(n_workers=max(own.count(), 1))


def hour_of_week(now: datetime) -> float:
    """Return the hour of the week, Monday 00:00 UTC being 0."""
    return now.weekday() * 24 + now.hour + now.minute / 60
