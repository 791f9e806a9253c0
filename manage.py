"""Django's command line."""

import os
import sys


def main() -> None:
    """Run a management command; those that need no settings run without them."""
    from marketplace.management import standalone

    # Commands are modules, whose names have no hyphens; whoever types one is understood.
    sys.argv[1:2] = [name.replace("-", "_") for name in sys.argv[1:2] if not name.startswith("-")] or sys.argv[1:2]
    if standalone.stands_alone(sys.argv):
        standalone.run(sys.argv)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
