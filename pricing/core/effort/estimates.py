"""What an answer is expected to take, how sure that is, and why: factors that multiply and add up to it."""

import math
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from pricing.core.effort.beliefs import AIDED as AIDED_PARAMETER
from pricing.core.effort.beliefs import ATTRIBUTE, LEVEL, LOOK, UNIT, VERTICES, EffortBelief
from pricing.core.effort.beliefs import REVIEW as REVIEW_PARAMETER
from pricing.core.effort.design import features_of, log_seconds
from pricing.core.effort.levels import NO_LEVEL, JobLevel
from pricing.core.effort.rates import EFFORT_RATES
from pricing.core.effort.scenes import ATTRIBUTE_S, USUAL_VERTICES, Scene, Work

PRIOR = "prior"


@dataclass(frozen=True)
class Factor:
    """One thing that the seconds come from.

    Attributes
    ----------
    value : seconds, a number, or what the rest is multiplied by, as `unit` says: `s`, `1` or `x`.
    source : `prior`, `measured (n)`, or who said so.
    """

    name: str
    value: Decimal
    unit: str
    source: str
    words: str


@dataclass(frozen=True)
class EffortEstimate:
    """The seconds of one answer by a practised worker.

    Attributes
    ----------
    p50_s : median of a typical worker; what pay is reckoned by. It is exactly what the factors come to.
    log_sd : of the logarithm of `p50_s`, as an estimate for this job.
    answer_log_sd : of the logarithm of one answer by a worker of whom nothing is known, that of the estimate included.
    """

    p50_s: Decimal
    log_sd: float
    answer_log_sd: float
    factors: tuple[Factor, ...]

    @property
    def mean_s(self) -> Decimal:
        """Return the mean of answers, were the median right: times are skewed, so it is above the median."""
        spread = self.answer_log_sd**2 - self.log_sd**2
        return self.p50_s * _rounded(math.exp(spread / 2))

    def value(self, name: str) -> Decimal:
        """Return the value of a factor; 1 where it makes no difference."""
        return next((factor.value for factor in self.factors if factor.name == name), Decimal(1))

    def interval_s(self, share: float) -> tuple[float, float]:
        """Return between which seconds the job's median lies with this probability."""
        return _interval(float(self.p50_s), self.log_sd, share)

    def answer_interval_s(self, share: float) -> tuple[float, float]:
        """Return between which seconds this share of answers is expected."""
        return _interval(float(self.p50_s), self.answer_log_sd, share)


def estimate(belief: EffortBelief, scene: Scene, *, level: JobLevel = NO_LEVEL) -> EffortEstimate:
    """Return what an answer to a scene takes, in a job whose answers so far are at a level.

    Where nothing was measured this is `effort_s`, or `review_effort_s`, to the last digit.
    """
    _, slopes = log_seconds(belief.mean, features_of(scene, elasticity=belief.elasticity))
    believed = float(slopes[0] @ belief.covariance @ slopes[0]) + belief.job_sd**2
    trust = believed / (believed + level.log_sd**2)
    factors = _factors(belief, scene, own=_rounded(math.exp(trust * level.log_factor)), level=level)
    log_sd = math.sqrt(believed * (1.0 - trust))
    answer_variance = log_sd**2 + belief.worker_sd**2 + belief.answer_sd**2
    return EffortEstimate(
        p50_s=_product(factors),
        log_sd=log_sd,
        answer_log_sd=math.sqrt(answer_variance),
        factors=tuple(factors.values()),
    )


def _factors(belief: EffortBelief, scene: Scene, *, own: Decimal, level: JobLevel) -> dict[str, Factor]:
    rate = EFFORT_RATES[scene.annotation_type]
    mean = belief.mean

    def source(*parameters: int) -> str:
        measured = any(belief.is_measured(parameter) for parameter in parameters)
        return f"measured ({belief.n_answers})" if measured else PRIOR

    made = [
        Factor("look_s", _of(rate.per_asset_s, mean[LOOK]), "s", source(LOOK), "to look the asset over"),
        Factor("unit_s", _of(rate.per_unit_s, mean[UNIT]), "s", source(UNIT), "to mark one object"),
    ]
    if USUAL_VERTICES.get(scene.annotation_type) and scene.vertices is not None:
        ratio = float(scene.vertices) / USUAL_VERTICES[scene.annotation_type]
        value = _rounded(ratio ** float(mean[VERTICES]))
        made.append(Factor("vertices", value, "x", source(VERTICES), "points of an object beside the usual number"))
    if scene.attributes:
        seconds = _of(ATTRIBUTE_S, mean[ATTRIBUTE])
        made.append(Factor("attribute_s", seconds, "s", source(ATTRIBUTE), "to say one attribute"))
        made.append(Factor("attributes", scene.attributes, "1", "ontology", "attributes to say of each"))
    made.append(Factor("units", scene.units, "1", scene.units_source, "objects in an asset"))
    if scene.kappa != 1:
        made.append(Factor("complexity", scene.kappa, "x", scene.kappa_source, "complexity of the images"))
    if scene.work is not Work.FROM_NOTHING:
        parameter = AIDED_PARAMETER if scene.work is Work.AIDED else REVIEW_PARAMETER
        words = "to check a pre-label" if scene.work is Work.AIDED else "to check an answer"
        made.append(
            Factor(
                scene.work.value,
                _rounded(math.exp(mean[parameter])),
                "x",
                source(parameter),
                f"{words}, not to make it",
            )
        )
    made.append(
        Factor("level", _rounded(math.exp(mean[LEVEL])), "x", source(LEVEL), "answers here beside published times")
    )
    if level.n_answers:
        made.append(
            Factor("job", own, "x", f"this job ({level.n_answers})", "this job's own answers beside those of others")
        )
    return {factor.name: factor for factor in made}


def _product(factors: dict[str, Factor]) -> Decimal:
    """Return what the factors come to."""

    def value(name: str, default: int) -> Decimal:
        return factors[name].value if name in factors else Decimal(default)

    unit_s = value("unit_s", 0)
    said = value("units", 0) if unit_s else Decimal(1)
    seconds = value("look_s", 0) + unit_s * value("vertices", 1) * value("units", 0)
    seconds += said * value("attribute_s", 0) * value("attributes", 0)
    for name in ("complexity", Work.AIDED.value, Work.REVIEW.value, "level", "job"):
        seconds *= value(name, 1)
    return seconds


def _of(published_s: Decimal, log_factor: float) -> Decimal:
    return _rounded(float(published_s) * math.exp(log_factor))


def _rounded(number: float) -> Decimal:
    """Return a number to four places, without zeros at its end."""
    return Decimal(f"{number:.4f}".rstrip("0").rstrip("."))


def _interval(median: float, log_sd: float, share: float) -> tuple[float, float]:
    reach = math.exp(NormalDist().inv_cdf(0.5 + share / 2) * log_sd)
    return median / reach, median * reach
