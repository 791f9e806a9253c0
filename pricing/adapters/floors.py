"""The document of least wages: the one that comes with the package, or the one that the platform's settings name."""

from functools import cache
from pathlib import Path

from django.conf import settings

from marketplace.operations.core.strict_json import parse_strict
from pricing.core.floors import WageFloors, read_floors

FOLDER = Path(__file__).resolve().parent.parent / "wage_floors"


def wage_floors() -> WageFloors:
    """Return the least wages in force: read once for each file."""
    return _read(settings.WAGE_FLOORS_FILE or sorted(FOLDER.glob("*.json"))[-1])


@cache
def _read(path: Path) -> WageFloors:
    return read_floors(parse_strict(path.read_bytes()))
