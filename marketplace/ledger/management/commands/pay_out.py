"""`manage.py pay-out [--everybody]`: send the payouts that were asked for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.ledger.services import request_all_payouts, send_payouts
from marketplace.operations.core.currencies import format_amount


class Command(BaseCommand):
    help = (
        "Send what workers asked to be paid out: a file for each currency, which staff fetch from /api/v1/payout-files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument(
            "--everybody", action="store_true", help="first ask for everybody whose balance and destination allow it"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Send, and say what was sent."""
        if options["everybody"]:
            self.stdout.write(f"Asked for {request_all_payouts()} payouts.")
        files = send_payouts()
        for file in files:
            total = format_amount(file.total_micros, file.currency)
            self.stdout.write(f"{file.storage_name}: {file.n_payouts} payouts, {total} {file.currency}")
        if not files:
            self.stdout.write("Nothing to send.")
