"""Read what was written with the readers of the plan, and compare values.

`python tests/oracles/read.py FOLDER [READER]`, in the environment of the oracles, which has none of our code. Prints a
line for each reader, format and annotation type, and how many were found; ends with 1 where something was not found as
it was written.
"""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from pathlib import Path

from plan import READ_BY
from readers import READERS
from world import World


def main(folder: Path, only: str = "") -> int:
    """Run all comparisons and return the exit code."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    world = World(folder)
    n_found = n_failed = 0
    for reader, forms in READ_BY.items():
        for form, kinds in forms.items():
            for kind in kinds if only in {"", reader} else ():
                try:
                    READERS[reader](world, form, kind)
                except Exception:  # noqa: BLE001 - whatever a reader raises is told, and the next one is asked
                    n_failed += 1
                    print(f"FAILED  {reader} {form} {kind}\n{traceback.format_exc(limit=-3)}")
                else:
                    n_found += 1
                    print(f"found   {reader} {form} {kind}")
    print(f"{n_found} found as they were written, {n_failed} not")
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
