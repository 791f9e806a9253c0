"""False alarms of the signals on honest crowds, power on dishonest accounts, and what real crowds show.

python -m tests.benchmarks.signals [--crowds DIR] [--repeats 60] [--seed 1] [--large]
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from quality.core.labels import index_labels
from quality.core.signals.constancy import constant_answers
from quality.core.signals.copying import copied_answers
from quality.core.signals.findings import Screening
from quality.core.signals.pace import too_fast
from quality.core.signals.patterns import patterned_answers
from quality.core.signals.randomness import random_answers
from tests.benchmarks.certificates import wilson
from tests.quality.core.signals.simulate import TimedCrowd, honest_crowd, with_copier

Screen = Callable[[TimedCrowd], Screening]
SCREENS: dict[str, Screen] = {
    "too fast": lambda crowd: too_fast(crowd.labels.task, crowd.labels.worker, crowd.seconds, floor_s=1.0),
    "constant": lambda crowd: constant_answers(crowd.labels),
    "random": lambda crowd: random_answers(crowd.labels),
    "copying": lambda crowd: copied_answers(crowd.labels),
    "patterned": lambda crowd: patterned_answers(crowd.labels, order=crowd.order),
}
SETTINGS: dict[str, dict[str, int | bool]] = {
    "3 classes x 5": {},
    "2 classes x 3": {"n_classes": 2, "overlap": 3, "n_tasks": 1000},
    "8 classes x 5": {"n_classes": 8},
    "thin: 120 workers": {"n_workers": 120, "n_tasks": 800},
    "39 votes a task": {"n_classes": 2, "n_tasks": 108, "overlap": 39},
    "in blocks": {"in_blocks": True},
}
REAL = ("bluebird", "dog", "rte", "trec", "zencrowd_us", "zencrowd_in", "ct_video_binary")


def dishonest(rng: np.random.Generator) -> dict[str, tuple[str, Callable[[TimedCrowd], TimedCrowd], set[int]]]:
    """Return kinds of bad accounts: the screen meant, how to put them in, and which workers they are."""

    def blind(crowd: TimedCrowd) -> TimedCrowd:
        return crowd.answering(0, rng.integers(crowd.labels.n_classes, size=len(crowd.rows_of(0))))

    def constant(crowd: TimedCrowd) -> TimedCrowd:
        return crowd.answering(0, np.zeros(len(crowd.rows_of(0)), dtype=np.int64))

    def cycle(crowd: TimedCrowd) -> TimedCrowd:
        return crowd.answering(0, np.arange(len(crowd.rows_of(0))) % crowd.labels.n_classes)

    def hasty(crowd: TimedCrowd) -> TimedCrowd:
        seconds = crowd.seconds.copy()
        rows = crowd.rows_of(0)
        seconds[rows] = np.exp(rng.normal(np.log(1.5), 0.5, size=len(rows)))
        return replace(crowd, seconds=seconds)

    return {
        "blind guesses": ("random", blind, {0}),
        "one class always": ("constant", constant, {0}),
        "classes in turn": ("patterned", cycle, {0}),
        "1.5 s (others 12)": ("too fast", hasty, {0}),
        "copies 100 %": ("copying", lambda crowd: with_copier(crowd, rng, copier=0, victim=1, share=1.0), {0, 1}),
        "copies 80 %": ("copying", lambda crowd: with_copier(crowd, rng, copier=0, victim=1, share=0.8), {0, 1}),
    }


def print_false_alarms(rng: np.random.Generator, n_repeats: int) -> None:
    """Print how often an honest crowd shows anything at all (family-wise), and the share of tests that do."""
    print(f"honest crowds, level .05, {n_repeats} each: crowds with any finding [Wilson], findings per test")
    for setting, options in SETTINGS.items():
        crowds = [honest_crowd(rng, **options) for _ in range(n_repeats)]  # type: ignore[arg-type]
        for name, screen in SCREENS.items():
            results = [screen(crowd) for crowd in crowds]
            n_alarmed = sum(bool(result.findings) for result in results)
            low, high = wilson(n_alarmed, n_repeats)
            n_findings = sum(len(result.findings) for result in results)
            n_tested = sum(result.n_tested for result in results)
            rate = n_findings / max(n_tested, 1)
            print(
                f"{setting:18} {name:10} {n_alarmed / n_repeats:5.2f} [{low:.2f}, {high:.2f}] {rate:9.5f} of {n_tested}"
            )


def print_power(rng: np.random.Generator, n_repeats: int) -> None:
    """Print how often a bad account among honest workers is found, and how many honest ones are found beside it."""
    print(f"\none bad account, {n_repeats} crowds each: found, other findings per crowd")
    for setting, options in SETTINGS.items():
        for kind, (name, corrupt, guilty) in dishonest(rng).items():
            found, others = 0, 0
            for _ in range(n_repeats):
                result = SCREENS[name](corrupt(honest_crowd(rng, **options)))  # type: ignore[arg-type]
                hits = [set(finding.workers) == guilty for finding in result.findings]
                found += any(hits)
                others += len(hits) - sum(hits)
            print(f"{setting:18} {kind:18} {name:10} {found / n_repeats:5.2f} {others / n_repeats:6.2f}")


def real_crowd(folder: Path) -> tuple[TimedCrowd, bool, bool]:
    """Read a class crowd; say whether it has work seconds and submission times."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = {(row["task"], row["worker"]): row for row in reversed(rows)}
    indexed = index_labels((row["task"], row["worker"], row["label"]) for row in rows)
    labels = indexed.matrix
    kept = [
        first[str(indexed.task_ids[task]), str(indexed.worker_ids[worker])]
        for task, worker in zip(labels.task, labels.worker, strict=True)
    ]
    timed, ordered = "seconds" in rows[0] or "started_at" in rows[0], "timestamp" in rows[0]
    order = [datetime.fromisoformat(row["timestamp"]).timestamp() if ordered else 0.0 for row in kept]
    seconds = [_seconds(row) if timed else np.nan for row in kept]
    truth = np.zeros(labels.n_tasks, dtype=np.int64)
    return TimedCrowd(labels=labels, order=np.array(order), seconds=np.array(seconds), truth=truth), timed, ordered


def _seconds(row: dict[str, str]) -> float:
    if "seconds" in row:
        return float(row["seconds"] or "nan")
    begin, end = (datetime.fromisoformat(row[name]) for name in ("started_at", "timestamp"))
    return (end - begin).total_seconds()


def print_real(folder: Path) -> None:
    """Print what recorded crowds show, and the seconds it takes."""
    print("\nrecorded crowds: findings of tested, seconds; the strongest")
    for name in REAL:
        if not (folder / name / "labels.csv").exists():
            continue
        crowd, timed, ordered = real_crowd(folder / name)
        for signal, screen in SCREENS.items():
            if (signal == "too fast" and not timed) or (signal == "patterned" and not ordered):
                continue
            begin = time.perf_counter()
            result = screen(crowd)
            taken = time.perf_counter() - begin
            line = f"{name:16} {signal:10} {len(result.findings):6} of {result.n_tested:7} {taken:7.2f} s"
            if result.findings:
                top = result.findings[0]
                shown = ", ".join(f"{key} {value:.3g}" for key, value in top.evidence.items())
                line += f"  w{top.workers} n={top.n_answers} p={top.p_value:.1e}: {shown}"
            print(line)


def print_large(rng: np.random.Generator) -> None:
    """Print the seconds for a million labels."""
    crowd = honest_crowd(rng, n_tasks=200_000, n_workers=2_000, n_classes=10)
    print(f"\n{crowd.labels.n_labels} labels")
    for name, screen in SCREENS.items():
        begin = time.perf_counter()
        result = screen(crowd)
        kinds = Counter(finding.signal.value for finding in result.findings)
        print(f"{name:10} {time.perf_counter() - begin:6.1f} s, tested {result.n_tested}, findings {dict(kinds)}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--crowds", type=Path)
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print_false_alarms(rng, options.repeats)
    print_power(rng, options.repeats)
    if options.crowds:
        print_real(options.crowds)
    if options.large:
        print_large(rng)


if __name__ == "__main__":
    main()
