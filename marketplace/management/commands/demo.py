"""`manage.py demo --url URL`: a whole order, from photographs or from a recorded crowd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.management.driving.demonstration import demonstrate
from marketplace.management.driving.replaying import ReplayOptions, replay
from marketplace.management.driving.terminal import run_driving, write_json


class Command(BaseCommand):
    help = "Play a whole order against a running service: photographs and simulated workers, or a recorded crowd."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("--url", required=True, help="address of the service")
        parser.add_argument("--crowd", type=Path, help="folder of a recorded crowd to replay instead")
        parser.add_argument("--as", dest="annotation_type", help="of masks: semantic_ or panoptic_segmentation")
        parser.add_argument("--from-files", action="store_true", help="bring pictures and gold in files, too")
        parser.add_argument("--report", type=Path, help="write the report to this file")
        parser.add_argument("--output", type=Path, default=Path("exports/demo"), help="folder for exported labels")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Play, report, and fail if a promise was broken."""
        report: Any
        if options["crowd"]:
            chosen = ReplayOptions(
                folder=options["crowd"],
                output=options["output"],
                annotation_type=options["annotation_type"],
                from_files=options["from_files"],
            )
            replayed = run_driving(replay(options["url"], chosen, self._say))
            report, broken = replayed.report, replayed.outcome.violations.broken
        else:
            shown = run_driving(demonstrate(options["url"], options["output"], self._say))
            report, broken = shown.reports, list(shown.broken)
        if options["report"]:
            write_json(options["report"], report)
        if broken:
            raise CommandError(f"Promises were broken: {', '.join(broken)}.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
