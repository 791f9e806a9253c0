"""`manage.py quote`: prices from files and pipes, for people and for programs, without a service."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pricing.core.cards.walk import DRIVERS
from tests.pricing.cards.asking import EFFORT, GOOGLE, GROUND_TRUTH, MTURK, document
from tests.quality.test_commands_stand_alone import run


@pytest.fixture
def told(tmp_path: Path) -> Any:
    """Return a function that writes what is asked to a file and returns what the command says."""

    def tell(asked: Any, **options: Any) -> str:
        path = tmp_path / "spec.json"
        path.write_bytes(asked if isinstance(asked, bytes) else json.dumps(asked).encode())
        out = io.StringIO()
        call_command("quote", str(path), stdout=out, **options)
        return out.getvalue()

    return tell


def test_a_price_is_told_without_database_broker_or_secret(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(EFFORT))
    done = run(tmp_path, "quote", "spec.json", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["total"], found["currency"], found["card"]["id"]) == ("321.00", "USD", "plenum-effort")
    assert (found["lines"][0]["name"], found["lines"][0]["amount"]) == ("labour", "235.00")


def test_a_bad_specification_is_one_sentence_and_a_failure(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text(json.dumps(MTURK | {"reward": "-1"}))
    done = run(tmp_path, "quote", "spec.json", "--json")
    assert done.returncode != 0
    assert json.loads(done.stdout)["error"]["field"] == "reward"
    assert "reward" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_piped_in_is_priced(monkeypatch: pytest.MonkeyPatch) -> None:
    piped = io.TextIOWrapper(io.BytesIO(json.dumps([{"id": "a", "spec": MTURK}]).encode()))
    monkeypatch.setattr("sys.stdin", piped)
    out = io.StringIO()
    call_command("quote", "-", as_json=True, stdout=out)
    assert [(each["id"], each["total"]) for each in json.loads(out.getvalue())] == [("a", "180.00")]


def test_people_read_lines_tiers_and_the_total(told: Any) -> None:
    text = told([{"id": "one", "spec": GROUND_TRUTH | {"n_assets": 60_000}}, {"id": "two", "spec": MTURK}])
    assert "one: Amazon SageMaker Ground Truth, version 2024 (closed to new customers since 2026-07-30)" in text
    assert "50000 at 0.08 (up to 50000)" in text
    assert "10000 at 0.04 (up to 1000000)" in text
    assert [line.split() for line in text.splitlines() if "total" in line] == [
        ["total", "4400.00", "USD,", "0.073333", "a", "unit"],
        ["total", "180.00", "USD"],
    ]


def test_people_read_what_drives_a_price_by_effort(told: Any) -> None:
    text = told([{"id": "ours", "spec": EFFORT | {"complexity": "1.25"}}, {"id": "theirs", "spec": MTURK}])
    ours, theirs = text.split("theirs:")
    table = ours.split("the same total, by what drives it:")[1].splitlines()[1:]
    assert [line.split()[0] for line in table] == list(DRIVERS)
    assert [line.split(maxsplit=2)[1:] for line in table if "median" in line] == [
        ["73.08", "1.25 times the seconds of the median image"]  # .058 x 1,000 x 1.05 x 1.2
    ]
    assert "drives" not in theirs


def test_a_further_card_is_read_from_its_file(told: Any, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text(json.dumps(document()))
    asked = {"card": "small", "n_assets": 150}
    assert json.loads(told(asked, as_json=True, card=[path]))["total"] == "12.50"
    path.write_text(json.dumps(document(currency="dollars")))
    with pytest.raises(CommandError, match="currency"):
        told(asked, card=[path])


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"\xff", "invalid_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"card": "mturk", "card": "toloka"}', "duplicate_key"),
        (b'{"card": "mturk", "n_tasks": NaN}', "number_out_of_range"),
        (b'{"card": "mturk", "n_tasks": 1e400}', "number_out_of_range"),
        (b'{"card": "mturk", "n_tasks": ' + b"9" * 5000 + b"}", "number_out_of_range"),
        (GOOGLE | {"n_assets": 10**9}, "quote_needed"),
        ({"card": "acme"}, "no_such_card"),
        ({"crad": "acme"}, "unknown_field"),
    ],
)
def test_what_cannot_be_priced_is_refused_with_its_code(told: Any, asked: Any, code: str) -> None:
    with pytest.raises(CommandError, match=code):
        told(asked)


def test_files_are_bounded_and_have_to_be_there(told: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="more than"):
        told(b" " * (1024 * 1024 + 1))
    with pytest.raises(CommandError, match="No such file"):
        call_command("quote", str(tmp_path / "nowhere.json"))
