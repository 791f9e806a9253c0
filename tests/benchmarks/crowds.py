"""How well every method concludes recorded crowds: `python -m tests.benchmarks.crowds FOLDER`.

Each crowd is a folder with labels.csv and gold.csv. Accuracy gives a tie of m classes 1/m where the gold class is among
them, so that no method gains by an order of classes; intervals are of a bootstrap over gold tasks. Crowd-kit's methods
run in a process of their own each, and are stopped at a time limit.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quality.adapters.crowd_kit import CrowdKitMethod, CrowdKitUnavailable, crowd_kit_beliefs
from quality.adapters.label_files import UnreadableFile, read_labels, read_truths
from quality.core.classes.beliefs import TaskBeliefs
from quality.core.classes.choosing import Method, aggregate, choose
from quality.core.classes.comparison import ELSEWHERE, compare, tie_credit
from quality.core.labels import FloatArray, IntArray, LabelMatrix, index_labels

CROWD_KIT = "ck:"
OURS = [*Method]
THEIRS = [CROWD_KIT + name for name in CrowdKitMethod]
SLOW = {CROWD_KIT + name for name in ("GLAD", "MMSR", "MACE", "ZeroBasedSkill")}
MANY_CLASSES = 50
N_RESAMPLES = 1_000


@dataclass(frozen=True)
class Crowd:
    name: str
    labels: LabelMatrix
    gold: IntArray


@dataclass(frozen=True)
class Result:
    """One method on one crowd: credit per gold task, or why there is none."""

    credit: FloatArray | None
    calibration_error: float | None
    seconds: float
    failure: str = ""


def load(folder: Path) -> Crowd:
    """Read a crowd; of a worker's repeats on a task the first row counts."""
    indexed = index_labels(read_labels(folder / "labels.csv"))
    truths = read_truths(folder / "gold.csv")
    number = {name: place for place, name in enumerate(indexed.classes)}
    gold = [number.get(truths[task], ELSEWHERE) if task in truths else -1 for task in indexed.task_ids]
    return Crowd(folder.name, indexed.matrix, np.array(gold, dtype=np.int64))


def crowds_of(folder: Path, only: list[str], without: list[str]) -> tuple[list[Crowd], dict[str, str]]:
    """Return the class crowds below a folder, and why the others were left out."""
    crowds, skipped = [], {}
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        if only and each.name not in only:
            continue
        if each.name in without:
            skipped[each.name] = "left out by request"
        elif not (each / "labels.csv").exists():
            skipped[each.name] = "no labels.csv"
        elif not (each / "gold.csv").exists():
            skipped[each.name] = "no gold.csv"
        else:
            try:
                crowd = load(each)
            except UnreadableFile as error:
                skipped[each.name] = str(error)
                continue
            if not (crowd.gold != -1).any():
                skipped[each.name] = "no task has gold"
            elif crowd.labels.n_classes > MANY_CLASSES:
                skipped[each.name] = f"{crowd.labels.n_classes} classes: numbers rather than classes"
            else:
                crowds.append(crowd)
    return crowds, skipped


def beliefs_of(crowd: Crowd, method: str) -> TaskBeliefs:
    """Run one method."""
    if method.startswith(CROWD_KIT):
        return crowd_kit_beliefs(crowd.labels, CrowdKitMethod(method.removeprefix(CROWD_KIT)))
    return aggregate(crowd.labels, method=Method(method)).beliefs


def run(crowd: Crowd, method: str) -> Result:
    """Run one method on one crowd in this process."""
    start = time.perf_counter()
    try:
        beliefs = beliefs_of(crowd, method)
    except CrowdKitUnavailable as error:
        return Result(None, None, time.perf_counter() - start, str(error))
    seconds = time.perf_counter() - start
    found = compare(beliefs, crowd.gold)
    credit = tie_credit(beliefs, crowd.gold)[crowd.gold != -1]
    return Result(credit, found.calibration_error if found else None, seconds)


def run_capped(crowd: Crowd, method: str, limit_s: float) -> Result:
    """Run one method on one crowd in a process that is stopped at the limit."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=lambda: there.send(run(crowd, method)))
    process.start()
    result = here.recv() if here.poll(limit_s) else Result(None, None, limit_s, f"stopped after {limit_s:.0f} s")
    process.terminate()
    process.join()
    return result


def interval(credit_of_crowds: list[FloatArray], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean accuracy over crowds, gold tasks drawn anew within each."""
    means = np.zeros(N_RESAMPLES)
    for credit in credit_of_crowds:
        # The counts of a resample are multinomial; drawing them in blocks keeps memory small.
        for at in range(0, N_RESAMPLES, 100):
            counts = rng.multinomial(len(credit), np.full(len(credit), 1 / len(credit)), size=100)
            means[at : at + 100] += counts @ credit / len(credit)
    low, high = np.quantile(means / len(credit_of_crowds), [0.025, 0.975])
    return float(low), float(high)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of crowds")
    parser.add_argument("--methods", nargs="+", choices=[*OURS, *THEIRS], help="default: all")
    parser.add_argument("--quick", action="store_true", help="leave out crowd-kit's slow methods")
    parser.add_argument("--crowds", nargs="+", default=[], help="only these")
    parser.add_argument("--without", nargs="+", default=["valence7"], help="leave these out (default: valence7)")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for a method of crowd-kit on a crowd")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args(arguments)


def table(crowds: list[Crowd], results: dict[str, dict[str, Result]], summary: dict[str, Any]) -> list[str]:
    """Return the lines of the table."""
    width = max(map(len, results), default=0)
    cell = max(len(crowd.name) for crowd in crowds)
    names = "  ".join(f"{crowd.name:>{cell}s}" for crowd in crowds)
    lines = [f"{'':{width}s}   mean  95 % interval  worst  calib.  time s  {names}"]
    for method, by_crowd in results.items():
        figures = summary[method]
        if figures["mean"] is None:
            head = f"{'-':>6s} {'':14s} {'':6s} {'':7s}"
        else:
            low, high = figures["interval"]
            head = f"{figures['mean']:6.2f} {low:6.2f}..{high:5.2f} {figures['worst_against_majority']:+6.1f}"
            head += f" {figures['calibration_error']:7.3f}"
        cells = "  ".join(f"{_cell(by_crowd[crowd.name]):>{cell}s}" for crowd in crowds)
        note = f"  ({figures['crowds']} of {len(crowds)} crowds)" if figures["crowds"] < len(crowds) else ""
        lines.append(f"{method:{width}s} {head} {figures['seconds']:7.1f}  {cells}{note}")
    return lines


def _cell(result: Result) -> str:
    if result.credit is not None:
        return f"{100 * result.credit.mean():.1f}"
    return ">limit" if "stopped" in result.failure else "fails"


def summarise(results: dict[str, dict[str, Result]]) -> dict[str, Any]:
    """Return each method's figures over the crowds it concluded, in per cent."""
    summary = {}
    for method, by_crowd in results.items():
        rng = np.random.default_rng(1)
        done = {name: result.credit for name, result in by_crowd.items() if result.credit is not None}
        gaps = [
            100 * (credit.mean() - reference.mean())
            for name, credit in done.items()
            if (reference := results["majority"][name].credit) is not None
        ]
        errors = [e for result in by_crowd.values() if (e := result.calibration_error) is not None]
        low, high = interval(list(done.values()), rng) if done else (0.0, 0.0)
        summary[method] = {
            "crowds": len(done),
            "mean": float(np.mean([100 * credit.mean() for credit in done.values()])) if done else None,
            "interval": [100 * low, 100 * high],
            "worst_against_majority": min(gaps, default=None),
            "calibration_error": float(np.mean(errors)) if errors else None,
            "seconds": sum(result.seconds for result in by_crowd.values()),
            "accuracy": {name: 100 * float(credit.mean()) for name, credit in done.items()},
            "failures": {name: result.failure for name, result in by_crowd.items() if result.failure},
        }
    return summary


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    crowds, skipped = crowds_of(options.folder, options.crowds, options.without)
    methods = options.methods or [m for m in [*OURS, *THEIRS] if not (options.quick and m in SLOW)]
    methods = list(dict.fromkeys(["majority", *map(str, methods)]))
    for name, reason in skipped.items():
        print(f"skipped {name}: {reason}")
    if not crowds:
        print("no crowd is left", file=sys.stderr)
        return 1
    for crowd in crowds:
        size = crowd.labels
        print(
            f"{crowd.name}: {size.n_labels} labels, {size.n_tasks} tasks, {size.n_workers} workers,"
            f" {size.n_classes} classes, {(crowd.gold != -1).sum()} gold"
        )
    if any(method.startswith(CROWD_KIT) for method in methods):
        # Imported here once; importing it takes longer than most of its methods, in every process anew.
        crowd_kit_beliefs(crowds[0].labels, CrowdKitMethod.MAJORITY_VOTE)
    results: dict[str, dict[str, Result]] = {}
    for method in methods:
        theirs = method.startswith(CROWD_KIT)
        results[method] = {
            crowd.name: run_capped(crowd, method, options.limit) if theirs else run(crowd, method) for crowd in crowds
        }
        print(f"... {method}: {sum(r.seconds for r in results[method].values()):.1f} s", file=sys.stderr)
    summary = summarise(results)
    print("\n".join(table(crowds, results, summary)))
    print("majority is tie-credited (MV*); worst = points against it on the worst crowd; auto chose:")
    for crowd in crowds:
        choice = choose(crowd.labels)
        print(f"  {crowd.name}: {choice.method} ({choice.reason})")
    if options.json:
        options.json.write_text(json.dumps({"skipped": skipped, "methods": summary}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
