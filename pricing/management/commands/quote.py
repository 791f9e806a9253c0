"""`manage.py quote SPEC.json`: what a job costs by a rate card."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.operations.core.domain_error import DomainError
from marketplace.operations.core.strict_json import parse_strict
from pricing.adapters import shipped_cards, todays_date
from pricing.core.cards import Shelf, answer, read_card

MAX_BYTES = 1024 * 1024


class Command(BaseCommand):
    help = "Price a specification, or an array of {id, spec}, by a rate card; no database is needed."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument(
            "spec", help="file of JSON, or - for what is piped in; docs/rate-cards.md says what it holds"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="write JSON, refusals too")
        parser.add_argument(
            "--card", type=Path, action="append", default=[], metavar="FILE", help="a further card's document"
        )
        parser.add_argument("--today", type=date.fromisoformat, help="day by which the card in force is chosen")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Price what is asked, and say so in JSON or in a few lines."""
        try:
            further = [read_card(_parsed(path)) for path in options["card"]]
            asked = parse_strict(_piped() if options["spec"] == "-" else _read(options["spec"]))
            shelf = Shelf.of([*shipped_cards(), *further])
            found = answer(shelf, asked, today=options["today"] or todays_date())
        except DomainError as refusal:
            if options["as_json"]:
                self.stdout.write(json.dumps({"error": refusal.entry() | refusal.data}))
            raise CommandError(f"{refusal.detail} [{refusal.code}]") from refusal
        if options["as_json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for estimate in found if isinstance(found, list) else [found]:
            self.stdout.write("\n".join(_told(estimate)))


def _parsed(path: Path) -> Any:
    return parse_strict(_read(path))


def _piped() -> bytes:
    return _bounded(sys.stdin.buffer, "-")


def _read(path: str | Path) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return _bounded(file, path)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error


def _bounded(file: IO[bytes], name: str | Path) -> bytes:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise CommandError(f"{name}: more than {MAX_BYTES} bytes.")
    return content


def _told(estimate: dict[str, Any]) -> list[str]:
    """Return an estimate for people to read."""
    card, currency = estimate["card"], estimate["currency"]
    name = f"{estimate['id']}: " if "id" in estimate else ""
    status = f"{card['status'].replace('_', ' ')} since {card['status_since']}"
    lines = [f"{name}{card['title']}, version {card['version']} ({status})"]
    for line in estimate["lines"]:
        details = ", ".join(f"{key} {value}" for key, value in line["detail"].items() if not isinstance(value, list))
        lines.append(f"  {line['name']:<24} {line['amount']:>14}  {details}")
        lines += [
            f"    {tier['units']} at {tier['rate']}" + (f" (up to {tier['up_to']})" if tier["up_to"] else "")
            for tier in line["detail"].get("tiers", [])
        ]
    each = f", {estimate['per_unit']} a unit" if estimate["per_unit"] else ""
    lines.append(f"  {'total':<24} {estimate['total']:>14}  {currency}{each}")
    return lines + _walked(estimate["drivers"]) if "drivers" in estimate else lines


def _walked(drivers: list[dict[str, str]]) -> list[str]:
    """Return what each driver adds to the same total."""
    return ["  the same total, by what drives it:"] + [
        f"  {driver['name']:<24} {driver['amount']:>14}  {driver['detail']}" for driver in drivers
    ]
