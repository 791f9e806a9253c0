"""The least that an hour of work pays, by country: a document, versioned and dated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from marketplace.accounts.core.countries import COUNTRIES
from marketplace.operations.core.money import MICROS
from pricing.core.cards.values import (
    currency_of,
    day,
    flag,
    items,
    join,
    mapping,
    member,
    money,
    name_of,
    refuse,
    require_known,
    text,
)

SCHEMA = 1
HOUR_MS = 3_600_000
# Of any currency: an hour may pay 25,000 dong.
MOST_PER_HOUR = 1_000_000
# Of somebody who has not said where they work.
NOWHERE = ""


@dataclass(frozen=True)
class Floor:
    """A least wage an hour in micro-units, and where it comes from."""

    micros: int
    source: str
    assumed: bool


@dataclass(frozen=True)
class WageFloors:
    """The least wages of one version of the document.

    Attributes
    ----------
    default : of all other countries; None: work in this currency is for workers of the countries named alone.
    by_country : where more, or less, than the default is asked for.
    """

    version: str
    valid_from: date
    currency: str
    default: Floor | None
    by_country: Mapping[str, Floor]

    def of(self, country: str) -> Floor | None:
        """Return the least wage of a country, or of somebody who has stated none; None: nobody knows it."""
        return self.by_country.get(country, self.default)

    def unknown(self, countries: Iterable[str]) -> list[str]:
        """Return those of these countries whose least wage in this currency nobody knows."""
        return sorted(code for code in countries if self.of(code) is None)

    def highest(self, countries: Iterable[str]) -> tuple[str, Floor]:
        """Return where of these countries the most is asked for, and how much.

        Where none is named it is the default; without one the lowest of all, below which the work could be offered to
        nobody. Countries without a least wage are left out: ask `unknown`.
        """
        known = [(code, floor) for code in countries if (floor := self.of(code)) is not None]
        if known:
            return max(known, key=_by_amount)
        return (NOWHERE, self.default) if self.default is not None else min(self.by_country.items(), key=_by_amount)

    def underpaid(self, wage_micros: int) -> frozenset[str]:
        """Return where a wage is not enough or nobody knows whether it is, nowhere among them."""
        return frozenset(code for code in COUNTRIES | {NOWHERE} if not self._is_kept(code, wage_micros))

    def _is_kept(self, country: str, wage_micros: int) -> bool:
        floor = self.of(country)
        return floor is not None and floor.micros <= wage_micros


def hourly(pay_micros: int, *, per_ms: Decimal) -> Decimal:
    """Return what an hour pays in micro-units, where an answer takes so many milliseconds."""
    return Decimal(pay_micros) * HOUR_MS / per_ms


def least_pay(wage_micros: int, *, per_ms: Decimal) -> int:
    """Return what an answer has to pay for a wage, up to the micro-unit.

    >>> least_pay(12_000_000, per_ms=Decimal(5100))
    17000
    """
    return int((Decimal(wage_micros) * per_ms / HOUR_MS).quantize(Decimal(1), rounding=ROUND_CEILING))


def read_floors(document: Any) -> WageFloors:
    """Return the least wages that a document states.

    Raises
    ------
    UnknownField, InvalidValue
        Naming the member.
    """
    given = mapping(document, "")
    require_known(given, "", ("schema", "id", "version", "valid_from", "currency", "default", "countries"))
    if member(given, "", "schema") != SCHEMA:
        raise refuse("schema", f"this has to be {SCHEMA}.")
    countries = mapping(member(given, "", "countries"), "countries")
    items(list(countries), "countries", most=len(COUNTRIES))
    for code in countries:
        if code not in COUNTRIES:
            raise refuse(join("countries", code), "use the codes of ISO 3166-1 alpha-2.")
    default = member(given, "", "default")
    if default is None and not countries:
        raise refuse("countries", "without a default this names at least one.")
    return WageFloors(
        version=name_of(member(given, "", "version"), "version"),
        valid_from=day(member(given, "", "valid_from"), "valid_from"),
        currency=currency_of(member(given, "", "currency"), "currency"),
        default=None if default is None else _floor(default, "default"),
        by_country={code: _floor(entry, join("countries", code)) for code, entry in countries.items()},
    )


def _floor(value: Any, path: str) -> Floor:
    given = mapping(value, path)
    require_known(given, path, ("per_hour", "source", "assumed"))
    per_hour = money(member(given, path, "per_hour"), join(path, "per_hour"), least=Decimal("0.01"), most=MOST_PER_HOUR)
    return Floor(
        micros=int(per_hour * MICROS),
        source=text(member(given, path, "source"), join(path, "source")),
        assumed=flag(member(given, path, "assumed"), join(path, "assumed")),
    )


def _by_amount(entry: tuple[str, Floor]) -> tuple[int, str]:
    return entry[1].micros, entry[0]
