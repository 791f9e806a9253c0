"""`manage.py pay-out [--everybody]`: send the payouts that were asked for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.ledger.errors import BelowMinimum, DestinationTooNew, NoPayoutDestination, PayoutUnderway
from marketplace.ledger.models import Payout, PayoutState
from marketplace.ledger.services import request_all_payouts, send_payouts
from marketplace.operations.core.currencies import format_amount

WHY = {
    BelowMinimum.code: "below the least payout",
    NoPayoutDestination.code: "it is not known whither",
    DestinationTooNew.code: "whither was changed lately",
    PayoutUnderway.code: "another payout is under way",
}


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
            self._ask()
        files = send_payouts()
        for file in files:
            total = format_amount(file.total_micros, file.currency)
            self.stdout.write(f"{file.storage_name}: {counted(file.n_payouts, 'payout')}, {total} {file.currency}")
        if not files:
            self.stdout.write("Nothing to send.")
        n_waiting = Payout.objects.filter(state=PayoutState.REQUESTED).count()
        if n_waiting:
            self.stdout.write(f"{counted(n_waiting, 'payout')} waiting: whither was changed lately.")

    def _ask(self) -> None:
        asked = request_all_payouts()
        self.stdout.write(f"Asked for {counted(asked.n_requested, 'payout')}.")
        for code, n in sorted(asked.left_out.items()):
            self.stdout.write(f"Left out {counted(n, 'balance')}: {WHY[code]}.")


def counted(n: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "payout"), counted(2, "payout")
    ('1 payout', '2 payouts')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
