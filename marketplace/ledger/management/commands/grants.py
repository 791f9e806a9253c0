"""`manage.py grants ROLE [--sql]`: give the service's role what it needs, and no power over the books."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection, transaction

from marketplace.ledger.adapters.roles import RoleUnfit, grants_for


class Command(BaseCommand):
    help = (
        "Run as the owner of the tables, after every `migrate`: gives the role that the service connects with what its"
        " work takes, and takes all else from it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("role", help="which exists, is no superuser and owns none of the tables")
        parser.add_argument("--sql", action="store_true", help="only write the statements, for psql")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Grant all of it, or nothing."""
        try:
            statements = grants_for(options["role"])
            if options["sql"]:
                self.stdout.write("".join(f"{statement};\n" for statement in ["BEGIN", *statements, "COMMIT"]))
                return
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        except (RoleUnfit, ProgrammingError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['role']} may do what the service does, and no more.")
