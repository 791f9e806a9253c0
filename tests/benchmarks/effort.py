"""How well the seconds of people's answers are foretold, for workers who were not seen: prior, model, two medians.

make bench-effort CROWDS=dir, where the folders hold recorded crowds with times.

pedestrians: boxes; of a HIT of eight images, the time from the last box of an image to that of the next one with boxes,
so images without boxes lie in between. spots: points; from opening the image to the last click. zencrowd, ct: classes
of texts and films, not of images: shown for the shape of times, though the published seconds are those of images.

Of each crowd the 40 workers with most answers are left out, one at a time. `published + level` is what a quote has of a
job under way before any refit, `model + level` after one; medians know nothing of objects. Every crowd is one job, so
nothing is said here of jobs that were not seen.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator
from csv import DictReader
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pricing.core.effort import NO_LEVEL, EffortBelief, JobLevel, level_of, prior_of
from pricing.core.effort.design import Features, FloatArray, log_seconds, practice_of
from pricing.core.effort.fitting import Timings, fit

TO_80 = 1.2815515655446004
MOST_FOLDS = 40


@dataclass(frozen=True)
class Timed:
    """One answer of a recorded crowd."""

    worker: str
    units: int
    seconds: float


def _lines(folder: Path) -> Iterator[dict[str, object]]:
    with (folder / "annotations.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _pedestrians(folder: Path) -> Iterator[Timed]:
    hits: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in _lines(folder):
        times = row["t_ms"]
        assert isinstance(times, list)
        if times:
            hits.setdefault((str(row["worker"]), int(str(row["assignment"]))), []).append((max(times), len(times)))
    for (worker, _), images in hits.items():
        for (before, _), (last, n_boxes) in pairwise(sorted(images)):
            yield Timed(worker, n_boxes, (last - before) / 1000)


def _spots(folder: Path) -> Iterator[Timed]:
    for row in _lines(folder):
        times = row["t_ms"]
        assert isinstance(times, list)
        if times:
            yield Timed(str(row["worker"]), len(times), max(times) / 1000)


def _classes(folder: Path) -> Iterator[Timed]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        for row in DictReader(lines):
            if row.get("seconds"):
                yield Timed(row["worker"], 1, float(row["seconds"]))
            elif row.get("started_at"):
                began, ended = (datetime.fromisoformat(row[name]) for name in ("started_at", "timestamp"))
                yield Timed(row["worker"], 1, (ended - began).total_seconds())


CROWDS: dict[str, tuple[str, Callable[[Path], Iterator[Timed]]]] = {
    "pedestrians": ("bounding_box", _pedestrians),
    "spots": ("point", _spots),
    "zencrowd_us": ("image_classification", _classes),
    "zencrowd_in": ("image_classification", _classes),
    "ct_video_binary": ("image_classification", _classes),
}


def _timings(kind: str, answers: list[Timed]) -> Timings:
    names = {name: i for i, name in enumerate(dict.fromkeys(each.worker for each in answers))}
    worker = np.array([names[each.worker] for each in answers])
    given: dict[int, int] = {}
    before = []
    for number in worker.tolist():
        before.append(float(given.get(number, 0)))
        given[number] = int(before[-1]) + 1
    nothing = np.zeros(len(answers))
    units = np.array([float(each.units) for each in answers])
    features = Features(kind, units, nothing, nothing, nothing, nothing, nothing, practice_of(np.array(before)))
    log_s = np.log([each.seconds for each in answers])
    return Timings(features, log_s, worker, np.zeros(len(answers), dtype=np.int64))


def _some(timings: Timings, which: NDArray[np.bool_]) -> Timings:
    columns = {name: value[which] for name, value in vars(timings.features).items() if name != "annotation_type"}
    features = Features(timings.features.annotation_type, **columns)
    return Timings(features, timings.log_s[which], timings.worker[which], timings.job[which])


@dataclass
class Score:
    """Errors of log seconds, worker by worker, and whether each fell within what 4 in 5 were to."""

    errors: list[FloatArray]
    within: list[NDArray[np.bool_]]

    def add(self, error: FloatArray, spread: float) -> None:
        """Add a worker's answers."""
        self.errors.append(error)
        self.within.append(np.abs(error) <= TO_80 * spread)

    def __str__(self) -> str:
        every = np.concatenate(self.errors)
        by_worker = math.sqrt(np.mean([np.mean(each**2) for each in self.errors]))
        within = np.mean([each.mean() for each in self.within])
        return (
            f"log RMSE {np.sqrt(np.mean(every**2)):.3f} (each worker alike {by_worker:.3f})  "
            f"within 80 %: {np.mean(np.concatenate(self.within)):.3f} (alike {within:.3f})  "
            f"median off x {math.exp(np.median(every)):.2f}"
        )


def _believed(belief: EffortBelief, held: Timings, level: JobLevel) -> tuple[FloatArray, float]:
    """Return what a belief says of a worker who was not seen, in a job at a level."""
    expected, slopes = log_seconds(belief.mean, held.features)
    sure = float(np.mean(np.einsum("ij,jk,ik->i", slopes, belief.covariance, slopes))) + belief.job_sd**2
    trust = sure / (sure + level.log_sd**2)
    spread = math.sqrt(sure * (1.0 - trust) + belief.worker_sd**2 + belief.answer_sd**2)
    return expected + trust * level.log_factor, spread


def _level(belief: EffortBelief, seen: Timings) -> JobLevel:
    return level_of(belief, seen.features, log_s=seen.log_s, worker=seen.worker)


_WAYS = (
    *("published", "published + level", "model", "model + level"),
    *("global median", "median of workers' medians"),
)


def _measure(kind: str, answers: list[Timed]) -> dict[str, Score]:
    timings = _timings(kind, answers)
    scores = {name: Score([], []) for name in _WAYS}
    workers, sizes = np.unique(timings.worker, return_counts=True)
    for worker in workers[np.argsort(-sizes)][:MOST_FOLDS]:
        out = timings.worker == worker
        held, seen = _some(timings, out), _some(timings, ~out)
        for name, belief in (("published", prior_of(kind)), ("model", fit(seen))):
            for way, level in ((name, NO_LEVEL), (f"{name} + level", _level(belief, seen))):
                expected, spread = _believed(belief, held, level)
                scores[way].add(held.log_s - expected, spread)
        medians = [np.median(seen.log_s[seen.worker == other]) for other in np.unique(seen.worker)]
        low, high = np.quantile(seen.log_s, [0.1, 0.9])
        for name, middle in zip(_WAYS[-2:], (np.median(seen.log_s), np.median(medians)), strict=True):
            scores[name].add(held.log_s - middle, float(high - low) / 2 / TO_80)
    return scores


def main() -> None:
    """Print, for each crowd with times, how far off each way is, one worker left out at a time."""
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_dir():
        raise SystemExit("Name the folder of recorded crowds: make bench-effort CROWDS=dir")
    for name, (kind, read) in CROWDS.items():
        folder = Path(sys.argv[1]) / name
        if not folder.is_dir():
            continue
        answers = [each for each in read(folder) if each.seconds > 0]
        n_workers = len({each.worker for each in answers})
        if not answers:
            print(f"\n{name}: no times")
            continue
        middle = np.median([each.seconds for each in answers])
        print(f"\n{name} ({kind}): {len(answers):,} answers of {n_workers} workers, median {middle:.1f} s")
        for way, score in _measure(kind, answers).items():
            print(f"  {way:27} {score}")
        belief = fit(_timings(kind, answers))
        print(
            f"  fitted to all: look x {math.exp(belief.mean[0] + belief.mean[1]):.2f}, unit x "
            f"{math.exp(belief.mean[0] + belief.mean[2]):.2f}, practice {belief.mean[8]:+.2f}, spread of answers "
            f"{belief.answer_sd:.2f}, of workers {belief.worker_sd:.2f}"
        )


if __name__ == "__main__":
    main()
