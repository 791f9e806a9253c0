"""Promises checked on what the API says."""

from __future__ import annotations

from typing import Any

from marketplace.management.driving.audit import Violations, over_collected, unbalanced_transfers


def task(name: str, n_counted: int) -> dict[str, Any]:
    return {"id": name, "n_counted": n_counted, "max_overlap": 2}


def answer(task_id: str, worker: str, *, counted: bool = True) -> dict[str, Any]:
    return {"task": task_id, "worker": worker, "counted": counted}


def transfer(*entries: tuple[str, str]) -> dict[str, Any]:
    return {"entries": [{"account": kind, "amount": amount, "currency": "USD"} for kind, amount in entries]}


ORDER = {"funded": "10.00", "paid": "6.00", "fee": "1.00", "rounding": "0.00", "refunded": "3.00"}
BOOKS = [
    transfer(("prepaid", "-10.00"), ("escrow", "10.00")),
    transfer(("escrow", "-6.00"), ("worker", "6.000000")),
    transfer(("escrow", "-1.00"), ("fee", "1.00")),
    transfer(("escrow", "-3.00"), ("prepaid", "3.00")),
]


def test_late_answers_do_not_count_as_too_many() -> None:
    answers = [answer("t", "a"), answer("t", "b"), answer("t", "c", counted=False)]
    assert over_collected([task("t", 2)], answers) == 0


def test_answer_too_many_is_found_in_the_answers_and_in_the_counter() -> None:
    answers = [answer("t", "a"), answer("t", "b"), answer("t", "c")]
    assert over_collected([task("t", 2), task("u", 0)], answers) == 1
    assert over_collected([task("t", 3)], []) == 1


def test_worker_counted_twice_on_a_task_is_found() -> None:
    assert over_collected([task("t", 2)], [answer("t", "a"), answer("t", "a")]) == 1


def test_books_that_balance_have_no_violation() -> None:
    assert unbalanced_transfers(ORDER, BOOKS) == 0


def test_transfer_that_makes_money_is_found() -> None:
    assert unbalanced_transfers(ORDER, [*BOOKS, transfer(("escrow", "-1.00"), ("fee", "1.01"))]) == 1


def test_order_that_does_not_add_up_is_found() -> None:
    assert unbalanced_transfers({**ORDER, "refunded": "2.99"}, BOOKS) == 1


def test_pay_that_workers_never_got_is_found() -> None:
    assert unbalanced_transfers(ORDER, [BOOKS[0], *BOOKS[2:]]) == 1


def test_broken_promises_are_named() -> None:
    assert Violations(0, 0, 0, 0).broken == []
    assert Violations(1, 0, 0, 2).broken == ["over_collected", "events_repeated"]
