"""`python -m marketplace.management replay|demo ...`: the same commands, from any shell.

They only talk to the service, so they need none of its settings: no database, no secrets.
"""

from __future__ import annotations

import sys

from django.conf import settings


def main(argv: list[str]) -> None:
    """Run a command."""
    settings.configure()
    from marketplace.management.commands import demo, replay  # noqa: PLC0415 -- only with settings

    commands = {"replay": replay.Command, "demo": demo.Command}
    if len(argv) < 2 or argv[1] not in commands:
        sys.exit(f"usage: python -m marketplace.management {{{','.join(commands)}}} ...")
    commands[argv[1]]().run_from_argv(argv)


if __name__ == "__main__":
    main(sys.argv)
