"""The documents of least wages: those that come with the package, or those that the platform's settings name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings

from marketplace.operations.core.strict_json import parse_strict
from pricing.core.floors import WageFloors, read_floors

FOLDER = Path(__file__).resolve().parent.parent / "wage_floors"


def wage_floors() -> Mapping[str, WageFloors]:
    """Return the least wages in force by their currency: read once for each file or folder."""
    return _read(settings.WAGE_FLOORS_FILE or FOLDER)


@cache
def _read(path: Path) -> Mapping[str, WageFloors]:
    paths = sorted(path.glob("*.json")) if path.is_dir() else [path]
    found = [read_floors(parse_strict(each.read_bytes())) for each in paths]
    return {floors.currency: floors for floors in sorted(found, key=lambda each: (each.valid_from, each.version))}
