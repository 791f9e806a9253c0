"""Django's command line."""

import os
import sys


def main() -> None:
    """Run a management command; those that need no settings run without them."""
    from marketplace.management import standalone

    if sys.argv[1:2] and sys.argv[1] in standalone.MODULES:
        standalone.run(sys.argv)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    from django.core.management import execute_from_command_line

    # `pay-out` is `pay_out`: a module's name has no hyphen.
    execute_from_command_line([*sys.argv[:1], *[name.replace("-", "_") for name in sys.argv[1:2]], *sys.argv[2:]])


if __name__ == "__main__":
    main()
