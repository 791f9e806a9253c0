"""What `manage.py aggregate` does: files in, files out, no database."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from quality.adapters.crowd_kit import CrowdKitMethod, crowd_kit_beliefs
from quality.adapters.label_files import (
    UnreadableFile,
    read_labels,
    read_truths,
    refuse_overwriting,
    write_all,
    write_labels,
)
from quality.core.classes.choosing import Aggregation, Choice, Method, aggregate
from quality.core.classes.comparison import ELSEWHERE, compare
from quality.core.classes.majority import majority
from quality.core.classes.pooled import DependentBeliefs
from quality.core.labels import IndexedLabels, IntArray, index_labels

CROWD_KIT = "crowd-kit:"
METHOD_NAMES = (*(method.value for method in Method), *(CROWD_KIT + method.value for method in CrowdKitMethod))
MAX_LISTED = 50


@dataclass(frozen=True)
class Request:
    """What to aggregate, how, and where to put it.

    Parameters
    ----------
    gold : true labels to compare with; the method never sees them.
    known : true labels the method may use: their tasks keep them, teach the skills, and are left out of the comparison.
    """

    labels: Path
    output: Path
    method: str = Method.AUTO
    gold: Path | None = None
    known: Path | None = None
    report: Path | None = None


def aggregate_files(request: Request) -> dict[str, Any]:
    """Aggregate a file of labels, write the conclusions and the report, and return the report.

    Raises
    ------
    UnreadableFile
        A file cannot be read or written; then none is written.
    CrowdKitUnavailable
        A method of crowd-kit was asked for and cannot be had.
    """
    refuse_overwriting(read=(request.labels, request.gold, request.known), written=(request.output, request.report))
    rows = read_labels(request.labels)
    gold = read_truths(request.gold) if request.gold else {}
    known = read_truths(request.known) if request.known else {}
    indexed = index_labels(rows, classes=in_order({label for _, _, label in rows} | set(known.values())))
    aggregation = _aggregated(indexed, request, known)
    report = _report(request, indexed, aggregation, n_rows=len(rows), gold=gold, known=known)
    contents = {request.output: lambda file: _write_conclusions(file, indexed, aggregation)}
    if request.report:
        contents[request.report] = lambda file: file.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    write_all(contents)
    return report


def in_order(names: set[str]) -> list[str]:
    """Return the classes by value where all are finite numbers, else by code point.

    The method `ordinal` takes this for their order; to all others it is the same which comes first.
    """
    try:
        values = {name: float(name) for name in names}
    except ValueError:
        return sorted(names)
    if not all(map(math.isfinite, values.values())):
        return sorted(names)
    return sorted(names, key=lambda name: (values[name], name))


def _aggregated(indexed: IndexedLabels[str], request: Request, known: dict[str, str]) -> Aggregation:
    if request.method.startswith(CROWD_KIT):
        if known:
            raise UnreadableFile(request.known or Path(), "crowd-kit's methods take no known labels here")
        name = CrowdKitMethod(request.method.removeprefix(CROWD_KIT))
        return Aggregation(beliefs=crowd_kit_beliefs(indexed.matrix, name), choice=Choice(request.method, "asked for"))
    numbers = _numbers(indexed, known) if known else None
    return aggregate(indexed.matrix, method=Method(request.method), gold=numbers)


def _numbers(indexed: IndexedLabels[str], truths: dict[str, str]) -> IntArray:
    """Return (n_tasks,) the true class' number, -1 where unknown, -2 where it is not among the classes."""
    number = {name: place for place, name in enumerate(indexed.classes)}
    return np.array(
        [number.get(truths[task], ELSEWHERE) if task in truths else -1 for task in indexed.task_ids], dtype=np.int64
    )


def _write_conclusions(file: TextIO, indexed: IndexedLabels[str], aggregation: Aggregation) -> None:
    beliefs = aggregation.beliefs
    write_labels(
        file,
        (
            (task, indexed.classes[choice] if choice >= 0 else None, confidence)
            for task, choice, confidence in zip(
                indexed.task_ids, beliefs.choice.tolist(), beliefs.confidence.tolist(), strict=True
            )
        ),
    )


def _report(
    request: Request,
    indexed: IndexedLabels[str],
    aggregation: Aggregation,
    *,
    n_rows: int,
    gold: dict[str, str],
    known: dict[str, str],
) -> dict[str, Any]:
    matrix, beliefs = indexed.matrix, aggregation.beliefs
    report: dict[str, Any] = {
        "labels": {
            "rows": n_rows,
            "counted": matrix.n_labels,
            "repeats_left_out": n_rows - matrix.n_labels,
            "tasks": matrix.n_tasks,
            "workers": matrix.n_workers,
            "classes": list(indexed.classes),
        },
        "method": {
            "asked": str(request.method),
            "used": str(aggregation.choice.method),
            "reason": aggregation.choice.reason,
        },
        "convergence": {"converged": beliefs.converged, "sweeps": beliefs.n_iter},
        "ties": _ties(indexed, aggregation),
        "known_tasks": sum(task in known for task in indexed.task_ids),
        "mean_confidence": float(beliefs.confidence.mean()),
    }
    if isinstance(beliefs, DependentBeliefs):
        report["dependence"] = _dependence(indexed.worker_ids, beliefs)
    if request.gold:
        report["gold"] = _against_gold(indexed, aggregation, {t: c for t, c in gold.items() if t not in known})
    return report


def _ties(indexed: IndexedLabels[str], aggregation: Aggregation) -> dict[str, Any]:
    """Return how many tasks have no label because classes tie, and of the first of them between which."""
    beliefs = aggregation.beliefs
    tied = np.flatnonzero(beliefs.tied)
    listed = {
        indexed.task_ids[task]: [
            indexed.classes[number]
            for number in np.flatnonzero(beliefs.posterior[task] >= beliefs.confidence[task] - 1e-9)
        ]
        for task in tied[:MAX_LISTED].tolist()
    }
    return {"tasks": len(tied), "first": listed}


def _dependence(worker_ids: Sequence[object], beliefs: DependentBeliefs) -> dict[str, Any]:
    found = beliefs.dependence
    strongest = np.argsort(-found.surprise, kind="stable")[:MAX_LISTED].tolist()
    pairs = [
        {
            "workers": sorted([str(worker_ids[found.first[pair]]), str(worker_ids[found.second[pair]])]),
            "strength": round(float(found.strength[pair]), 4),
            "surprise_sd": round(float(found.surprise[pair]), 2),
        }
        for pair in strongest
    ]
    return {"pairs_examined": found.examined, "pairs_found": len(found.first), "strongest": pairs}


def _against_gold(indexed: IndexedLabels[str], aggregation: Aggregation, gold: dict[str, str]) -> dict[str, Any]:
    numbers = _numbers(indexed, gold)
    plain = compare(majority(indexed.matrix), numbers)
    found = compare(aggregation.beliefs, numbers)
    labelled = set(indexed.task_ids)
    return {
        "tasks": len(gold),
        "tasks_without_labels": sum(task not in labelled for task in gold),
        "tasks_whose_class_nobody_gave": int((numbers == ELSEWHERE).sum()),
        "comparison": asdict(found) if found else None,
        "majority_tie_credited": plain.tie_credited if plain else None,
    }
