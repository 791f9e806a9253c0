"""How complex an image is, 0 to 1, by how its measures rank among those of others, and what that does to seconds.

    C = .35 rank(edge density) + .35 rank(JPEG error) + .15 rank(regions) + .10 rank(entropy) + .05 flaw

where `flaw` is 1 of dark or blurred images and .5 of others, and kappa = 1.5 ** (2 C - 1): from .67 to 1.5, and 1 in
the middle. People's ratings of complexity go with edge density and compression error most (Machado et al. 2015,
doi:10.1016/j.actpsy.2015.06.005). Weights and the 1.5 are assumptions: no study was found of how such measures go with
seconds of annotation, so their effect is capped, and its power is learnt (`EffortBelief.elasticity`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.core.cleaning import Thresholds

WEIGHTS: dict[str, float] = {"edge_density": 0.35, "jpeg_rms_error": 0.35, "n_regions": 0.15, "entropy": 0.10}
FLAW_WEIGHT, NO_FLAW, FLAWED = 0.05, 0.5, 1.0
LOG_KAPPA = math.log(1.5)
# Twentieths: an image ranks in the middle of the one that it falls into.
N_CUTS = 19
LEAST_IMAGES = 1_000


@dataclass(frozen=True)
class ComplexityScale:
    """Where twentieths of images divide, by measure: 19 numbers each, growing.

    Attributes
    ----------
    n_images : that it was measured of; 0 of the reference.
    """

    cuts: Mapping[str, tuple[float, ...]]
    n_images: int = 0


# Of 252 pictures: 18 photographs and micrographs that scikit-image and scikit-learn ship, whole, in quarters and in
# ninths (`tests/benchmarks/complexity_scale.py`). That they stand for what a platform gets is an assumption, until it
# has images enough of its own.
REFERENCE_SCALE = ComplexityScale(
    {
        "edge_density": (
            0,
            0.003416,
            0.006342,
            0.01067,
            0.02917,
            0.04796,
            0.05565,
            0.06918,
            0.09174,
            0.1004,
            0.1167,
            0.1232,
            0.1401,
            0.1585,
            0.189,
            0.2363,
            0.3029,
            0.3481,
            0.4388,
        ),
        "jpeg_rms_error": (
            0.8594,
            1.578,
            1.822,
            2.084,
            2.314,
            3.118,
            3.534,
            4.005,
            4.269,
            4.476,
            4.845,
            5.156,
            5.607,
            5.716,
            6.294,
            6.666,
            7.081,
            7.703,
            8.304,
        ),
        "n_regions": (
            1.55,
            10.1,
            16,
            20.2,
            23.75,
            29,
            33,
            36.4,
            39,
            42,
            46.05,
            50,
            53.15,
            59.4,
            65,
            69.8,
            73,
            77,
            89.45,
        ),
        "entropy": (
            0.5296,
            0.6003,
            0.624,
            0.644,
            0.6627,
            0.687,
            0.7262,
            0.7907,
            0.8235,
            0.8408,
            0.8624,
            0.8751,
            0.8876,
            0.8999,
            0.9053,
            0.9073,
            0.9166,
            0.9257,
            0.94,
        ),
    }
)


def complexity(measures: Mapping[str, NDArray[np.float64]], scale: ComplexityScale) -> NDArray[np.float64]:
    """Return the complexity of images, each 0 to 1, by the columns of their features."""
    limits = Thresholds()
    flawed = (measures["mean_luma"] < limits.dark) | (measures["laplacian_variance"] < limits.blurred)
    score = FLAW_WEIGHT * np.where(flawed, FLAWED, NO_FLAW)
    for name, weight in WEIGHTS.items():
        below = np.searchsorted(np.array(scale.cuts[name]), measures[name], side="right")
        score = score + weight * (below + 0.5) / (N_CUTS + 1)
    return score


def log_kappa(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of what complexity multiplies seconds by."""
    return LOG_KAPPA * (2.0 * score - 1.0)
