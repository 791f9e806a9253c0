"""`manage.py forecast_report`: how true forecasts are, beside what is usually done instead."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pricing.core.backtesting import backtest
from pricing.core.backtesting.recorded import RecordedTrial, replay_recorded
from pricing.core.turnaround.inputs import QUANTILES
from pricing.management.recorded import read_crowds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pricing.core.turnaround.scoring import Score

_HEAD = (
    f"{'':8}{'method':20}{'n':>5}"
    + "".join(f"{f'<= P{round(100 * q)}':>20}" for q in QUANTILES)
    + ("   pinball in h (P50, P85, P95)   of the logarithm")
)


class Command(BaseCommand):
    help = (
        "Coverage of P50, P85 and P95 with Wilson intervals, and pinball loss, beside `left / mean rate` and hours"
        " drawn one by one: of the platform's own forecasts, of made-up marketplaces, of recorded crowds."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("--simulated", type=int, metavar="N", help="score N jobs of a made-up marketplace")
        parser.add_argument("--seed", type=int, nargs="+", default=[1], help="of made-up marketplaces, one for each")
        parser.add_argument("--crowds", type=Path, metavar="DIR", help="folder of recorded crowds that carry times")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Report what was asked for; without that, on the platform's own forecasts."""
        report: dict[str, Any] = {}
        if options["simulated"] is not None:
            report["simulated"] = [self._simulated(options["simulated"], seed) for seed in options["seed"]]
        if options["crowds"] is not None:
            report["crowds"] = self._crowds(options["crowds"], seed=options["seed"][0])
        if not report:
            report["own"] = self._own()
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2))
            return
        for text in self._lines(report):
            self.stdout.write(text)

    def _simulated(self, n_jobs: int, seed: int) -> dict[str, Any]:
        if n_jobs < 1:
            raise CommandError("--simulated: at least one job.")
        tried = backtest(n_jobs=n_jobs, seed=seed)
        scores = {f"{stage:.0%}": _scores(methods) for stage, methods in tried.scores.items()}
        return {"seed": seed, "n_jobs": tried.n_jobs, "n_unended": tried.n_unended, "scores": scores}

    def _crowds(self, folder: Path, *, seed: int) -> list[dict[str, Any]]:
        try:
            jobs = read_crowds(folder)
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"--crowds: {error}") from error
        if not jobs:
            raise CommandError("--crowds: none of ct_video_binary, ct_event_text, pedestrians, spots is there.")
        return [_as_json(trial) for job in jobs for trial in replay_recorded(job, seed=seed)]

    def _own(self) -> dict[str, Any]:
        from pricing.services.turnaround.report import report_own  # noqa: PLC0415 -- needs the service's settings

        own = report_own()
        scores = {occasion: _scores(methods) for occasion, methods in own.scores.items()}
        return {"n_ended_otherwise": own.n_ended_otherwise, "scores": scores}

    def _lines(self, report: Mapping[str, Any]) -> list[str]:
        lines = []
        for world in report.get("simulated", ()):
            lines.append(
                f"Made-up marketplace, seed {world['seed']}: {world['n_jobs']} jobs scored,"
                f" {world['n_unended']} had not ended."
            )
            lines += _table(world["scores"])
        if "own" in report:
            lines.append(
                "Own forecasts of completed jobs; apart from these"
                f" {report['own']['n_ended_otherwise']} jobs ended otherwise."
            )
            lines += _table(report["own"]["scores"])
        if "crowds" in report:
            lines += _crowd_lines(report["crowds"])
        return lines


def _scores(methods: Mapping[str, Score]) -> dict[str, Any]:
    # JSON knows no number that is none.
    return {name: asdict(each) if each.n else {"n": 0} for name, each in methods.items()}


def _as_json(trial: RecordedTrial) -> dict[str, Any]:
    return asdict(trial)


def _table(scores: Mapping[str, Any]) -> list[str]:
    lines = [_HEAD]
    for stage, methods in scores.items():
        for name, each in methods.items():
            if not each["n"]:
                lines.append(f"{stage:8}{name:20}{0:5}")
                continue
            covered = "".join(f"{c['share']:7.3f} [{c['low']:.2f}, {c['high']:.2f}]" for c in each["coverage"])
            hours = " ".join(f"{loss:9.3f}" for loss in each["pinball_h"])
            logs = " ".join(f"{loss:6.3f}" for loss in each["pinball_log"])
            lines.append(f"{stage:8}{name:20}{each['n']:5}{covered}  {hours}   {logs}")
    return lines


def _crowd_lines(trials: list[dict[str, Any]]) -> list[str]:
    lines = ["Recorded crowds, hours to the end; each is one job, so nothing can be said of coverage."]
    for trial in trials:
        lines.append(
            f"{trial['name']:18}{trial['progress']:5.0%} actual {trial['actual_s'] / 3600:7.1f}  {trial['basis']}"
        )
        for name, seconds in trial["seconds"].items():
            shown = " ".join(f"{each / 3600:7.1f}" for each in seconds)
            hit = "".join("x" if trial["actual_s"] <= each else "-" for each in seconds)
            lines.append(f"{'':24}{name:20}{shown}   reached {hit}")
    return lines
