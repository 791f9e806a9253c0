"""What a requester is like to work for: computed from what happened, with little said where little happened."""

from dataclasses import dataclass
from typing import Final

# A requester of whom nothing is known is taken for one of whose work 95 % is accepted, and half of whose contested
# rejections are wrong; so many decisions of their own count as much as that.
ACCEPTED_AT_FIRST: Final = 0.95
DECISIONS_AT_FIRST: Final = 20
OVERTURNED_AT_FIRST: Final = 0.5
APPEALS_AT_FIRST: Final = 4


@dataclass(frozen=True)
class Record:
    """What happened in a requester's orders.

    Attributes
    ----------
    n_decided, n_rejected : answers decided on, and those of them that were not paid in full in the end.
    n_appeals, n_overturned : appeals that were decided, and won.
    decisions : (median seconds to a decision, number of decisions) of each order.
    n_orders, n_short : orders whose pay was measured, and those that were short of the promise.
    """

    n_decided: int
    n_rejected: int
    n_appeals: int
    n_overturned: int
    decisions: tuple[tuple[int, int], ...]
    n_orders: int
    n_short: int


@dataclass(frozen=True)
class Reputation:
    """Shares shrunk to what is usual, each with what it rests on; None where nothing happened at all."""

    approval_rate: float
    n_decided: int
    decision_s: int | None
    overturned_rate: float
    n_appeals: int
    short_of_promise: int
    n_orders: int


def reputation_of(record: Record) -> Reputation:
    """Return the reputation that a record makes.

    >>> first = reputation_of(Record(0, 0, 0, 0, (), 0, 0))
    >>> first.approval_rate, first.overturned_rate, first.decision_s
    (0.95, 0.5, None)
    """
    return Reputation(
        approval_rate=shrunk(
            record.n_decided - record.n_rejected, record.n_decided, usual=ACCEPTED_AT_FIRST, weight=DECISIONS_AT_FIRST
        ),
        n_decided=record.n_decided,
        decision_s=_median_of_medians(record.decisions),
        overturned_rate=shrunk(
            record.n_overturned, record.n_appeals, usual=OVERTURNED_AT_FIRST, weight=APPEALS_AT_FIRST
        ),
        n_appeals=record.n_appeals,
        short_of_promise=record.n_short,
        n_orders=record.n_orders,
    )


def shrunk(n_of: int, n: int, *, usual: float, weight: int) -> float:
    """Return a share drawn towards what is usual, as if `weight` cases of that had been seen before; to 4 decimals."""
    return round((n_of + usual * weight) / (n + weight), 4)


def _median_of_medians(decisions: tuple[tuple[int, int], ...]) -> int | None:
    """Return the seconds that half of all decisions were made within, by the medians of orders."""
    total = sum(n for _, n in decisions)
    seen = 0
    for seconds, n in sorted(decisions):
        seen += n
        if 2 * seen >= total > 0:
            return seconds
    return None
