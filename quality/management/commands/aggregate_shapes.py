"""Conclude recorded shapes from a file, without database or broker."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quality.adapters.label_files import UnreadableFile, refuse_overwriting
from quality.management.shape_files.comparing import compare
from quality.management.shape_files.concluding import conclude, geometry_for
from quality.management.shape_files.errors import BadFile
from quality.management.shape_files.layouts import LAYOUTS
from quality.management.shape_files.reading import read_gold, read_recording
from quality.management.shape_files.writing import conclusion_lines, write_conclusions


class Command(BaseCommand):
    """Conclude every task of a file of recorded shapes."""

    help = "Conclude recorded shapes: who drew what, what of it is there, and how sure that is."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        parser.add_argument("annotations", type=Path, metavar="ANNOTATIONS.jsonl", help="one line a task and worker")
        parser.add_argument("--shape", required=True, choices=sorted(LAYOUTS), help="the kind of shape")
        parser.add_argument("--output", required=True, type=Path, metavar="OUT.jsonl", help="one line a task")
        parser.add_argument("--gold", type=Path, metavar="GOLD.jsonl", help="known shapes to compare with")
        parser.add_argument("--round", type=int, dest="round_number", help="the round, where a crowd has several")
        parser.add_argument(
            "--radius", type=_positive, help="pixels within which a point or line matches gold (points 5, lines 10)"
        )
        parser.add_argument("--json", type=Path, dest="report", metavar="REPORT", help="counts, parameters, scores")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, conclude, compare and write."""
        try:
            report = _run(**{name: options[name] for name in _OPTIONS})
        except (BadFile, UnreadableFile) as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] > 0:
            shown = {name: report[name] for name in ("counts", "comparison") if name in report}
            self.stdout.write(json.dumps(shown, indent=2))


_OPTIONS = ("annotations", "shape", "output", "gold", "round_number", "radius", "report")


def _run(
    *,
    annotations: Path,
    shape: str,
    output: Path,
    gold: Path | None,
    round_number: int | None,
    radius: float | None,
    report: Path | None,
) -> dict[str, Any]:
    """Write the conclusions and, where asked for, the report; return it."""
    refuse_overwriting(read=(annotations, gold), written=(output, report))
    layout, geometry = LAYOUTS[shape], geometry_for(shape, radius=radius)
    recording = read_recording(annotations, layout, geometry, round_number=round_number)
    known = read_gold(gold, layout, geometry) if gold else None
    conclusions = conclude(recording, geometry)
    found: dict[str, Any] = {
        "shape": shape,
        "round": round_number,
        "counts": {
            "tasks": len(recording.answers),
            "workers": len({answer.worker_id for given in recording.answers.values() for answer in given}),
            **dict(sorted(recording.counts.items())),
            **conclusions.counts,
        },
        "parameters": conclusions.parameters,
    }
    if known is not None:
        found["comparison"] = compare(conclusions, recording, known, geometry)
    lines = conclusion_lines(conclusions, recording, layout, geometry)
    write_conclusions(output, lines, report_file=report, report=found)
    return found


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value < float("inf"):
        raise ArgumentTypeError("must be a positive number")
    return value
