"""`manage.py ratecards`: the rate cards of this service; `add FILE` keeps another version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.operations.adapters import database_now
from marketplace.operations.core.domain_error import DomainError
from marketplace.operations.core.strict_json import parse_strict
from pricing.services import add_card, all_cards


class Command(BaseCommand):
    help = "List the rate cards in all their versions, or keep another version of one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("--add", type=Path, metavar="FILE", help="a card's document; versions never change")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Add, if a file is named, and list."""
        if options["add"]:
            try:
                document = parse_strict(options["add"].read_bytes())
                added = add_card(document, added_by_id=None, now=database_now())
            except OSError as error:
                raise CommandError(f"{options['add']}: {error.strerror}.") from error
            except DomainError as refusal:
                raise CommandError(f"{refusal.detail} [{refusal.code}]") from refusal
            self.stdout.write(f"Added {added}, sha256 {added.sha256}.")
        for card in all_cards().cards:
            counts = "" if card.preferred else ", only where its version is named"
            status = f"{card.status.state.replace('_', ' ')} since {card.status.since}"
            self.stdout.write(f"{card.id} {card.version}: from {card.valid_from}, {status}{counts}")
