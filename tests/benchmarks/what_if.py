"""Seconds of one what-if request over HTTP for a job of 100,000 assets in PostgreSQL, inside the launcher.

make bench-what-if [BENCH_ARGS=100000]
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import django

N_ASSETS, N_TIMES = 100_000, 5
LIMIT_S = 1.0
JOBS: list[tuple[str, dict[str, Any]]] = [
    ("classes", {"annotation_type": "image_classification"}),
    ("classes, least_gain .001", {"annotation_type": "image_classification", "least_gain": 0.001}),
    ("boxes", {"annotation_type": "bounding_box", "units_per_asset": 4.0}),
    ("boxes, clips of frames", {"annotation_type": "bounding_box", "split": {"strategy": "frame_windows"}}),
    ("boxes, balanced batches", {"annotation_type": "bounding_box", "split": {"strategy": "balanced_batches"}}),
    ("boxes, tiles", {"annotation_type": "bounding_box", "split": {"strategy": "tiles", "tile_px": 320}}),
]


def main() -> None:
    """Print the median and the longest of some requests: the first is made with nothing kept from before."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    from django.db import connection
    from rest_framework.test import APIClient

    from tests import make
    from tests.benchmarks.splitting import _filled

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    photos = _filled(int(sys.argv[1]) if len(sys.argv) > 1 else N_ASSETS)
    by = [None, *((datetime.now(UTC) + timedelta(days=days)).isoformat() for days in (2, 5, 14))]
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make.token(make.owner_of(photos.organization))}")
    for name, changes in JOBS:
        job = make.job(photos=photos, min_overlap=2, max_overlap=6, target_confidence=0.95, **changes)
        taken = []
        for _ in range(N_TIMES):
            began = time.perf_counter()
            answer = client.post(f"/api/v1/jobs/{job.pk}/what-if", {"deadlines": by}, format="json")
            taken.append(time.perf_counter() - began)
            if answer.status_code != 200:
                raise AssertionError(answer.content)
        n_cells = len(answer.json()["cells"])
        said = "" if max(taken) < LIMIT_S else f"  above {LIMIT_S} s"
        sys.stdout.write(
            f"{name:26} {answer.json()['n_tasks']:>9,} tasks  {n_cells} cells  first {taken[0]:.2f} s  "
            f"median {sorted(taken)[N_TIMES // 2]:.2f} s  longest {max(taken):.2f} s{said}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
