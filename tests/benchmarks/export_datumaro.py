"""Datumaro's part of the comparison of exports; alone in a file, as it runs in the environment of the oracles.

`python tests/benchmarks/export_datumaro.py RUN JOB CLASS...` reads the rows of a run as the floor does, makes a dataset
of them, exports it as COCO instances without media, and tells what that took.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psycopg
from datumaro.components.annotation import Bbox
from datumaro.components.dataset import Dataset
from datumaro.components.dataset_base import DatasetItem
from datumaro.components.media import Image
from psycopg.types.json import set_json_loads

QUERY = """
    SELECT a.external_id, a.width, a.height, l.value
    FROM labeling_task t JOIN labeling_asset a ON a.id = t.asset_id
    JOIN quality_consensuslabel l ON l.task_id = t.id AND l.run_id = %s
    WHERE t.job_id = %s ORDER BY t.ordinal"""


def main(run: str, job: str, *classes: str) -> None:
    """Print what the export took, as JSON."""
    before_mib = _peak_mib()
    start, start_cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        # A list: of a generator datumaro exports nothing.
        dataset = Dataset.from_iterable(list(_items(run, job, classes)), categories=list(classes))
        dataset.export(folder, "coco_instances", save_media=False)
        wall_s, cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
        n_bytes = sum(path.stat().st_size for path in Path(folder).rglob("*.json"))
    memory = {"peak_mib": _peak_mib(), "before_mib": before_mib}
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s, **memory, "file_mb": n_bytes / 1e6}))


def _items(run: str, job: str, classes: tuple[str, ...]) -> Iterator[Any]:
    numbers = {name: number for number, name in enumerate(classes)}
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor(binary=True) as cursor:
        set_json_loads(orjson.loads, cursor)
        for name, width, height, value in cursor.stream(QUERY, [run, job], size=100):
            boxes = [_box(number, thing, numbers) for number, thing in enumerate(value["objects"])]
            image = Image.from_file(path=f"{name}.jpg", size=(height, width))
            yield DatasetItem(id=name, subset="all", media=image, annotations=boxes)


def _box(number: int, thing: dict[str, Any], numbers: dict[str, int]) -> Any:
    x1, y1, x2, y2 = thing["box"]
    score = {"score": thing["confidence"]}
    return Bbox(x1, y1, x2 - x1, y2 - y1, label=numbers[thing["class"]], id=number, attributes=score)


def _peak_mib() -> float:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
