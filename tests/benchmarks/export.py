"""Time and memory of a COCO release of a large job, beside the floor and beside datumaro.

`make bench-export`: a job of 100,000 images and 1,000,000 boxes is put into the real tables by COPY, then each of these
runs in a process of its own, which tells its wall time and its peak memory:

floor     the same rows read by one statement through the same driver, each dumped by orjson into a file
ours      `build_release`: files, checksums, manifest, leases, storage and all
datumaro  the same rows read likewise, made a dataset of and exported as COCO instances

`--images` and `--boxes` change the size, `--repeat` says how often floor and ours are run in turn; the best of each
counts. `--no-datumaro` leaves datumaro out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np
import orjson

if TYPE_CHECKING:
    from labeling.models import LabelingJob
    from marketplace.releases.models import Release

MAX_PEAK_MIB = 200.0
MAX_TIMES_FLOOR = 2.0
ORACLES = ".venv-oracles/bin/python"
WIDTH, HEIGHT = 1920, 1080
CLASSES = ("person", "car", "bicycle", "dog")
QUERY = """
    SELECT t.ordinal, a.id::text, a.external_id, a.width, a.height, t.retired_reason, l.state, l.confidence,
           l.p_correct, l.value, l.n_answers
    FROM labeling_task t JOIN labeling_asset a ON a.id = t.asset_id
    JOIN quality_consensuslabel l ON l.task_id = t.id AND l.run_id = %s
    WHERE t.job_id = %s ORDER BY t.ordinal"""


def main() -> None:
    """Run the whole comparison, or, in a process of its own, one part of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-datumaro", action="store_true")
    parser.add_argument("--part", choices=sorted(PARTS))
    parser.add_argument("--release")
    options = parser.parse_args()
    _start_django()
    if options.part:
        _run_part(options.part, UUID(options.release))
    else:
        _compare(options)


def _start_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    django.setup()


def _compare(options: argparse.Namespace) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    job = _filled_job(options.images, options.boxes)
    print(f"{options.images:,} images and {options.boxes:,} boxes copied in {time.perf_counter() - start:.1f} s")
    print(f"{'':10}{'wall s':>8}{'own CPU s':>11}{'peak MiB':>10}{'before MiB':>12}{'file MB':>9}")
    best: dict[str, dict[str, Any]] = {}
    parts = ["floor", "ours"] * options.repeat + ([] if options.no_datumaro else ["datumaro"])
    for part in parts:
        told = _in_a_process(part, _asked(job))
        print(
            f"{part:10}{told['wall_s']:8.2f}{told['cpu_s']:11.2f}{told['peak_mib']:10.0f}{told['before_mib']:12.0f}"
            f"{told['file_mb']:9.0f}",
            flush=True,
        )
        if part not in best or told["wall_s"] < best[part]["wall_s"]:
            best[part] = told
    times = best["ours"]["wall_s"] / best["floor"]["wall_s"]
    print(f"ours takes {times:.2f} of the floor (at most {MAX_TIMES_FLOOR}), peak {best['ours']['peak_mib']:.0f} MiB")
    if times > MAX_TIMES_FLOOR or best["ours"]["peak_mib"] > MAX_PEAK_MIB:
        sys.exit("The export is slower or larger than it may be.")


def _in_a_process(part: str, release: Release) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.export", "--part", part, "--release", str(release.pk)]
    if part == "datumaro":
        command = [ORACLES, "tests/benchmarks/export_datumaro.py", str(release.run_id), str(release.job_id), *CLASSES]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return told


def _run_part(part: str, release_id: UUID) -> None:
    """Print what the part took, as JSON."""
    before_mib = _peak_mib()
    with tempfile.TemporaryDirectory() as folder:
        start, start_cpu = time.perf_counter(), time.process_time()
        n_bytes = PARTS[part](release_id, Path(folder))
        wall_s, cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    memory = {"peak_mib": _peak_mib(), "before_mib": before_mib}
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, **memory, "file_mb": n_bytes / 1e6}))


def _peak_mib() -> float:
    """Return this process's own peak: what `getrusage` tells begins with the memory of whoever started it."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


# --- the parts ------------------------------------------------------------------------------------------------------
def _floor(release_id: UUID, folder: Path) -> int:
    path = folder / "rows.jsonl"
    with path.open("wb") as file:
        for row in _rows(release_id):
            file.write(orjson.dumps(row))
            file.write(b"\n")
    return path.stat().st_size


def _rows(release_id: UUID) -> Iterator[tuple[Any, ...]]:
    from django.db import connection
    from psycopg.types.json import set_json_loads

    from marketplace.releases.models import Release

    release = Release.objects.get(pk=release_id)
    with connection.connection.cursor(binary=True) as cursor:
        set_json_loads(orjson.loads, cursor)
        yield from cursor.stream(QUERY, [release.run_id, release.job_id], size=100)


def _ours(release_id: UUID, _: Path) -> int:
    from marketplace.releases.models import ReleaseFile
    from marketplace.releases.services import build_release

    build_release(release_id)
    return ReleaseFile.objects.get(release=release_id, name="coco.json").n_bytes


PARTS = {"floor": _floor, "ours": _ours}


# --- the job --------------------------------------------------------------------------------------------------------
def _asked(job: LabelingJob) -> Release:
    from marketplace.releases.services import request_release

    return request_release(job, formats=["coco"], created_by_id=job.created_by_id)


def _filled_job(n_images: int, n_boxes: int) -> LabelingJob:
    """Return an ended job; what services would take hours for is copied into the tables."""
    from django.db import connection
    from django.utils import timezone

    from labeling.models import CloseReason, JobState, LabelingJob
    from quality.models import ConsensusRun
    from tests import make

    job = make.job(n_tasks=1, annotation_type="bounding_box", classes=CLASSES)
    run = ConsensusRun.objects.create(
        is_current=True,
        job=job,
        number=1,
        method="bench",
        parameters={},
        code_version="1",
        n_answers=3 * n_images,
        input_sha256="0" * 64,
        converged=True,
    )
    assets, tasks = [uuid4() for _ in range(n_images)], [uuid4() for _ in range(n_images)]
    now = timezone.now()
    columns = "id, dataset_id, kind, external_id, storage, storage_key, sha256, content_sha256, content_type, n_bytes, "
    columns += "width, height, original_orientation, created_at"
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY labeling_asset ({columns}) FROM STDIN") as copy:
            for number, asset in enumerate(assets):
                name, dataset = f"street/{number:07d}", job.snapshot.dataset_id
                copy.write_row((asset, dataset, "external", name, "", "", "", "", "", 0, WIDTH, HEIGHT, 1, now))
        columns = "id, job_id, asset_id, ordinal, kind, is_gold, state, retired_reason, priority, wanted_overlap, "
        columns += "max_overlap, n_taken, n_counted, pay_micros, created_at"
        with cursor.copy(f"COPY labeling_task ({columns}) FROM STDIN") as copy:
            for number, (task, asset) in enumerate(zip(tasks, assets, strict=True), start=1):
                row = (task, job.pk, asset, number, "annotate", False, "retired", "confident", 0, 3, 3, 3, 3, 1, now)
                copy.write_row(row)
        columns = "id, run_id, task_id, state, confidence, value, n_answers, n_reviews"
        with cursor.copy(f"COPY quality_consensuslabel ({columns}) FROM STDIN") as copy:
            for task, value in zip(tasks, _values(n_images, n_boxes), strict=True):
                copy.write_row((uuid4(), run.pk, task, "final", 0.9, value, 3, 0))
        cursor.execute("ANALYZE")
    ended = {"state": JobState.COMPLETED, "close_reason": CloseReason.COMPLETED, "n_tasks": n_images}
    LabelingJob.objects.filter(pk=job.pk).update(**ended)
    return LabelingJob.objects.get(pk=job.pk)


def _values(n_images: int, n_boxes: int) -> Iterator[str]:
    """Yield conclusions as the consensus writes them, with as many boxes as crowds find, together so many."""
    rng = np.random.default_rng(0)
    counts = np.bincount(rng.integers(n_images, size=n_boxes), minlength=n_images)
    for count in counts:
        corners = rng.uniform((0, 0), (WIDTH - 120, HEIGHT - 120), size=(count, 2))
        boxes = np.round(np.concatenate([corners, corners + rng.uniform(20, 120, size=(count, 2))], axis=1), 3)
        objects = [
            {
                "id": str(number),
                "class": CLASSES[name],
                "box": box,
                "confidence": confidence,
                "p_exist": confidence,
                "agreement": confidence,
                "n_members": 3,
            }
            for number, (name, box, confidence) in enumerate(
                zip(
                    rng.integers(len(CLASSES), size=count).tolist(),
                    boxes.tolist(),
                    np.round(rng.uniform(0.5, 1.0, size=count), 6).tolist(),
                    strict=True,
                ),
                start=1,
            )
        ]
        yield orjson.dumps({"objects": objects, "doubted": [], "p_complete": 0.98}).decode()


if __name__ == "__main__":
    main()
