"""How complex a snapshot's images are, in one pass of the database over what was measured when they came."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from labeling.core.cleaning import Thresholds
from pricing.core.effort.complexity import FLAW_WEIGHT, FLAWED, LOG_KAPPA, N_CUTS, NO_FLAW, WEIGHTS, ComplexityScale

N_BINS = 10


@dataclass(frozen=True)
class SnapshotComplexity:
    """The complexity of a snapshot's images.

    Attributes
    ----------
    n_measured : assets that have features; others, such as point clouds and references, count as of the middle.
    histogram : of those, how many there are in each tenth of complexity, 0 to 1.
    factor : the mean of what each asset's complexity multiplies the seconds by.
    """

    n_measured: int
    histogram: tuple[int, ...]
    factor: Decimal


def snapshot_complexity(
    snapshot_id: UUID, *, n_assets: int, scale: ComplexityScale, elasticity: float
) -> SnapshotComplexity:
    """Return how complex the images are on a scale, their complexity raised to the elasticity."""
    limits = Thresholds()
    ranks = " + ".join(
        f"{weight} * (width_bucket(f.{name}::float8, %s::float8[]) + 0.5) / {N_CUTS + 1}"
        for name, weight in WEIGHTS.items()
    )
    flaw = f"{FLAW_WEIGHT} * CASE WHEN f.mean_luma < %s OR f.laplacian_variance < %s THEN {FLAWED} ELSE {NO_FLAW} END"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT least(floor(c * {N_BINS})::int, {N_BINS - 1}), count(*), sum(exp(%s::float8 * (2 * c - 1)))
                FROM (SELECT {ranks} + {flaw} AS c FROM labeling_snapshotasset m
                      JOIN labeling_assetfeatures f ON f.asset_id = m.asset_id WHERE m.snapshot_id = %s) scored
                GROUP BY 1""",  # noqa: S608 -- names and weights are ours
            [
                elasticity * LOG_KAPPA,
                *([float(cut) for cut in scale.cuts[name]] for name in WEIGHTS),
                limits.dark,
                limits.blurred,
                snapshot_id,
            ],
        )
        rows = cursor.fetchall()
    counts = {int(place): int(count) for place, count, _ in rows}
    n_measured = sum(counts.values())
    total = sum(float(part) for _, _, part in rows) + (n_assets - n_measured)
    factor = Decimal(f"{total / n_assets:.4f}".rstrip("0").rstrip(".")) if n_assets and n_measured else Decimal(1)
    return SnapshotComplexity(n_measured, tuple(counts.get(place, 0) for place in range(N_BINS)), factor)
