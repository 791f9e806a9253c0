"""What a quoted job will cost: P50 and P90, and what finished jobs teach about them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

import numpy as np

from labeling.models import LabelingJob
from marketplace.operations.core.currencies import minor_unit_micros
from marketplace.operations.core.money import format_money
from pricing.core.costs.answers import Asking
from pricing.core.costs.crowds import CrowdPrior, MeasuredCrowd
from pricing.core.costs.forecasting import CostForecast, Experience, Forecaster, Piloted
from pricing.core.costs.recalibrating import LATEST, Distribution, Kind, Placed
from pricing.core.costs.spending import Terms
from pricing.models import Quote, QuoteOutcome
from pricing.services.finish import outlook_of
from quality.core.stopping import StoppingRule
from quality.services import crowd_accuracy

ONE_CLASS = "image_classification"
SEVERAL_CLASSES = "multi_label_classification"
WHOLE_IMAGES = ("semantic_segmentation",)


@dataclass(frozen=True)
class Outcome:
    """What became of a job that came to its end."""

    charged_micros: int
    n_answers: int


def forecast_cost(
    quote: Quote, job: LabelingJob, *, experience: Experience | None = None, piloted: Piloted | None = None
) -> None:
    """Write into a quote that is not kept yet what its job will probably cost, and when it is done; not of a course."""
    if job.teaches:
        return
    known = experience or experience_of(job)
    terms = terms_of(quote, job)
    forecaster = Forecaster.of(
        terms, asking_of(job, units_per_task(quote)), experience=known, seed=seed_of(job), piloted=piloted
    )
    cost = forecaster.price(terms)
    _write_cost(quote, cost, known, piloted=piloted, seed=forecaster.seed)
    finish = outlook_of(job, now=quote.created_at).finish(
        terms,
        cost,
        effort_s=quote.effort_s,
        review_s=quote.effort_s * float(quote.assumptions["review_share_of_effort"]),
        seed=forecaster.seed,
    )
    quote.finish_p50_s, quote.finish_p85_s, quote.finish_p95_s = finish.seconds
    quote.cost_basis |= {"finish": finish.basis.value}


def _write_cost(quote: Quote, forecast: CostForecast, known: Experience, *, piloted: Piloted | None, seed: int) -> None:
    simulated = forecast.simulated
    quote.cost_p50_micros, quote.cost_p90_micros = forecast.p50_micros, forecast.p90_micros
    quote.simulated_costs = [
        [float(level), round(micros)] for level, micros in zip(simulated.levels, simulated.micros, strict=True)
    ]
    quote.cost_basis = basis_of(forecast, known) | {"seed": seed}
    if piloted is not None:
        quote.cost_basis |= {"n_tasks_piloted": piloted.n_tasks, "n_answers_piloted": piloted.n_answers}


def basis_of(forecast: CostForecast, known: Experience) -> dict[str, Any]:
    """Return what a forecast rests on, as quotes tell it."""
    narrowed = CrowdPrior().narrowed(known.crowds)
    return {
        "n_finished_jobs": len(known.placed),
        "n_measured_crowds": len(known.crowds),
        "usual_accuracy": round(narrowed.usual_accuracy, 4),
        "mean_cost": format_money(forecast.mean_micros),
        "answers_per_task": round(forecast.answers_per_task, 3),
        "share_in_doubt": round(forecast.unsure_share, 4),
    }


def experience_of(job: LabelingJob) -> Experience:
    """Return what finished jobs of the same type of annotation have shown, of whichever organization."""
    latest = QuoteOutcome.objects.filter(annotation_type=job.annotation_type).order_by("-ended_at")[:LATEST]
    rule = [f"quote__job__{name}" for name in ("target_confidence", "min_overlap", "max_overlap", "least_gain")]
    crowds, placed = [], []
    for accuracy, n_answers, place, n_tasks, *terms in reversed(
        latest.values_list("accuracy", "n_answers", "place", "n_tasks", *rule)
    ):
        if accuracy is not None:
            crowds.append(MeasuredCrowd(accuracy, n_answers))
        if place is not None:
            placed.append(Placed(Kind(StoppingRule(*terms), n_tasks), place))
    return Experience(tuple(crowds), tuple(placed))


def record_outcome(quote: Quote, job: LabelingJob, outcome: Outcome, *, now: datetime) -> None:
    """Keep what a job that came to its end was charged; a second call does nothing."""
    place = None
    if quote.simulated_costs:
        levels, micros = np.array(quote.simulated_costs, dtype=np.float64).T
        rng = np.random.default_rng(quote.pk.int % 2**63)
        place = Distribution(levels, micros).place_of(outcome.charged_micros, rng=rng)
    kept = QuoteOutcome(
        quote=quote,
        organization_id=job.organization_id,
        annotation_type=job.annotation_type,
        charged_micros=outcome.charged_micros,
        n_tasks=quote.assumptions["n_tasks"],
        n_answers=outcome.n_answers,
        accuracy=crowd_accuracy(job.pk) if job.annotation_type == ONE_CLASS else None,
        place=place,
        ended_at=now,
    )
    QuoteOutcome.objects.bulk_create([kept], ignore_conflicts=True)


def asking_of(job: LabelingJob, units_per_task: float) -> Asking:
    """Return what a task of the job asks, as the stopping of tasks is simulated.

    A shape is there or not, and is found or not; an image of classes is one question for each pixel, of which the
    share in dispute matters: as one question.
    """
    n_classes = len(job.ontology.class_names)
    if job.annotation_type == ONE_CLASS:
        return Asking(n_classes)
    if job.annotation_type == SEVERAL_CLASSES:
        return Asking(2, things=float(max(n_classes, 1)))
    return Asking(2, things=1.0 if job.annotation_type in WHOLE_IMAGES else 1.0 + units_per_task)


def units_per_task(quote: Quote) -> float:
    """Return the objects that a quote expects in a task; older ones say only what is in an asset."""
    assumed = quote.assumptions
    return float(assumed.get("units_per_task", assumed["units_per_asset"]))


def terms_of(quote: Quote, job: LabelingJob) -> Terms:
    """Return what a quote pays, and at most."""
    assumed = quote.assumptions
    return Terms(
        rule=rule_of(job),
        n_tasks=assumed["n_tasks"],
        pay_micros=quote.pay_micros,
        labour_cap_micros=quote.labour_cap_micros,
        late_reserve_micros=quote.late_reserve_micros,
        fee_ppm=quote.fee_ppm,
        cap_micros=quote.cap_micros,
        n_aided=min(max(0, assumed["n_aided"] - assumed["n_gold"]), assumed["n_tasks"]),
        aided_pay_micros=quote.aided_pay_micros,
        n_gold=assumed["n_gold"],
        gold_reserve_micros=quote.gold_reserve_micros,
        n_reviews=n_reviews_of(quote, job),
        review_pay_micros=quote.review_pay_micros,
        review_reserve_micros=quote.review_reserve_micros,
        set_up_micros=quote.set_up_micros,
        unit_micros=minor_unit_micros(quote.currency),
    )


def n_reviews_of(quote: Quote, job: LabelingJob) -> int:
    """Return the paid reviews that a quote has a reserve for."""
    if not quote.review_reserve_micros:
        return 0
    return ceil(Decimal(str(job.review_share)) * int(quote.assumptions["n_tasks"]))


def rule_of(job: LabelingJob) -> StoppingRule:
    """Return the rule by which the job's tasks will be stopped."""
    return StoppingRule(job.target_confidence, job.min_overlap, job.max_overlap, least_gain=job.least_gain)


def seed_of(job: LabelingJob) -> int:
    """Return the seed of a job's forecasts: what differs between two of them is not chance."""
    return int.from_bytes(hashlib.sha256(job.pk.bytes).digest()[:6])
