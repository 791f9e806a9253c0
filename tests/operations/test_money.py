"""Money between its two forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.operations.core.money import format_money, parse_money


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0", 0),
        ("1", 1_000_000),
        ("0.000001", 1),
        ("12.5", 12_500_000),
        ("12.50", 12_500_000),
        ("999999999999.999999", 10**18 - 1),
    ],
)
def test_decimal_strings_are_exact(text: str, micros: int) -> None:
    assert parse_money(text) == micros


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "-0",
        "+1",
        "1e-10",
        "1E+99",
        "NaN",
        "Infinity",
        "\u0661\u0662",
        "1,00",
        "1 ",
        " 1",
        "1.",
        ".5",
        "01",
        "0.0000001",
        "1_000",
        "1000000000000",
        "0x1",
        "1\n",
        "\uff11",
    ],
)
def test_other_spellings_are_no_money(text: str) -> None:
    assert parse_money(text) is None


@given(st.integers(0, 10**18 - 1))
def test_money_survives_the_way_out_and_back(micros: int) -> None:
    assert parse_money(format_money(micros)) == micros


@pytest.mark.parametrize(
    ("micros", "text"), [(0, "0.00"), (1, "0.000001"), (1_500_000, "1.50"), (-250_000, "-0.25"), (123_400, "0.1234")]
)
def test_amounts_show_two_decimals_or_as_many_as_needed(micros: int, text: str) -> None:
    assert format_money(micros) == text
