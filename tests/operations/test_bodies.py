"""Bodies over HTTP: every hostile one is a problem document, never a 500."""

import json
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

ECHO = "/api/v1/probe/echo"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def send(client: Client, body: bytes | str, content_type: str = "application/json", path: str = ECHO) -> Any:
    return client.generic("POST", path, body, content_type=content_type)


def test_good_body_is_understood(client: Client) -> None:
    answer = send(client, json.dumps({"title": "Straße 😀", "pay": "1.5"}))
    assert answer.status_code == 200
    assert answer.json() == {"title": "Straße 😀", "pay": "1.50"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b'{"title":"a","payload":' + b'{"a":' * 40 + b"1" + b"}" * 41, "too_deep"),
        (rb'{"title":"a","payload":{"x":"\u0000"}}', "invalid_text"),
        (rb'{"title":"a","payload":{"\u0000":1}}', "invalid_text"),
        (rb'{"title":"a","payload":"\ud800"}', "invalid_text"),
        (b'{"title":"a","payload":NaN}', "number_out_of_range"),
        (b'{"title":"a","payload":1e999}', "number_out_of_range"),
        (b'{"title":"a","payload":' + b"9" * 5000 + b"}", "number_out_of_range"),
        (b'{"title":"a","title":"b"}', "duplicate_key"),
        (b"null", "invalid"),
        (b"[]", "invalid"),
        (b'"x"', "invalid"),
        (b"1", "invalid"),
        (b"", "invalid"),
        (b"\xef\xbb\xbf{}", "invalid_json"),
        (b'{"title":"\xff"}', "invalid_json"),
        (b'{"title":', "invalid_json"),
    ],
)
def test_hostile_body_is_refused(client: Client, body: bytes, code: str) -> None:
    answer = send(client, body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem["status"] == 400
    assert problem["type"] == f"urn:plenum:problem:{code}"


@pytest.mark.parametrize("body", [b'{"title":"' + b"x" * 200_000 + b'"}', b'{"' + b"k" * 200_000 + b'":1}'])
def test_body_beyond_the_view_s_limit_is_413(client: Client, body: bytes) -> None:
    answer = send(client, body)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/json; charset=bogus",
        "image/png",
    ],
)
def test_other_content_types_are_415(client: Client, content_type: str) -> None:
    answer = send(client, b'{"title":"a"}', content_type=content_type)
    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/problem+json"


def test_utf_8_may_be_said(client: Client) -> None:
    assert send(client, b'{"title":"a"}', content_type="application/json; charset=UTF-8").status_code == 200


def test_unknown_fields_are_refused_by_name(client: Client) -> None:
    answer = send(client, json.dumps({"title": "a", "status": "paid", "is_staff": True, "__proto__": {"admin": True}}))
    problem = answer.json()
    assert answer.status_code == 400
    assert {entry["field"] for entry in problem["errors"]} == {"status", "is_staff", "__proto__"}
    assert {entry["code"] for entry in problem["errors"]} == {"unknown_field"}


def test_path_of_the_first_wrong_field_is_named(client: Client) -> None:
    shapes = [
        {"name": "a", "box": [0, 0, 1, 1]},
        {"name": "b", "box": [0, 0, "NaN?", 1]},
        {"name": "c", "box": [], "x": 1},
    ]
    problem = send(client, json.dumps({"title": "t", "shapes": shapes})).json()
    assert problem["code"] == "invalid"
    assert problem["field"] == "shapes[1].box[2]"
    assert [entry["field"] for entry in problem["errors"]] == ["shapes[1].box[2]", "shapes[2].x"]


def test_payload_is_stored_verbatim_and_never_merged(client: Client) -> None:
    payload = {"__proto__": {"admin": True}, "constructor": {"prototype": 1}}
    assert send(client, json.dumps({"title": "a", "payload": payload})).json()["payload"] == payload


@pytest.mark.parametrize(
    "amount",
    ["-1", "0", "-0", "0.000000", "1e-10", "1E+99", "NaN", 0.1, 1, "\u0661\u0662", True, "1,00", None, ["1"], {}, ""],
)
def test_what_is_no_positive_decimal_string_is_no_pay(client: Client, amount: Any) -> None:
    answer = send(client, json.dumps({"title": "a", "pay": amount}))
    assert answer.status_code == 400
    assert answer.json()["field"] == "pay"
