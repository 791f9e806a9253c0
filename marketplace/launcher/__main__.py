"""`python -m marketplace.launcher COMMAND`."""

import sys

# Any Python 3 must be able to read this file, so that an old one gets a sentence and not a syntax error.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("plenum: Python 3.11 or newer is needed, and this is %d.%d." % sys.version_info[:2])  # noqa: UP031

if __name__ == "__main__":
    from marketplace.launcher.cli import main

    sys.exit(main(sys.argv[1:]))
