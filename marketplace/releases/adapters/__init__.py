"""The doors to where files are kept and to the rows that are exported."""

from marketplace.releases.adapters.files import AttemptFolder, StoredFile, discard_all, pieces_of_asset, scratch_file
from marketplace.releases.adapters.reading import Given, Reading, Row, Tombstone, read_given, read_rows, read_tombstones

__all__ = [
    "AttemptFolder",
    "Given",
    "Reading",
    "Row",
    "StoredFile",
    "Tombstone",
    "discard_all",
    "pieces_of_asset",
    "read_given",
    "read_rows",
    "read_tombstones",
    "scratch_file",
]
