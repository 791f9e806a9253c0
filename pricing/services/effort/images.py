"""How complex a snapshot's images are: counted in the database, once for each scale, as neither ever changes."""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db import connection

from labeling.core.cleaning import Thresholds
from labeling.models import Snapshot
from pricing.core.effort.complexity import (
    FLAW_WEIGHT,
    FLAWED,
    N_CUTS,
    NO_FLAW,
    WEIGHTS,
    ComplexityScale,
    log_kappa,
)
from pricing.models import SnapshotComplexity

N_BINS = 100
# Members of a snapshot that one statement looks at: some two seconds.
MEMBERS_AT_ONCE = 250_000


@dataclass(frozen=True)
class ImageComplexity:
    """The complexity of a snapshot's images.

    Attributes
    ----------
    histogram : how many there are in each tenth of complexity, 0 to 1.
    n_measured : those are. Assets without features, such as point clouds and references, count as of the middle.
    factor : the mean of what each asset's complexity multiplies the seconds by.
    """

    n_measured: int
    histogram: tuple[int, ...]
    factor: Decimal


def image_complexity(snapshot: Snapshot, *, scale: ComplexityScale, elasticity: float) -> ImageComplexity:
    """Return how complex the images are on a scale, their complexity raised to the elasticity."""
    counts = np.array(_counted(snapshot, scale))
    n_measured = int(counts.sum())
    tenths = tuple(int(each) for each in counts.reshape(10, -1).sum(axis=1))
    if not n_measured:
        return ImageComplexity(0, tenths, Decimal(1))
    middles = (np.arange(N_BINS) + 0.5) / N_BINS
    total = float(counts @ np.exp(elasticity * log_kappa(middles))) + snapshot.n_assets - n_measured
    return ImageComplexity(n_measured, tenths, Decimal(f"{total / snapshot.n_assets:.4f}"))


def _counted(snapshot: Snapshot, scale: ComplexityScale) -> list[int]:
    """Return the images in each hundredth of complexity, as they were counted before or by counting them now."""
    named = json.dumps({name: list(map(float, scale.cuts[name])) for name in WEIGHTS})
    digest = hashlib.sha256(named.encode()).hexdigest()
    known = SnapshotComplexity.objects.filter(snapshot=snapshot, scale_sha256=digest).first()
    if known is not None:
        return known.histogram
    counts = [0] * N_BINS
    for first in range(0, snapshot.n_assets + 1, MEMBERS_AT_ONCE):
        for place, n_images in _count(snapshot.pk, scale, first):
            counts[place] += n_images
    fresh = SnapshotComplexity(snapshot=snapshot, scale_sha256=digest, histogram=counts)
    SnapshotComplexity.objects.bulk_create([fresh], ignore_conflicts=True)
    return counts


def _count(snapshot_id: UUID, scale: ComplexityScale, first: int) -> list[tuple[int, int]]:
    """Count the images of some members, from an ordinal on, by hundredths."""
    limits = Thresholds()
    ranks = " + ".join(
        f"{weight} * (width_bucket(f.{name}::float8, %s::float8[]) + 0.5) / {N_CUTS + 1}"
        for name, weight in WEIGHTS.items()
    )
    flaw = f"{FLAW_WEIGHT} * CASE WHEN f.mean_luma < %s OR f.laplacian_variance < %s THEN {FLAWED} ELSE {NO_FLAW} END"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT least(floor(({ranks} + {flaw}) * {N_BINS})::int, {N_BINS - 1}), count(*)
                FROM labeling_snapshotasset m JOIN labeling_assetfeatures f ON f.asset_id = m.asset_id
                WHERE m.snapshot_id = %s AND m.ordinal >= %s AND m.ordinal < %s GROUP BY 1""",  # noqa: S608 -- ours
            [
                *([float(cut) for cut in scale.cuts[name]] for name in WEIGHTS),
                limits.dark,
                limits.blurred,
                snapshot_id,
                first,
                first + MEMBERS_AT_ONCE,
            ],
        )
        return [(int(place), int(n_images)) for place, n_images in cursor.fetchall()]
