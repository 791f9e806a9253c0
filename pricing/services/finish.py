"""When a job that is not published yet would be done, counted from its publication."""

from dataclasses import dataclass, replace
from datetime import datetime

from labeling.models import LabelingJob
from pricing.core.costs.forecasting import CostForecast
from pricing.core.costs.spending import Terms
from pricing.core.turnaround.forecasting import Finish, forecast
from pricing.core.turnaround.inputs import History, Supply, Work
from pricing.services.turnaround.pools import Pools
from pricing.services.turnaround.reading import read_job


@dataclass(frozen=True)
class Outlook:
    """Who would be there to work on a job if it were published now."""

    supply: Supply
    history: History
    now_h: float
    lease_s: float
    pay_level: float

    def finish(self, terms: Terms, cost: CostForecast, *, effort_s: float, review_s: float, seed: int) -> Finish:
        """Forecast the seconds to the last label, with the answers that the cost forecast expects."""
        work = Work(
            n_answers=terms.n_tasks * cost.answers_per_task,
            seconds_per_answer=effort_s,
            n_tasks=max(1, terms.n_tasks),
            n_reviews=float(terms.n_reviews),
            seconds_per_review=review_s,
            lease_s=self.lease_s,
            pay_level=self.pay_level,
        )
        return forecast(work, self.supply, self.history, now_h=self.now_h, seed=seed)


def outlook_of(job: LabelingJob, *, now: datetime) -> Outlook:
    """Read who would work on a drafted job, as forecasts of open ones do; it would compete with all that are open."""
    pools = Pools(now)
    reading = read_job(job, pools=pools)
    n_open = pools.of(job).n_open
    supply, history = reading.supply, reading.history
    if job.opened_at is None:
        supply = replace(supply, share=1 / (1 + n_open))
        history = replace(history, n_open=n_open)
    return Outlook(supply, history, reading.now_h, float(job.lease_s), reading.work.pay_level)
