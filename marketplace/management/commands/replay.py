"""`manage.py replay DIR --url URL`: a recorded crowd works against a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.management.driving.replaying import ReplayOptions, replay
from marketplace.management.driving.terminal import run_driving, write_json


class Command(BaseCommand):
    help = "Replay a recorded crowd against a running service, and check what comes of it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("folder", type=Path, help="labels.csv or annotations.jsonl, and maybe gold, lie here")
        parser.add_argument("--url", required=True, help="address of the service")
        parser.add_argument("--seed", type=int, default=0, help="of the order in which workers and tasks come")
        parser.add_argument("--concurrency", type=int, default=8, help="workers at work at the same time")
        parser.add_argument("--limit-tasks", type=int, help="replay only so many tasks")
        parser.add_argument("--target", type=float, help="confidence from which a task wants no more answers")
        parser.add_argument("--min-overlap", type=int, default=2, help="answers that every task gets at least")
        parser.add_argument("--round", type=int, default=1, dest="round_number", help="of crowds asked several times")
        parser.add_argument("--as", dest="annotation_type", help="of masks: semantic_ or panoptic_segmentation")
        parser.add_argument("--from-files", action="store_true", help="bring pictures and gold in files, too")
        parser.add_argument("--json", type=Path, help="write the report to this file")
        parser.add_argument("--output", type=Path, help="folder for the exported labels (exports/NAME)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Replay, report, and fail if a promise was broken."""
        for name in ("concurrency", "limit_tasks", "min_overlap"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(f"--{name.replace('_', '-')} is at least 1.")
        folder: Path = options["folder"]
        names = (
            "seed",
            "concurrency",
            "limit_tasks",
            "target",
            "min_overlap",
            "round_number",
            "annotation_type",
            "from_files",
        )
        chosen = ReplayOptions(
            folder=folder,
            output=options["output"] or Path("exports") / folder.resolve().name,
            **{name: options[name] for name in names},
        )
        replayed = run_driving(replay(options["url"], chosen, self._say))
        if options["json"]:
            write_json(options["json"], replayed.report)
        if broken := replayed.outcome.violations.broken:
            raise CommandError(f"Promises were broken: {', '.join(broken)}.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
