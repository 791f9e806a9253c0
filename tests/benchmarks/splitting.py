"""Plans over a million assets: seconds and memory, inside the launcher.

make bench-splitting [BENCH_ARGS=1000000]
"""

import os
import resource
import sys
import time
from typing import Any

import django

N_ASSETS = 1_000_000
SPLITS: list[dict[str, Any]] = [
    {"strategy": "one_asset_per_task"},
    {"strategy": "balanced_batches"},
    {"strategy": "frame_windows"},
    {"strategy": "tiles", "tile_px": 320},
    {"strategy": "verify_prelabels"},
]


def _filled(n_assets: int) -> Any:
    """Return a dataset of so many references in a thousand folders."""
    from django.db import connection

    from tests import make

    photos = make.dataset()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO labeling_asset (id, dataset_id, kind, external_id, storage, storage_key, sha256,
                   content_sha256, content_type, n_bytes, width, height, original_orientation, created_at)
               SELECT uuidv7(), %s, 'external', format('clip-%%s/frame-%%s.jpg', n %% 1000, n / 1000),
                   '', '', '', '', '', 0, 640, 480, 1, now() FROM generate_series(1, %s) n""",
            [photos.pk, n_assets],
        )
        cursor.execute("ANALYZE labeling_asset")
    return photos


def main() -> None:
    """Print, for each strategy, the time of a preview and of reading the whole plan, and the peak of memory so far."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    from django.db import connection

    from labeling.services.splitting import planned_tasks, preview_split
    from tests import make

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    n_assets = int(sys.argv[1]) if len(sys.argv) > 1 else N_ASSETS
    photos = _filled(n_assets)
    for split in SPLITS:
        job = make.job(photos=photos, annotation_type="bounding_box", split=split)
        began = time.perf_counter()
        preview = preview_split(job, pace=make.PACE)
        previewed = time.perf_counter()
        n_tasks = sum(1 for _ in planned_tasks(job, job.strategy, pace=make.PACE))
        planned = time.perf_counter()
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(
            f"{preview.strategy:20} {preview.n_tasks:>9,} tasks  preview {previewed - began:6.1f} s  "
            f"plan {planned - previewed:6.1f} s  peak {peak_mib:5.0f} MiB\n"
        )
        if n_tasks != preview.n_tasks:
            raise AssertionError("The preview counts other tasks than the plan makes.")


if __name__ == "__main__":
    main()
