"""The least wage, kept when an order is quoted and again when it is published."""

from decimal import Decimal

from labeling.services import Countries
from marketplace.operations.core.money import MICROS
from marketplace.orders.models import Order
from marketplace.orders.services.measured import measured_ms
from pricing.models import Quote
from pricing.services import countries_asked, countries_underpaid, require_fair_pay, require_wage


def require_fair(order: Order, quote: Quote, *, seen_ms: int = 0) -> None:
    """Refuse a quote by which an hour pays less than the least of a country that the order is for.

    Parameters
    ----------
    seen_ms : what its own answers were seen to take so far, in a pilot.

    Raises
    ------
    WageTooLow
        Naming `wage_per_hour`, and the least that would do.
    """
    countries = countries_asked(order.job, order.countries)
    wage_micros = order.wage_micros or int(Decimal(quote.assumptions["wage_per_hour"]) * MICROS)
    require_wage(wage_micros, countries=countries, currency=quote.currency)
    require_fair_pay(quote, countries=countries, measured_ms=max(measured_ms(order) or 0, seen_ms))


def offered_in(order: Order, quote: Quote) -> Countries:
    """Return whose workers are offered the job: those of the countries named, or all whose least wage it pays."""
    if order.countries:
        return Countries(only=order.countries)
    return Countries(but=countries_underpaid(quote, measured_ms=measured_ms(order)))
