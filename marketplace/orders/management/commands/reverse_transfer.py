"""`manage.py reverse-transfer ID --reason TEXT`: take back a transfer that was wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.ledger.models import Transfer
from marketplace.operations.errors import DomainError
from marketplace.orders.services import NotReversible, take_back


class Command(BaseCommand):
    help = (
        "Take back a deposit, or what a settled order paid, when it was a mistake. What comes back to an order goes on"
        " to its organization's prepaid account, with a credit note. The reason stays in the books."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("transfer", type=UUID)
        parser.add_argument("--reason", required=True, help="what was wrong, and who says so; up to 300 characters")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take it back, and say what was done; a second time says the same of the first."""
        reason = options["reason"].strip()
        if not 0 < len(reason) <= 300:
            raise CommandError("Give a reason of 1 to 300 characters.")
        try:
            done = take_back(options["transfer"], reason=reason)
        except Transfer.DoesNotExist as error:
            raise CommandError("There is no transfer of this id.") from error
        except (DomainError, NotReversible) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Reversed by transfer {done.reversal.pk}: {done.reversal.reason}")
        if done.credit_note is not None:
            self.stdout.write(f"Credit note {done.credit_note.name}.")
