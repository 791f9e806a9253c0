"""`manage.py aggregate LABELS.csv --output OUT.csv`: conclude every task of a file of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quality.errors import QualityError
from quality.management.aggregating import METHOD_NAMES, Request, aggregate_files


class Command(BaseCommand):
    help = "Conclude every task of a file of labels (columns task, worker, label); no database is needed."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("labels", type=Path, help="CSV; of a worker's repeats on a task the first row counts")
        parser.add_argument(
            "--output", type=Path, required=True, help="CSV task,label,confidence; the label is empty where classes tie"
        )
        parser.add_argument(
            "--method", choices=METHOD_NAMES, default="auto", metavar="METHOD", help=", ".join(METHOD_NAMES)
        )
        parser.add_argument("--gold", type=Path, help="CSV task,label to compare with; the method never sees it")
        parser.add_argument("--known", type=Path, help="CSV task,label that the method may learn from")
        parser.add_argument("--json", type=Path, dest="report", help="write the report to this file")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Aggregate, and say in a few lines what was done."""
        request = Request(**{name: options[name] for name in ("labels", "output", "method", "gold", "known", "report")})
        try:
            report = aggregate_files(request)
        except QualityError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{report['labels']['tasks']} tasks from {report['labels']['counted']} labels"
            f" by {report['method']['used']} ({report['method']['reason']}); {report['ties']['tasks']} tied"
        )
        if not report["convergence"]["converged"]:
            self.stdout.write(f"Not converged after {report['convergence']['sweeps']} sweeps.")
        if comparison := (report.get("gold") or {}).get("comparison"):
            self.stdout.write(
                f"{comparison['accuracy']:.2%} of {comparison['n_tasks']} gold tasks right, stated"
                f" {comparison['mean_confidence']:.2%}, calibration error {comparison['calibration_error']:.3f}"
            )
