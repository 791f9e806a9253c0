"""A plan of a million measured images, and a refit of 200,000 answers: seconds and memory, inside the launcher.

make bench-effort-scale [BENCH_ARGS=1000000]
"""

import os
import resource
import sys
import time
from typing import Any

import django

N_ASSETS = 1_000_000
N_ANSWERS = 200_000


def _filled(n_assets: int) -> Any:
    """Return a dataset of so many images of random looks."""
    from django.db import connection

    from tests import make

    photos = make.dataset()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            """INSERT INTO labeling_asset (id, dataset_id, kind, external_id, storage, storage_key, sha256,
                   content_sha256, content_type, n_bytes, width, height, original_orientation, created_at)
               SELECT gen_random_uuid(), %s, 'external', n::text, '', '', '', '', '', 0, 640, 480, 1, now()
               FROM generate_series(1, %s) n""",
            [photos.pk, n_assets],
        )
        cursor.execute(
            """INSERT INTO labeling_assetfeatures (asset_id, dataset_id, thumbnail_key, dhash, dhash_mirrored, phash,
                   phash_mirrored, edge_density, entropy, jpeg_bits_per_pixel, jpeg_rms_error, laplacian_variance,
                   contrast, mean_luma, dark_share, bright_share, n_regions, colourfulness, megapixels, is_compared)
               SELECT id, dataset_id, '', 0, 0, 0, 0, random() * .4, .5 + random() * .5, 1, random() * 9,
                   random() * 900, .2, random(), 0, 0, (random() * 90)::int, 20, 1, true
               FROM labeling_asset WHERE dataset_id = %s""",
            [photos.pk],
        )
        cursor.execute("ANALYZE labeling_asset, labeling_assetfeatures")
    return photos


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print how long a plan and a fit take."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    from django.db import connection

    from pricing.core.effort.fitting import fit
    from pricing.services import plan_of
    from pricing.services.effort.refit import measured_scale
    from tests import make
    from tests.pricing.core.crowd import simulated

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    n_assets = int(sys.argv[1]) if len(sys.argv) > 1 else N_ASSETS
    job = make.job(photos=_filled(n_assets), annotation_type="bounding_box")
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    for _ in range(2):
        began = time.perf_counter()
        plan = plan_of(job)
        print(
            f"plan of {n_assets:,} images: {time.perf_counter() - began:.2f} s, "
            f"complexity x {plan.effort.scene.kappa}, peak {_peak_mib():.0f} MiB"
        )
    began = time.perf_counter()
    scale = measured_scale()
    print(f"ranks of {scale.n_images:,} images: {time.perf_counter() - began:.2f} s")
    crowd = simulated("bounding_box", n_answers=N_ANSWERS, n_workers=5_000, n_jobs=400)
    began = time.perf_counter()
    belief = fit(crowd)
    print(
        f"fit of {belief.n_answers:,} answers, {belief.n_workers:,} workers, {belief.n_jobs} jobs: "
        f"{time.perf_counter() - began:.1f} s, peak {_peak_mib():.0f} MiB"
    )


if __name__ == "__main__":
    main()
