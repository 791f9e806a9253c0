"""Whom the screening suspects in recorded crowds, held against gold, and which planted cheats it finds.

python -m tests.benchmarks.suspects FOLDER [--plants 20] [--seed 1]

One look at each crowd. Gold speaks of accuracy alone: a suspected worker as accurate as the upper half is probably a
false alarm, save for copying, for who copies a good worker is accurate too. A cheat is one worker more, with a label on
each task of a worker drawn from those with enough labels; the crowd keeps all it had.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.signals.findings import Signal
from quality.core.signals.screen import Suspicion, Times, screen
from tests.benchmarks.certificates import wilson
from tests.benchmarks.crowds import Crowd, crowds_of
from tests.benchmarks.signals import real_crowd

MIN_LABELS = 10
MIN_LABELS_OF_PLANT = 50
# Accuracy on fewer gold tasks says little of a worker.
MIN_GOLD = 10
SIGNALS = (Signal.TOO_FAST, Signal.CONSTANT, Signal.RANDOM, Signal.COPYING)
# What a cheat answers on the rows of a worker.
Cheat = Callable[[LabelMatrix, IntArray, np.random.Generator], IntArray]


def constant(labels: LabelMatrix, rows: IntArray, rng: np.random.Generator) -> IntArray:
    """Answer the crowd's commonest class, the hardest constant to find."""
    return np.full(len(rows), np.bincount(labels.label).argmax(), dtype=np.int64)


def uniform(labels: LabelMatrix, rows: IntArray, rng: np.random.Generator) -> IntArray:
    """Answer any class, all alike likely."""
    return rng.integers(labels.n_classes, size=len(rows))


def copy(labels: LabelMatrix, rows: IntArray, rng: np.random.Generator) -> IntArray:
    """Answer what the worker answered."""
    return labels.label[rows]


CHEATS: dict[Signal, Cheat] = {Signal.CONSTANT: constant, Signal.RANDOM: uniform, Signal.COPYING: copy}


@dataclass(frozen=True)
class Standing:
    """State how those suspected by a signal do on gold, beside the rest; accuracies None where gold knows nobody."""

    suspected: int
    known: int
    accuracy: float | None
    accuracy_of_rest: float | None
    good: int


@dataclass(frozen=True)
class Power:
    """Count the plants of a kind, those its signal found, those any found, and untouched workers newly suspected."""

    plants: int
    found: int
    found_by_any: int
    newly_suspected: int
    plants_that_cast_suspicion: int


def suspects(suspicions: tuple[Suspicion, ...], signal: Signal | None = None) -> set[int]:
    """Return the workers suspected by a signal, or by any."""
    findings = (suspicion.finding for suspicion in suspicions)
    return {worker for f in findings if signal in (None, f.signal) for worker in f.workers}


def accuracies(crowd: Crowd) -> FloatArray:
    """Return (n_workers,) each worker's accuracy on gold, NaN where there is too little."""
    labels = crowd.labels
    known = crowd.gold[labels.task] != -1
    worker = labels.worker[known]
    n = np.bincount(worker, minlength=labels.n_workers)
    right = np.bincount(worker, weights=(labels.label == crowd.gold[labels.task])[known], minlength=labels.n_workers)
    return np.where(n >= MIN_GOLD, right / np.maximum(n, 1), np.nan)


def standing(suspected: set[int], accuracy: FloatArray) -> Standing:
    """Compare the suspected with the rest; good means at least the median of all with enough gold."""
    known = np.isfinite(accuracy)
    is_suspected = np.isin(np.arange(len(accuracy)), list(suspected))
    theirs, rest = accuracy[known & is_suspected], accuracy[known & ~is_suspected]
    return Standing(
        suspected=len(suspected),
        known=len(theirs),
        accuracy=float(theirs.mean()) if len(theirs) else None,
        accuracy_of_rest=float(rest.mean()) if len(rest) else None,
        good=int((theirs >= np.median(accuracy[known])).sum()) if len(theirs) else 0,
    )


def look_at(labels: LabelMatrix, seconds: FloatArray) -> tuple[Suspicion, ...]:
    """Screen a crowd once."""
    return screen(Times(labels.task, labels.worker, seconds), labels, look=1)


def with_cheat(
    labels: LabelMatrix, seconds: FloatArray, *, worker: int, cheat: Cheat, rng: np.random.Generator
) -> tuple[LabelMatrix, FloatArray]:
    """Return the crowd with one worker more, who labels the worker's tasks in the worker's times."""
    rows = np.flatnonzero(labels.worker == worker)
    planted = LabelMatrix(
        task=np.concatenate([labels.task, labels.task[rows]]),
        worker=np.concatenate([labels.worker, np.full(len(rows), labels.n_workers, dtype=np.int64)]),
        label=np.concatenate([labels.label, cheat(labels, rows, rng)]),
        n_tasks=labels.n_tasks,
        n_workers=labels.n_workers + 1,
        n_classes=labels.n_classes,
    )
    return planted, np.concatenate([seconds, seconds[rows]])


def power_of(
    labels: LabelMatrix, seconds: FloatArray, *, signal: Signal, n_plants: int, rng: np.random.Generator
) -> Power | None:
    """Plant cheats of a kind, one at a time; None where nobody has enough labels."""
    models = np.flatnonzero(np.bincount(labels.worker, minlength=labels.n_workers) >= MIN_LABELS_OF_PLANT)
    if len(models) == 0:
        return None
    before = suspects(look_at(labels, seconds))
    found, found_by_any, newly_suspected, casting = 0, 0, 0, 0
    for model in rng.choice(models, size=n_plants, replace=len(models) < n_plants):
        after = look_at(*with_cheat(labels, seconds, worker=int(model), cheat=CHEATS[signal], rng=rng))
        # Who is copied is one of the pair that is to be found.
        touched = {labels.n_workers, int(model)} if signal is Signal.COPYING else {labels.n_workers}
        n_new = len(suspects(after) - before - touched)
        found += any(touched == set(s.finding.workers) for s in after if s.finding.signal is signal)
        found_by_any += labels.n_workers in suspects(after)
        newly_suspected += n_new
        casting += n_new > 0
    return Power(n_plants, found, found_by_any, newly_suspected, casting)


def standing_line(name: str, of: Standing) -> str:
    """Return how the suspected of a signal do on gold."""
    theirs = "-" if of.accuracy is None else f"{of.accuracy:.2f}"
    rest = "-" if of.accuracy_of_rest is None else f"{of.accuracy_of_rest:.2f}"
    return (
        f"  {name:9} suspected {of.suspected:3}  accuracy {theirs:>4} ({of.known} known), rest {rest}  good {of.good}"
    )


def power_line(signal: Signal, power: Power | None) -> str:
    """Return how many plants of a kind were found."""
    if power is None:
        return f"  planted {signal.value:9} nobody has {MIN_LABELS_OF_PLANT} labels"
    return (
        f"  planted {signal.value:9} found {power.found:3} of {power.plants}, by any signal {power.found_by_any:3};"
        f" untouched newly suspected {power.newly_suspected} (by {power.plants_that_cast_suspicion} plants)"
    )


@dataclass(frozen=True)
class Measured:
    """Hold what was measured in one crowd, by the names of signals; `standings` has `any` too."""

    workers: int
    tested: int
    timed: bool
    standings: dict[str, Standing]
    powers: dict[str, Power | None]


def measure(crowd: Crowd, seconds: FloatArray, *, n_plants: int, seed: int) -> Measured:
    """Print the figures of a crowd and return them."""
    labels = crowd.labels
    n = np.bincount(labels.worker, minlength=labels.n_workers)
    accuracy = accuracies(crowd)
    seen = look_at(labels, seconds)
    timed = bool(np.isfinite(seconds).any())
    print(
        f"{crowd.name}: {labels.n_workers} workers, {(n >= MIN_LABELS).sum()} tested"
        f" ({np.isfinite(accuracy).sum()} of all known to gold){'' if timed else ', no times'}"
    )
    standings = {"any": standing(suspects(seen), accuracy)}
    standings |= {signal.value: standing(suspects(seen, signal), accuracy) for signal in SIGNALS}
    for name, found in standings.items():
        if found.suspected or name == "any":
            print(standing_line(name, found))
    powers: dict[str, Power | None] = {}
    for signal in CHEATS:
        rng = np.random.default_rng(seed)
        powers[signal.value] = power_of(labels, seconds, signal=signal, n_plants=n_plants, rng=rng)
        print(power_line(signal, powers[signal.value]))
    tested = int((n >= MIN_LABELS).sum())
    return Measured(workers=labels.n_workers, tested=tested, timed=timed, standings=standings, powers=powers)


def print_sums(figures: dict[str, Measured]) -> None:
    """Print what all crowds together show, with Wilson intervals for shares."""
    n_tested = sum(of.tested for of in figures.values())
    print(f"\nall {len(figures)} crowds: {n_tested} workers with {MIN_LABELS} labels or more")
    for signal in SIGNALS:
        found = [of.standings[signal.value] for of in figures.values()]
        suspected, known = sum(each.suspected for each in found), sum(each.known for each in found)
        if not suspected:
            print(f"  {signal.value:9} nobody suspected")
            continue
        good = sum(each.good for each in found)
        low, high = wilson(good, known) if known else (0.0, 1.0)
        print(
            f"  {signal.value:9} {suspected} suspected; {good} of {known} known to gold are as accurate as the better"
            f" half [{low:.2f}, {high:.2f}]"
        )
    for signal in CHEATS:
        powers = [power for of in figures.values() if (power := of.powers[signal.value]) is not None]
        plants, hits = sum(each.plants for each in powers), sum(each.found for each in powers)
        if plants:
            low, high = wilson(hits, plants)
            print(f"  planted {signal.value:9} {hits} of {plants} found [{low:.2f}, {high:.2f}]")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of crowds")
    parser.add_argument("--plants", type=int, default=20, help="cheats of each kind in each crowd (default: 20)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--crowds", nargs="+", default=[], help="only these")
    parser.add_argument("--without", nargs="+", default=[], help="leave these out")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(arguments)
    crowds, skipped = crowds_of(options.folder, options.crowds, options.without)
    for name, reason in skipped.items():
        print(f"skipped {name}: {reason}")
    if not crowds:
        print("no crowd is left", file=sys.stderr)
        return 1
    begin = time.perf_counter()
    figures = {}
    for crowd in crowds:
        seconds = real_crowd(options.folder / crowd.name)[0].seconds
        figures[crowd.name] = measure(crowd, seconds, n_plants=options.plants, seed=options.seed)
    print_sums(figures)
    print(f"{time.perf_counter() - begin:.0f} s")
    if options.json:
        told = {name: asdict(of) for name, of in figures.items()}
        options.json.write_text(json.dumps({"skipped": skipped, "crowds": told}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
