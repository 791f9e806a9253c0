"""The commands that need none of the service's settings: they talk to a running service, or to files only."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from django.conf import settings
from django.core.management import BaseCommand

MODULES = {
    "aggregate": "quality.management.commands.aggregate",
    "aggregate_shapes": "quality.management.commands.aggregate_shapes",
    "demo": "marketplace.management.commands.demo",
    "forecast_report": "pricing.management.commands.forecast_report",
    "quote": "pricing.management.commands.quote",
    "replay": "marketplace.management.commands.replay",
}
# These need the service's database unless they are told to read something else.
_UNLESS = {"forecast_report": ("--simulated", "--crowds")}


def stands_alone(argv: Sequence[str]) -> bool:
    """Return whether `argv[1:]`, a command and its arguments, needs none of the settings."""
    if not argv[1:2] or argv[1] not in MODULES:
        return False
    elsewhere = _UNLESS.get(argv[1])
    return elsewhere is None or any(each.split("=")[0] in elsewhere for each in argv[2:])


def run(argv: Sequence[str]) -> None:
    """Run `argv[1]`, which is one of them: no database, no broker, no secrets."""
    settings.configure()
    command = importlib.import_module(MODULES[argv[1]]).Command()
    assert isinstance(command, BaseCommand)  # noqa: S101 -- what a module of commands holds
    command.run_from_argv(list(argv))
