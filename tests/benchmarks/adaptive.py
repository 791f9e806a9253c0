"""How few labels an adaptive stopping rule needs: `python -m tests.benchmarks.adaptive FOLDER`.

Each class crowd of the folder is replayed offline: its recorded answers arrive in random order, skills are fitted as a
job's are, and every task gets answers until one rule, the same for all crowds, stops it. A tenth of the tasks with a
known class are gold: their answers are all there from the start, teach skills and temperature, and are counted neither
as labels nor as tasks. Beside it the same aggregator and tie-credited majority at fixed numbers of labels.

Calibration errors are of ten bins of equal mass, less what a perfectly calibrated forecaster would show by chance.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from quality.core.calibration.reliability import Reliability, reliability
from quality.core.calibration.temperature import DEFAULT_PRIOR, conclusion_credit, tempered
from quality.core.classes.choosing import Method, aggregate
from quality.core.classes.majority import majority
from quality.core.labels import FloatArray
from quality.core.stopping import StoppingRule
from tests.benchmarks.adaptive_replay import Arrivals, Replayed, fixed, replay
from tests.benchmarks.crowds import Crowd, crowds_of

AIMED = ["rte", "temp", "dog", "wsd", "bluebird", "s_face"]
OVERLAPS = [1, 2, 3, 5, 10]
TARGET, LEAST_GAIN = 0.98, 0.001
ENOUGH_GOLD = 300
ERRORS = {
    "calibration_error": "stated, with a tenth of the tasks gold",
    "usual_error": "at the usual temperature, as without gold",
    "score_error": "of the score that stops a task",
}


def figures(arrivals: Arrivals, crowd: Crowd, found: Replayed, rng: np.random.Generator) -> dict[str, float]:
    """Score the tasks that are not gold, in shares of 1."""
    scored = arrivals.scored
    posterior = found.posterior[scored]
    credit = conclusion_credit(posterior, crowd.gold[scored])

    def at(temperature: float) -> Reliability:
        compared = reliability(tempered(posterior, temperature).max(axis=1), credit, rng=rng)
        assert compared is not None, "every crowd has tasks to score"
        return compared

    raw, calibrated = at(1.0), at(found.temperature.value)
    return {
        "labels": float(found.n_answers[scored].mean()),
        "accuracy": float(credit.mean()),
        "score": raw.mean_confidence,
        "score_error": raw.debiased_error,
        "stated": calibrated.mean_confidence,
        "calibration_error": calibrated.debiased_error,
        "usual_error": at(DEFAULT_PRIOR.median).debiased_error,
        "raw_calibration_error": calibrated.calibration_error,
        "temperature": found.temperature.value,
        "majority": float(conclusion_credit(majority(found.labels).posterior[scored], crowd.gold[scored]).mean()),
    }


def run(crowd: Crowd, seed: int, rule: StoppingRule, n_open: int | None, *, with_auto: bool) -> dict[str, Any]:
    """Replay one crowd once, under the rule and at fixed numbers of labels."""
    rng = np.random.default_rng([seed, crowd.labels.n_labels])
    arrivals = Arrivals(crowd, rng)
    start = time.perf_counter()
    found = replay(arrivals, rule, n_open=n_open)
    seconds = time.perf_counter() - start
    result: dict[str, Any] = {"adaptive": figures(arrivals, crowd, found, rng) | {"seconds": seconds}}
    if with_auto:
        again = aggregate(found.labels, method=Method.AUTO, gold=arrivals.gold).beliefs.posterior
        credit = conclusion_credit(again[arrivals.scored], crowd.gold[arrivals.scored])
        result["adaptive"]["auto"] = float(credit.mean())
    most = int(arrivals.n_recorded.max())
    for overlap in [k for k in OVERLAPS if k < most] + [most]:
        result[str(overlap)] = figures(arrivals, crowd, fixed(arrivals, overlap), rng)
    return result


def averaged(results: list[dict[str, Any]]) -> dict[str, dict[str, list[float]]]:
    """Return, by row and figure, [mean, standard deviation] over the seeds."""
    return {
        row: {name: [float(f([result[row][name] for result in results])) for f in (np.mean, np.std)] for name in of_row}
        for row, of_row in results[0].items()
    }


def show(name: str, rows: dict[str, dict[str, list[float]]]) -> None:
    """Print a crowd's curve."""
    print(f"\n{name}")
    print("  rule        labels           accuracy      majority  score  stated  calibration error   temperature")
    for row, of_row in rows.items():
        labels, accuracy, error = of_row["labels"], of_row["accuracy"], of_row["calibration_error"]
        print(
            f"  {row if row == 'adaptive' else 'fixed ' + row:10s}"
            f" {labels[0]:6.2f} +- {labels[1]:4.2f}  {100 * accuracy[0]:5.1f} +- {100 * accuracy[1]:3.1f}"
            f"     {100 * of_row['majority'][0]:5.1f}   {100 * of_row['score'][0]:5.1f}"
            f"   {100 * of_row['stated'][0]:5.1f}"
            f"   {error[0]:.3f} (score {of_row['score_error'][0]:.3f})   {of_row['temperature'][0]:.2f}"
        )
    adaptive = rows["adaptive"]
    if "auto" in adaptive:
        print(f"  auto on the adaptive labels: {100 * adaptive['auto'][0]:.1f}")
    print(f"  {interpolated(rows)}; {adaptive['seconds'][0]:.1f} s a replay")


def interpolated(rows: dict[str, dict[str, list[float]]]) -> str:
    """Say what a fixed number of labels would need for the accuracy that the rule has reached."""
    curve = sorted((of_row["labels"][0], of_row["accuracy"][0]) for row, of_row in rows.items() if row != "adaptive")
    labels, accuracy = np.array(curve).T
    best: FloatArray = np.maximum.accumulate(accuracy)
    reached = rows["adaptive"]["accuracy"][0]
    if reached > best[-1]:
        return f"no fixed number of labels reaches the accuracy; {labels[-1]:.1f} come to {100 * best[-1]:.1f}"
    place = int(np.searchsorted(best, reached))
    if place == 0:
        return f"{labels[0]:.1f} label a task comes to {100 * best[0]:.1f}"
    needed = np.interp(reached, best[place - 1 : place + 1], labels[place - 1 : place + 1])
    return f"the same accuracy at a fixed {needed:.2f} labels a task"


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of crowds")
    parser.add_argument("--crowds", nargs="+", default=[], help="only these (default: all class crowds)")
    parser.add_argument("--aimed", action="store_true", help=f"only {' '.join(AIMED)}")
    parser.add_argument("--without", nargs="+", default=["valence7"], help="leave these out (default: valence7)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--target", type=float, default=TARGET, help="belief at which a task stops")
    parser.add_argument("--least-gain", type=float, default=LEAST_GAIN, help="accuracy that one answer must gain")
    parser.add_argument("--open", type=int, help="tasks in work at a time (default: all)")
    parser.add_argument("--no-auto", action="store_true", help="leave out what `auto` makes of the bought labels")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    crowds, skipped = crowds_of(options.folder, AIMED if options.aimed else options.crowds, options.without)
    for name, reason in skipped.items():
        print(f"skipped {name}: {reason}")
    if not crowds:
        print("no crowd is left", file=sys.stderr)
        return 1
    rule = StoppingRule(options.target, 2, 10_000, least_gain=options.least_gain)
    print(f"target {rule.target_confidence}, least gain {rule.least_gain}, {options.seeds} seeds")
    summary = {}
    for crowd in crowds:
        results = [run(crowd, seed, rule, options.open, with_auto=not options.no_auto) for seed in range(options.seeds)]
        summary[crowd.name] = averaged(results)
        show(crowd.name, summary[crowd.name])
    print(f"\ncalibration error over crowds of at least {ENOUGH_GOLD} gold tasks")
    enough = [crowd.name for crowd in crowds if (crowd.gold != -1).sum() >= ENOUGH_GOLD]
    for figure, meaning in ERRORS.items() if enough else ():
        errors = [summary[name]["adaptive"][figure][0] for name in enough]
        print(f"  {meaning}: mean {np.mean(errors):.3f}, largest {max(errors):.3f} ({enough[int(np.argmax(errors))]})")
    if options.json:
        options.json.write_text(json.dumps(summary, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
