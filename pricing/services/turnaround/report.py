"""The platform's own forecasts beside what became of them."""

from dataclasses import dataclass

import numpy as np

from labeling.models import CloseReason
from pricing.core.turnaround.baselines import hourly_bootstrap, left_by_mean_rate
from pricing.core.turnaround.scoring import Score, score
from pricing.models import MILESTONES, Forecast
from pricing.services.turnaround.pools import Pool

MOST = 2_000


@dataclass(frozen=True)
class OwnReport:
    """Scores of stored forecasts, by occasion and method, and how many jobs ended otherwise than by completion."""

    scores: dict[str, dict[str, Score]]
    n_ended_otherwise: int


def report_own() -> OwnReport:
    """Score the latest forecasts of completed jobs, each with the model that was in force when it was made."""
    ended = Forecast.objects.milestones().filter(job__closed_at__isnull=False)
    completed = ended.filter(job__close_reason=CloseReason.COMPLETED).select_related("job").order_by("-made_at")[:MOST]
    found = list(completed)
    n_otherwise = ended.exclude(job__close_reason=CloseReason.COMPLETED).values("job").distinct().count()
    rng = np.random.default_rng(0)
    scores = {}
    for occasion in MILESTONES:
        made = [each for each in found if each.occasion == occasion]
        actual = [((each.job.closed_at or each.made_at) - each.made_at).total_seconds() for each in made]
        by_method = {
            "forecast": [(each.p50_s, each.p85_s, each.p95_s) for each in made],
            "uncorrected": [(each.raw_p50_s, each.raw_p85_s, each.raw_p95_s) for each in made],
        }
        bases = [_baselines(each, rng) for each in made]
        for at, name in enumerate(("left_by_mean_rate", "hourly_bootstrap")):
            by_method[name] = [pair[at] for pair in bases]
        scores[occasion.value] = {name: score(actual, seconds) for name, seconds in by_method.items()}
    return OwnReport(scores=scores, n_ended_otherwise=n_otherwise)


def _baselines(
    made: Forecast, rng: np.random.Generator
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return both baselines as they would have been at the time, from the job's own past or else the pool's."""
    inputs = made.inputs
    left = inputs["n_answers_left"] * inputs["seconds_per_answer"]
    hours = Pool(made.job, made.made_at).hours[-14 * 24 :] / (1 + inputs["n_competing"])
    a_hour = float(hours.mean()) if len(hours) and hours.any() else inputs["seconds_per_answer"]
    drawn = left_by_mean_rate(left, done=a_hour, elapsed_s=3_600.0)
    if made.progress > 0:
        age_s = (made.made_at - (made.job.opened_at or made.made_at)).total_seconds()
        drawn = left_by_mean_rate(1 - made.progress, done=made.progress, elapsed_s=age_s)
    return drawn, hourly_bootstrap(left, hours if len(hours) and hours.any() else np.full(24, a_hour), rng=rng)
