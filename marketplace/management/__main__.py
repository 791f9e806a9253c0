"""`python -m marketplace.management demo|replay|... ...`: the commands without settings, from any folder."""

from __future__ import annotations

import sys

from marketplace.management import standalone

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in standalone.MODULES:
        sys.exit(f"usage: python -m marketplace.management {{{','.join(sorted(standalone.MODULES))}}} ...")
    standalone.run(sys.argv)
