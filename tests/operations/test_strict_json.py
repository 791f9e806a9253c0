"""JSON as the service takes it: refused where it could be understood in two ways or not be stored."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.operations.core.strict_json import MAX_DEPTH, parse_strict
from marketplace.operations.errors import DuplicateKey, InvalidJson, InvalidText, JsonTooDeep, NumberOutOfRange

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


@given(values, st.booleans())
def test_whatever_is_plain_json_is_understood(value: Any, ascii_only: bool) -> None:
    assert parse_strict(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200) | st.text('[]{}",:\\u0ds8 1e-tru', max_size=60).map(str.encode))
def test_whatever_comes_is_parsed_or_refused(data: bytes) -> None:
    with suppress(InvalidJson):
        json.dumps(parse_strict(data), allow_nan=False).encode("ascii")


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_bounded(brackets: tuple[bytes, bytes]) -> None:
    opening, closing = brackets
    parse_strict(opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH)
    with pytest.raises(JsonTooDeep) as refusal:
        parse_strict(opening * (MAX_DEPTH + 1) + b"1" + closing * (MAX_DEPTH + 1))
    assert refusal.value.data["offset"] == len(opening) * MAX_DEPTH


def test_a_hundred_thousand_brackets_are_refused_unparsed() -> None:
    with pytest.raises(JsonTooDeep):
        parse_strict(b"[" * 100_000 + b"]" * 100_000)


def test_brackets_in_texts_do_not_nest() -> None:
    tricky = ['[{"' * 50, '\\"[' * 50, "\\", '\\\\"' + "[" * 50]
    assert parse_strict(json.dumps(tricky).encode()) == tricky


@pytest.mark.parametrize("data", [b'"' + b'\\"' * 500_000, b'"\\' * 400_000, b"[" + b'"a",' * 250_000, b'"' * 999_999])
def test_hostile_quoting_takes_linear_time(data: bytes) -> None:
    began = time.process_time()
    with pytest.raises(InvalidJson):
        parse_strict(data)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b'[{"b":{"a":1,"a":1}}]', b'{"a":1,"\\u0061":2}'])
def test_key_given_twice_is_refused(data: bytes) -> None:
    with pytest.raises(DuplicateKey) as refusal:
        parse_strict(data)
    assert refusal.value.field == "a"


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "9223372036854775808", "1." + "1" * 500]
)
def test_number_that_no_column_holds_is_refused(number: str) -> None:
    with pytest.raises(NumberOutOfRange):
        parse_strict(f'{{"x": [{number}]}}'.encode())


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (rb'{"result":{"x":"\u0000"}}', "result.x"),
        (rb'{"result":{"a\u0000":1}}', "result.a?"),
        (rb'{"a":[0,"\ud800"]}', "a[1]"),
        (rb'{"a":"\udc00\ud800"}', "a"),
        (rb'"\ud83d"', None),
    ],
)
def test_text_that_cannot_be_stored_is_refused_with_its_place(data: bytes, field: str | None) -> None:
    with pytest.raises(InvalidText) as refusal:
        parse_strict(data)
    assert refusal.value.field == field


def test_escaped_pair_and_escaped_backslash_are_fine() -> None:
    assert parse_strict(rb'["\ud83d\ude00", "\\u0000"]') == ["\U0001f600", "\\u0000"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        '"é"'.encode("utf-16"),
        b"{'a':1}",
        b'{"a":1,}',
        b'"a\x00b"',
        b"01",
        b"{}x",
    ],
)
def test_what_is_no_json_is_refused_with_its_offset(data: bytes) -> None:
    with pytest.raises(InvalidJson) as refusal:
        parse_strict(data)
    assert isinstance(refusal.value.data["offset"], int)
