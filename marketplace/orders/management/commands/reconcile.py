"""`manage.py reconcile [--json]`: whether all books agree; the exit code says so."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.operations.core.currencies import format_amount
from marketplace.orders.services.reconcile import Reconciliation, reconcile


class Command(BaseCommand):
    help = "Compare ledger, orders, invoices and payout files; names what differs, and then exits with 1."

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compare, and report."""
        found = reconcile(patience_s=600)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found) | {"agrees": found.agrees}, indent=2))
        else:
            self._tell(found)
        if not found.agrees:
            sys.exit(1)

    def _tell(self, found: Reconciliation) -> None:
        for check in found.checks:
            self.stdout.write(f"{'ok  ' if not check.n_differences else 'DIFF'}  {check.name}")
            for difference in check.differences:
                self.stdout.write(f"      {difference}")
            if (more := check.n_differences - len(check.differences)) > 0:
                self.stdout.write(f"      and {more} more")
        for transit in found.transit:
            requested, sent = (
                format_amount(micros, transit.currency) for micros in (transit.requested_micros, transit.sent_micros)
            )
            self.stdout.write(
                f"{transit.currency}: {transit.n_requested} payouts of {requested} requested, "
                f"{transit.n_sent} of {sent} in transit"
            )
        self.stdout.write("All books agree." if found.agrees else "The books do not agree.")
