"""Seconds of what-if grids and of quotes over HTTP for jobs of 100,000 assets in PostgreSQL, inside the launcher.

Each time beside that of a statement that sums the widths of the same assets, run just before, and beside the seconds
that a processor was busy with it: on a busy machine both say more. Every asset has a size of its own, an image that was
looked at and two pre-labels. Every job is of another snapshot, so its first request finds nothing that was kept.

make bench-what-if [BENCH_ARGS=100000]
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import django
from django.db import connection
from django.db.models import Sum

N_ASSETS, N_TIMES = 100_000, 3
LIMIT_S = 1.0
USUAL: dict[str, Any] = {"min_overlap": 2, "max_overlap": 6, "target_confidence": 0.95}
BOXES: dict[str, Any] = {"annotation_type": "bounding_box", "units_per_asset": 4.0}
JOBS: list[tuple[str, dict[str, Any]]] = [
    ("classes", {"annotation_type": "image_classification"}),
    ("classes, least_gain .001", {"annotation_type": "image_classification", "least_gain": 0.001}),
    ("boxes", BOXES),
    ("clips of frames", BOXES | {"split": {"strategy": "frame_windows"}}),
    ("balanced batches", BOXES | {"split": {"strategy": "balanced_batches"}}),
    ("batches of an asset or two", BOXES | {"split": {"strategy": "balanced_batches", "batch_effort_s": 60}}),
    ("tiles", BOXES | {"split": {"strategy": "tiles", "tile_px": 640}}),
    ("pre-labels shown", BOXES | {"split": {"strategy": "verify_prelabels"}}),
    ("groups of classes", BOXES | {"split": {"strategy": "class_groups"}}),
]
# The most of everything that the API takes.
MOST_LEVELS = [
    {
        "name": f"most {place}",
        "min_overlap": 1 + place,
        "max_overlap": 100,
        "target_confidence": 0.9999,
        "least_gain": 1e-9,
    }
    for place in range(6)
]


def main() -> None:
    """Print the first, median and longest of some requests, and the median in times of the plain count."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()
    from rest_framework.test import APIClient

    from marketplace.orders.services import create_order
    from tests import make
    from tests.benchmarks.splitting import _filled

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    photos = _filled(int(sys.argv[1]) if len(sys.argv) > 1 else N_ASSETS)
    words = make.ontology(make.project(photos.organization), classes=tuple(f"class-{n}" for n in range(60)))
    _look_at(photos)
    _prelabel(photos, words)
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make.token(make.owner_of(photos.organization))}")

    def report(name: str, url: str, body: dict[str, Any]) -> None:
        _report(name, photos, lambda: client.post(f"/api/v1/{url}", body, format="json"))

    for name, changes in JOBS:
        job = make.job(photos=photos, words=words, **USUAL | changes)
        report(f"grid   {name}", f"jobs/{job.pk}/what-if", {"deadlines": _in_days(2, 5, 14)})
        job = make.job(photos=photos, words=words, **USUAL | changes)
        order = create_order(job, created_by_id=job.created_by_id)
        report(f"quote  {name}", f"orders/{order.pk}/quote", {})
    for kind in ("image_classification", "multi_label_classification"):
        job = make.job(photos=photos, words=words, annotation_type=kind)
        widest = {"levels": MOST_LEVELS, "deadlines": _in_days(1, 2, 3, 5, 8, 13, 21)}
        report(f"widest {kind}", f"jobs/{job.pk}/what-if", widest)


def _report(name: str, photos: Any, request: Callable[[], Any]) -> None:
    taken, used, counted = [], [], []
    for _ in range(N_TIMES):
        counted.append(_used_by(lambda: photos.assets.aggregate(total=Sum("width")))[0])
        seconds, processor_s, answer = _used_by(request)
        if answer.status_code != 200:
            raise AssertionError(answer.content)
        taken.append(seconds)
        used.append(processor_s)
    said = answer.json()
    size = f"{len(said['cells']):>2} cells {said['n_tasks']:>9,} tasks" if "cells" in said else ""
    ratio = median(taken) / median(counted)
    sys.stdout.write(
        f"{name:34} {size:24}  first {taken[0]:.2f} s  median {median(taken):.2f} s ({ratio:5.1f} counts)  "
        f"processor: first {used[0]:.2f} s  median {median(used):.2f} s"
        f"{'' if max(used) < LIMIT_S else f'  above {LIMIT_S} s'}\n"
    )
    sys.stdout.flush()


def _used_by(what: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the seconds that something took, those of a processor here and in PostgreSQL, and its result."""
    began, before = time.perf_counter(), _processor_s()
    found = what()
    return time.perf_counter() - began, _processor_s() - before, found


def _processor_s() -> float:
    """Return the processor's seconds so far, of this process and of the one that serves its statements."""
    backend = connection.connection.info.backend_pid
    user, system = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _in_days(*days: int) -> list[str | None]:
    return [None, *((datetime.now(UTC) + timedelta(days=each)).isoformat() for each in days)]


def _look_at(photos: Any) -> None:
    """Give every asset a size of its own, and keep how it looks."""
    from labeling.models import AssetFeatures

    drawn = {"n_regions": "(random() * 60)::int", "edge_density": "random() / 3", "jpeg_rms_error": "random() * 10"}
    drawn |= {"entropy": "random()", "mean_luma": "random() * 255", "laplacian_variance": "random() * 500"}
    drawn |= {"asset_id": "id", "dataset_id": "dataset_id", "thumbnail_key": "''", "is_compared": "true"}
    columns = {str(field.column): drawn.get(str(field.column), "0") for field in AssetFeatures._meta.concrete_fields}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE labeling_asset SET width = 100 + random() * 3000, height = 100 + random() * 3000"
            " WHERE dataset_id = %s",
            [photos.pk],
        )
        cursor.execute(
            f"INSERT INTO labeling_assetfeatures ({', '.join(columns)})"  # noqa: S608 -- ours
            f" SELECT {', '.join(columns.values())} FROM labeling_asset WHERE dataset_id = %s",
            [photos.pk],
        )


def _prelabel(photos: Any, words: Any) -> None:
    """Keep what two models say of every asset."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO labeling_prelabel (id, project_id, asset_id, ontology_id, annotation_type, schema_version,
                   source, version, annotations, n_annotations, created_at)
               SELECT uuidv7(), %s, id, %s, 'bounding_box', 1, source, '', '[]', random() * 12, now()
               FROM labeling_asset, unnest(ARRAY['one', 'two']) source WHERE dataset_id = %s""",
            [words.project_id, words.pk, photos.pk],
        )
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
