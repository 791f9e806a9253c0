"""The report of a replay."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.management.driving.audit import Violations
from marketplace.management.driving.crowd import Tally
from marketplace.management.driving.jobrun import Outcome
from marketplace.management.driving.report import make_report, report_lines

ORDER = {"funded": "10.00", "paid": "6.004", "fee": "1.20", "rounding": "-0.004", "refunded": "2.80", "currency": "USD"}
COMMON = {
    *("tasks", "answers", "answers_per_task", "cost", "wall_s", "disputed", "supply", "late", "refused_answers"),
    *("over_collected", "unbalanced_transfers", "events_lost", "events_repeated"),
}


INTACT = Violations(0, 0, 0, 0)


def outcome(violations: Violations = INTACT) -> Outcome:
    tasks = [{"retired_reason": reason} for reason in ("confident", "confident", "disputed", "supply")]
    answers = [{"counted": counted} for counted in (True,) * 9 + (False,)]
    return Outcome({}, ORDER, tasks, answers, Tally(n_refused=2), violations, [])


@pytest.mark.parametrize(
    ("bought", "keys"),
    [
        ({"accuracy": 0.9}, {"accuracy", "accuracy_all"}),
        ({"f1_50": 0.9, "f1_75": 0.5}, {"f1_50", "f1_75", "f1_50_all", "f1_75_all"}),
    ],
)
def test_report_has_exactly_the_keys_of_its_kind(bought: dict[str, float | None], keys: set[str]) -> None:
    report = make_report(outcome(), bought=bought, everything=bought, wall_s=1.234)
    assert report.keys() == COMMON | keys


def test_numbers_are_those_of_the_outcome() -> None:
    report: dict[str, Any] = make_report(
        outcome(Violations(1, 2, 3, 4)), bought={"accuracy": None}, everything={"accuracy": 0.5}, wall_s=1.234
    )
    assert report == {
        "tasks": 4,
        "answers": 9,
        "answers_per_task": 2.25,
        "accuracy": None,
        "accuracy_all": 0.5,
        "cost": "7.204",
        "wall_s": 1.23,
        "disputed": 1,
        "supply": 1,
        "late": 1,
        "refused_answers": 2,
        "over_collected": 1,
        "unbalanced_transfers": 2,
        "events_lost": 3,
        "events_repeated": 4,
    }


def test_text_says_when_a_promise_was_broken() -> None:
    for violations, verdict in ((INTACT, "all hold"), (Violations(0, 0, 1, 0), "BROKEN")):
        end = outcome(violations)
        report = make_report(end, bought={"accuracy": 1.0}, everything={"accuracy": None}, wall_s=1.0)
        text = "\n".join(report_lines(report, end, n_recorded=18))
        assert verdict in text
        assert "9 bought of 18 recorded (50% saved)" in text
        assert "unknown (no gold) with all recorded" in text
