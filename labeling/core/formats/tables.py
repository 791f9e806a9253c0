"""Lines of CSV."""

import csv
from collections.abc import Sequence
from io import StringIO


def line(cells: Sequence[str]) -> bytes:
    """Return one line."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
