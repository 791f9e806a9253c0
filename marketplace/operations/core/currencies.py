"""Currencies and their minor units (ISO 4217): what can be paid, and what an invoice is rounded to."""

from typing import Final

from marketplace.operations.core.money import MICROS

# Decimals of the minor unit: a dollar has cents, a yen nothing below it, a Kuwaiti dinar has 1000 fils.
_DECIMALS: Final = {
    "AED": 2, "ARS": 2, "AUD": 2, "BDT": 2, "BGN": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2,
    "COP": 2, "CZK": 2, "DKK": 2, "EGP": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2,
    "ISK": 0, "JOD": 3, "JPY": 0, "KES": 2, "KRW": 0, "KWD": 3, "MAD": 2, "MXN": 2, "MYR": 2, "NGN": 2, "NOK": 2,
    "NZD": 2, "OMR": 3, "PEN": 2, "PHP": 2, "PKR": 2, "PLN": 2, "RON": 2, "SAR": 2, "SEK": 2, "SGD": 2, "THB": 2,
    "TND": 3, "TRY": 2, "TWD": 2, "UAH": 2, "UGX": 0, "USD": 2, "VND": 0, "XAF": 0, "XOF": 0, "ZAR": 2,
}  # fmt: skip
CURRENCIES: Final = tuple(sorted(_DECIMALS))
# Of what names none.
USUAL_CURRENCY: Final = "USD"


def minor_unit_micros(currency: str) -> int:
    """Return the micro-units of the smallest amount of a currency that can be paid.

    >>> [minor_unit_micros(currency) for currency in ("USD", "JPY", "KWD")]
    [10000, 1000000, 1000]
    """
    return MICROS // int(10 ** _DECIMALS[currency])


def half_up_minor(micros: int, currency: str) -> int:
    """Round an amount to the minor unit of its currency; halves go away from zero.

    >>> half_up_minor(15_000, "USD"), half_up_minor(-15_000, "USD"), half_up_minor(1_499_999, "JPY")
    (20000, -20000, 1000000)
    """
    unit = minor_unit_micros(currency)
    rounded = (abs(micros) * 2 + unit) // (2 * unit) * unit
    return rounded if micros >= 0 else -rounded


def down_to_minor(micros: int, currency: str) -> int:
    """Round a non-negative amount down to the minor unit of its currency.

    >>> down_to_minor(19_999, "USD")
    10000
    """
    return micros - micros % minor_unit_micros(currency)


def up_to_minor(micros: int, currency: str) -> int:
    """Round a non-negative amount up to the minor unit of its currency: for limits that must be enough.

    >>> up_to_minor(10_001, "USD")
    20000
    """
    return micros + -micros % minor_unit_micros(currency)


def format_amount(micros: int, currency: str) -> str:
    """Return a whole number of minor units with the currency's own decimals.

    >>> format_amount(12_500_000, "USD"), format_amount(-1_000_000, "JPY"), format_amount(1_250_000, "KWD")
    ('12.50', '-1', '1.250')
    """
    decimals = _DECIMALS[currency]
    if micros % minor_unit_micros(currency):
        raise ValueError(f"{micros} micro-units are no whole minor units of {currency}.")
    whole, rest = divmod(abs(micros) // minor_unit_micros(currency), int(10**decimals))
    fraction = f".{rest:0{decimals}d}" if decimals else ""
    return f"{'-' if micros < 0 else ''}{whole}{fraction}"
