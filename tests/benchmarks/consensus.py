"""How fast Dawid-Skene runs: `python -m tests.benchmarks.consensus`.

The same labels, the same model and the same number of sweeps for crowd-kit and for ours, on one core. Both start from
the triples in memory (crowd-kit from its DataFrame, ours from a LabelMatrix) and the posteriors must agree to 1e-6.
Seconds are CPU seconds: on one core they are what a clock shows when nobody else is at work.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from quality.adapters.crowd_kit import CrowdKitMethod, crowd_kit_beliefs
from quality.core.classes.maximum_likelihood import accelerated_likelihood, maximum_likelihood
from quality.core.labels import FloatArray, LabelMatrix

N_CLASSES, OVERLAP, LABELS_PER_WORKER = 10, 5, 500
SWEEPS = 15
# No number of sweeps ends it before: crowd-kit stops when its value rises by less than this.
NEVER = -float("inf")


def simulate(n_labels: int, *, seed: int = 0) -> LabelMatrix:
    """Return labels of workers of accuracy .45 to .95, five different workers a task."""
    rng = np.random.default_rng(seed)
    n_tasks, n_workers = n_labels // OVERLAP, n_labels // LABELS_PER_WORKER
    truth = rng.integers(N_CLASSES, size=n_tasks)
    accuracy = rng.uniform(0.45, 0.95, size=n_workers)
    first = rng.integers(n_workers, size=n_tasks)
    step = rng.integers(1, max(n_workers // OVERLAP, 2), size=n_tasks)
    worker = ((first[:, None] + step[:, None] * np.arange(OVERLAP)) % n_workers).ravel()
    task = np.repeat(np.arange(n_tasks), OVERLAP)
    wrong = (truth[task] + rng.integers(1, N_CLASSES, size=n_labels)) % N_CLASSES
    label = np.where(rng.random(n_labels) < accuracy[worker], truth[task], wrong)
    return LabelMatrix(task=task, worker=worker, label=label, n_tasks=n_tasks, n_workers=n_workers, n_classes=N_CLASSES)


def bandwidth_gb_s() -> float:
    """Return what this core reads from memory, in GB/s, by summing an array far larger than any cache."""
    array = np.ones(40_000_000)
    seconds = min(_timed(array.sum)[1] for _ in range(5))
    return float(array.nbytes / seconds / 1e9)


def bytes_per_sweep(labels: LabelMatrix) -> int:
    """Return what a sweep must at least move: the labels' numbers twice, the posteriors read and written."""
    return 2 * 4 * labels.n_labels + 2 * 8 * labels.n_tasks * labels.n_classes


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    value = call()
    return value, time.process_time() - start


def _alone(work: str, *arguments: Any) -> dict[str, Any]:
    """Run one of the works in a process of its own, on one core, so that its peak of memory is its own."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(there, work, arguments))
    process.start()
    there.close()
    result: dict[str, Any] = here.recv()
    process.join()
    return result


def _send(there: Connection, work: str, arguments: tuple[Any, ...]) -> None:
    works: dict[str, Callable[..., dict[str, Any]]] = {
        "ours": ours,
        "both": theirs_and_ours,
        "acceleration": acceleration,
    }
    there.send(works[work](*arguments))


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(n_labels: int, sweeps: int) -> dict[str, Any]:
    labels = simulate(n_labels)
    start_mib = _peak_mib()
    found, seconds = _timed(lambda: maximum_likelihood(labels, max_iter=sweeps, tol=NEVER))
    _, once = _timed(lambda: maximum_likelihood(labels, max_iter=1, tol=NEVER))
    return {
        "seconds": seconds,
        "sweeps": found.n_iter,
        "ms_per_sweep": 1000 * (seconds - once) / max(sweeps - 1, 1),
        "peak_mib": _peak_mib(),
        "labels_mib": start_mib,
        "floor_ms": 1000 * bytes_per_sweep(labels) / (bandwidth_gb_s() * 1e9),
    }


def theirs_and_ours(n_labels: int, sweeps: int) -> dict[str, Any]:
    """Run both in turn on the same labels and compare."""
    labels = simulate(n_labels)
    mine, seconds = _timed(lambda: maximum_likelihood(labels, max_iter=sweeps, tol=NEVER))
    crowd_kit_beliefs(simulate(5_000), CrowdKitMethod.DAWID_SKENE, n_iter=1)  # imports are not its time
    other, other_seconds = _timed(
        lambda: crowd_kit_beliefs(labels, CrowdKitMethod.DAWID_SKENE, n_iter=sweeps, tol=NEVER)
    )
    again = _timed(lambda: maximum_likelihood(labels, max_iter=sweeps, tol=NEVER))[1]
    return {
        "crowd_kit_seconds": other_seconds,
        "seconds": min(seconds, again),
        "ratio": other_seconds / min(seconds, again),
        "largest_difference": _difference(mine.posterior, other.posterior),
        "peak_mib": _peak_mib(),
    }


def acceleration(n_labels: int) -> dict[str, Any]:
    """Compare the sweeps that plain EM and SQUAREM need to the same optimum (1e-9 nats a label)."""
    labels = simulate(n_labels)
    slow, slow_seconds = _timed(lambda: maximum_likelihood(labels, max_iter=2_000, tol=1e-9))
    fast, fast_seconds = _timed(lambda: accelerated_likelihood(labels, max_iter=2_000, tol=1e-9))
    return {
        "plain_sweeps": slow.n_iter,
        "plain_seconds": slow_seconds,
        "accelerated_sweeps": fast.n_iter,
        "accelerated_seconds": fast_seconds,
        "log_likelihood_gain": fast.log_likelihood - slow.log_likelihood,
        "largest_difference": _difference(slow.posterior, fast.posterior),
    }


def _difference(one: FloatArray, other: FloatArray) -> float:
    return float(np.abs(one - other).max(initial=0.0))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=float, default=[1e5, 1e6, 1e7], help="numbers of labels")
    parser.add_argument("--sweeps", type=int, default=SWEEPS)
    parser.add_argument("--against", type=float, default=1e6, help="run crowd-kit up to this number of labels")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(arguments)
    report: dict[str, Any] = {"sweeps": options.sweeps, "sizes": {}}
    print(f"Dawid-Skene, {N_CLASSES} classes, {OVERLAP} labels a task, {options.sweeps} sweeps, one core")
    for size in map(int, options.sizes):
        figures = _alone("ours", size, options.sweeps)
        print(
            f"{size:>10,} labels: ours {figures['seconds']:7.2f} s, {figures['ms_per_sweep']:8.2f} ms a sweep"
            f" (memory floor {figures['floor_ms']:.2f}), peak {figures['peak_mib']:.0f} MiB"
            f" (labels in place: {figures['labels_mib']:.0f})"
        )
        if size <= options.against:
            figures["against"] = both = _alone("both", size, options.sweeps)
            print(
                f"{'':>10} crowd-kit {both['crowd_kit_seconds']:7.2f} s against {both['seconds']:.3f} s ="
                f" {both['ratio']:.1f} times; posteriors differ by {both['largest_difference']:.1e} at most"
            )
            figures["acceleration"] = fast = _alone("acceleration", size)
            print(
                f"{'':>10} to the same optimum: plain {fast['plain_sweeps']} sweeps ({fast['plain_seconds']:.2f} s),"
                f" SQUAREM {fast['accelerated_sweeps']} ({fast['accelerated_seconds']:.2f} s)"
            )
        report["sizes"][size] = figures
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
