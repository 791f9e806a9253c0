"""The least wage: quotes do not go below it anywhere a job is for, and a job is for nobody who would get less."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from labeling.models import LabelingJob, Workforce
from marketplace.accounts.models import Membership, Role, WorkerProfile
from marketplace.operations.core.money import format_money
from pricing.adapters import wage_floors
from pricing.core.floors import WageFloors, hourly, least_pay
from pricing.errors import InvalidValue, WageTooLow
from pricing.models import Quote
from pricing.services.cards import own_card


def countries_asked(job: LabelingJob, named: Sequence[str]) -> list[str]:
    """Return the countries whose least wage a job has to keep: those named, or its own workforce's where none is.

    A public job that names none keeps the default, and is offered where it pays enough.
    """
    if named or job.workforce != Workforce.PRIVATE:
        return list(named)
    members = Membership.objects.filter(organization=job.organization_id, role=Role.WORKER, user__is_active=True)
    held = WorkerProfile.objects.filter(user__in=members.values("user")).exclude(country="")
    return sorted(held.values_list("country", flat=True).distinct())


def require_wage(wage_micros: int, *, countries: Sequence[str], currency: str) -> None:
    """Refuse a wage below the least of a country.

    Raises
    ------
    WageTooLow
        Naming `wage_per_hour`, and the least that would do.
    InvalidValue
        Naming `currency` or `countries`: there are no least wages in the one, or of some of the others.
    """
    country, floor = _floors_for(countries, currency).highest(countries)
    if wage_micros < floor.micros:
        raise WageTooLow(
            f"An hour pays at least {format_money(floor.micros)} {currency}{_where(country)}.",
            field="wage_per_hour",
            least_wage=format_money(floor.micros),
            country=country or None,
            currency=currency,
        )


def require_fair_pay(quote: Quote, *, countries: Sequence[str], measured_ms: int | None) -> None:
    """Refuse a quote whose answers pay less an hour than the least of a country its workers may come from.

    Parameters
    ----------
    measured_ms : the median that answers of this kind were seen to take; None: what the quote expects counts.

    Raises
    ------
    WageTooLow
        Naming `wage_per_hour`, the wage that would do, and what an answer would pay at it.
    """
    per_ms = ms_counted(quote, measured_ms=measured_ms)
    country, floor = _floors_for(countries, quote.currency).highest(countries)
    if hourly(quote.pay_micros, per_ms=per_ms) >= floor.micros:
        return
    # What the quote expects of an answer is less than what was measured: the wage has to make up for it.
    wage = Decimal(quote.assumptions["wage_per_hour"])
    needed = least_pay(floor.micros, per_ms=per_ms)
    raised = wage * needed / max(1, quote.pay_micros)
    raise WageTooLow(
        f"An answer takes {per_ms / 1000:.1f} s and pays {format_money(quote.pay_micros)} {quote.currency}: less an"
        f" hour than the least of {format_money(floor.micros)}{_where(country)}.",
        field="wage_per_hour",
        least_wage=format_money(int(raised * 1_000_000) + 1),
        least_pay_per_answer=format_money(needed),
        country=country or None,
        currency=quote.currency,
    )


def countries_underpaid(quote: Quote, *, measured_ms: int | None) -> list[str]:
    """Return the countries whose least wage is unknown, or more than an hour pays; an empty one if the default is."""
    wage = hourly(quote.pay_micros, per_ms=ms_counted(quote, measured_ms=measured_ms))
    return sorted(require_floors(quote.currency).underpaid(int(wage)))


def ms_counted(quote: Quote, *, measured_ms: int | None) -> Decimal:
    """Return the milliseconds of an answer by which it is judged: the larger of what is expected and was measured."""
    expected = Decimal(str(quote.effort_s)) * 1000
    return max(expected, Decimal(measured_ms or 0), Decimal(1))


def require_floors(currency: str) -> WageFloors:
    """Return the least wages in a currency; without any no wage in it can be called fair, so there is no work in it.

    Raises
    ------
    InvalidValue
        Naming `currency`.
    """
    known = wage_floors()
    if currency not in known:
        said = f"No least wages are stated in {currency}, only in {', '.join(sorted(known))}: there is no work in it."
        raise InvalidValue(said, field="currency", allowed=sorted(known))
    return known[currency]


def require_currency(currency: str, *, now: datetime) -> None:
    """Refuse a currency in which work cannot be priced, or of which nobody knows what is fair.

    Raises
    ------
    InvalidValue
        Naming `currency`.
    """
    own_card(now, currency=currency)
    require_floors(currency)


def _floors_for(countries: Sequence[str], currency: str) -> WageFloors:
    floors = require_floors(currency)
    if missing := floors.unknown(countries):
        said = (
            f"No least wage in {currency} is stated for {', '.join(missing)}, only for"
            f" {', '.join(sorted(floors.by_country))}: name countries of those, or another currency."
        )
        raise InvalidValue(said, field="countries", allowed=sorted(floors.by_country))
    return floors


def _where(country: str) -> str:
    return f" in {country}" if country else ""
