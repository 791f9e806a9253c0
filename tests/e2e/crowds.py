"""Recorded crowds that the tests make up."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from pathlib import Path

CLASSES = ("heron", "egret", "stork")
ACCURACY = 0.7


def write_crowd(folder: Path, *, n_tasks: int, n_workers: int, n_answers: int, seed: int = 1) -> Path:
    """Record so many answers per task, by workers who are right seven times in ten; return the folder."""
    rng = random.Random(seed)
    truth = {f"photo-{number:03d}": rng.choice(CLASSES) for number in range(n_tasks)}
    workers = [f"person-{number:02d}" for number in range(n_workers)]
    given = [
        (task, worker, label if rng.random() < ACCURACY else rng.choice(CLASSES))
        for task, label in truth.items()
        for worker in rng.sample(workers, n_answers)
    ]
    folder.mkdir()
    _write(folder / "labels.csv", ("task", "worker", "label"), given)
    _write(folder / "gold.csv", ("task", "label"), truth.items())
    return folder


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
