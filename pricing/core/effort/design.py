"""Log seconds of answers as the coefficients have it, and how they change with each."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.effort.beliefs import (
    AIDED,
    ATTRIBUTE,
    COMPLEXITY,
    LEVEL,
    LOOK,
    PARAMETERS,
    PRACTICE,
    REVIEW,
    UNIT,
    VERTICES,
)
from pricing.core.effort.rates import EFFORT_RATES
from pricing.core.effort.scenes import ATTRIBUTE_S, USUAL_VERTICES, Scene, Work

# Answers that a worker gave before, at which a quote's seconds hold, and beyond which practice brings nothing more.
PRACTISED, WELL_PRACTISED = 20, 500

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """What answers of one type were about; each (n,).

    Attributes
    ----------
    log_vertices : of points an object beside the usual number, 0 where unknown.
    log_kappa : of complexity, 0 where unknown.
    aided, review : 1 where it was one.
    practice : log of 1 + the answers that the worker gave before in the job, beside that of a practised worker.
    """

    annotation_type: str
    units: FloatArray
    attributes: FloatArray
    log_vertices: FloatArray
    log_kappa: FloatArray
    aided: FloatArray
    review: FloatArray
    practice: FloatArray


def practice_of(n_before: FloatArray) -> FloatArray:
    """Return the practice of a worker after so many answers."""
    done: FloatArray = np.log1p(np.minimum(n_before, WELL_PRACTISED)) - math.log1p(PRACTISED)
    return done


def features_of(scene: Scene, *, elasticity: float) -> Features:
    """Return a scene as the only row, answered by a practised worker."""
    usual = USUAL_VERTICES.get(scene.annotation_type)
    ratio = 1.0 if usual is None or scene.vertices is None else float(scene.vertices) / usual
    kappa = max(float(scene.kappa), 1e-6)
    return Features(
        annotation_type=scene.annotation_type,
        units=np.array([float(scene.units)]),
        attributes=np.array([float(scene.attributes)]),
        log_vertices=np.array([math.log(max(ratio, 1e-6))]),
        log_kappa=np.array([math.log(kappa) / elasticity if elasticity > 0 else 0.0]),
        aided=np.array([float(scene.work is Work.AIDED)]),
        review=np.array([float(scene.work is Work.REVIEW)]),
        practice=np.array([0.0]),
    )


def log_seconds(theta: FloatArray, features: Features) -> tuple[FloatArray, FloatArray]:
    """Return the log of the median seconds, and its derivatives.

    Parameters
    ----------
    theta : (9,)

    Returns
    -------
    log_s (n,), derivatives (n, 9); of the parts, each its share of the seconds.
    """
    rate = EFFORT_RATES[features.annotation_type]
    unit_s = float(rate.per_unit_s)
    look = np.full(len(features.units), float(rate.per_asset_s) * math.exp(theta[LOOK]))
    draw = features.units * unit_s * np.exp(theta[UNIT] + theta[VERTICES] * features.log_vertices)
    said = features.units if unit_s else 1.0  # of the asset, where objects make no difference
    say = said * features.attributes * float(ATTRIBUTE_S) * math.exp(theta[ATTRIBUTE])
    total = look + draw + say
    slopes = np.zeros((len(total), len(PARAMETERS)))
    slopes[:, LEVEL] = 1.0
    slopes[:, LOOK], slopes[:, UNIT], slopes[:, ATTRIBUTE] = look / total, draw / total, say / total
    slopes[:, VERTICES] = slopes[:, UNIT] * features.log_vertices
    slopes[:, COMPLEXITY] = features.log_kappa
    slopes[:, AIDED], slopes[:, REVIEW] = features.aided, features.review
    slopes[:, PRACTICE] = features.practice
    whole = [LEVEL, COMPLEXITY, AIDED, REVIEW, PRACTICE]
    return np.log(total) + slopes[:, whole] @ theta[whole], slopes
