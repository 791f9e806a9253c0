"""CSV that opens in a spreadsheet without doing anything."""

import csv
from collections.abc import Sequence
from io import StringIO

# A spreadsheet takes a cell that begins so for a formula; some take the full-width forms for the same.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def harmless(text: str) -> str:
    """Return a text of somebody else's as a cell that is no formula: with an apostrophe before what looks like one.

    >>> harmless("=1+1"), harmless("Acme")
    ("'=1+1", 'Acme')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_line(cells: Sequence[str]) -> bytes:
    """Return one line; texts that are not ours go through `harmless` first."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
