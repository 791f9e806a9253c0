"""`manage.py settle-payouts FILE`: book what the provider says became of payouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.ledger.core.payout_files import ANSWER_COLUMNS, AnswerUnreadable, read_answers
from marketplace.ledger.errors import LedgerError
from marketplace.ledger.services import settle_payouts


class Command(BaseCommand):
    help = f"Book a provider's answer, a CSV with the columns {','.join(ANSWER_COLUMNS)}: all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Book the answers, and say how many there were."""
        try:
            with open(options["file"], encoding="utf-8-sig", newline="") as lines:
                settled = settle_payouts(list(read_answers(lines)))
        except (AnswerUnreadable, LedgerError) as error:
            raise CommandError(f"{error} Nothing was booked.") from error
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{options['file']} is no text in UTF-8.") from error
        self.stdout.write(
            f"{settled.n_paid} paid, {settled.n_failed} failed and given back, {settled.n_before} known before."
        )
