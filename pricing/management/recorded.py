"""Recorded crowds that carry times, read as jobs."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from pricing.core.backtesting.recorded import RecordedJob
from pricing.core.effort import EFFORT_RATES

# Times before 2020 in these files name their zone by its letters.
_ZONES_H = {"PDT": -7, "PST": -8, "UTC": 0}
_LONGEST_S = 3_600.0


@dataclass(frozen=True)
class _Answer:
    worker: str
    task: str
    begun: datetime
    ended: datetime


def read_crowds(folder: Path) -> list[RecordedJob]:
    """Return the jobs of the crowds that are there: `ct_video_binary`, `ct_event_text`, `pedestrians`, `spots`.

    Raises
    ------
    OSError, ValueError, KeyError
        A file is not as these crowds have it.
    """
    choices = {name: folder / name / "labels.csv" for name in ("ct_video_binary", "ct_event_text")}
    a_choice_s = _assumed("image_classification", 1)
    jobs = [_job(name, list(_labels(path)), a_choice_s) for name, path in choices.items() if path.exists()]
    if (folder / "pedestrians" / "annotations.jsonl").exists():
        answers = list(_boxes(folder / "pedestrians" / "annotations.jsonl"))
        jobs.append(_job("pedestrians", answers, 8 * _assumed("bounding_box", 1)))
    if (folder / "spots" / "annotations.jsonl").exists():
        experiments = sorted(_points(folder / "spots" / "annotations.jsonl").items())
        jobs += [_job(f"spots {kind}", clicked, _assumed("point", 100)) for kind, clicked in experiments]
    return jobs


def _assumed(annotation_type: str, units: int) -> float:
    rate = EFFORT_RATES[annotation_type]
    return float(rate.per_asset_s + rate.per_unit_s * units)


def _job(name: str, answers: list[_Answer], assumed_s: float) -> RecordedJob:
    ordered = sorted(answers, key=lambda answer: answer.ended)
    start = min(answer.begun for answer in ordered)
    numbers: dict[str, int] = {}
    return RecordedJob(
        name=name,
        ends_s=np.array([(answer.ended - start).total_seconds() for answer in ordered]),
        took_s=np.array([min(_LONGEST_S, (answer.ended - answer.begun).total_seconds()) for answer in ordered]),
        workers=np.array([numbers.setdefault(answer.worker, len(numbers)) for answer in ordered]),
        n_tasks=len({answer.task for answer in ordered}),
        begun_h=start.weekday() * 24 + start.hour + start.minute / 60,
        assumed_s=assumed_s,
    )


def _labels(path: Path) -> Iterator[_Answer]:
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            begun, ended = (datetime.fromisoformat(row[column]) for column in ("started_at", "timestamp"))
            yield _Answer(row["worker"], row["task"], begun, ended)


def _boxes(path: Path) -> Iterator[_Answer]:
    """Yield the HITs of eight images each: when the first and the last of their boxes were drawn."""
    times: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            times[row["worker"], row["assignment"]] += row["t_ms"]
    for (worker, assignment), drawn in times.items():
        if drawn:
            yield _Answer(worker, f"{assignment}", _moment(min(drawn)), _moment(max(drawn)))


def _moment(epoch_ms: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(milliseconds=epoch_ms)  # noqa: DTZ001 -- all times here are UTC


def _points(path: Path) -> dict[str, list[_Answer]]:
    """Return the answers of each of the experiments: images were ordered in batches of a kind."""
    found: defaultdict[str, list[_Answer]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            ended = _wall_time(row["completed"])
            took = timedelta(milliseconds=max(row["t_ms"], default=0))
            found[row["task"].split("/")[0]].append(_Answer(row["worker"], row["task"], ended - took, ended))
    return found


def _wall_time(text: str) -> datetime:
    """Read `Thu Jul 19 16:30:29 PDT 2018`."""
    _, month, day, clock, zone, year = text.split()
    local = datetime.strptime(f"{year} {month} {day} {clock}", "%Y %b %d %H:%M:%S")  # noqa: DTZ007 -- made UTC below
    return local - timedelta(hours=_ZONES_H[zone])
