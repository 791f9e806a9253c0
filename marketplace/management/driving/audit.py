"""What must hold at the end of a job, checked on nothing but what the API says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from marketplace.management.driving.requester import money

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Violations:
    """How often a promise was broken; the service is right when all are 0.

    Attributes
    ----------
    over_collected : tasks with more counted answers than allowed, or with two of one worker.
    unbalanced_transfers : transfers that do not sum to zero, and 1 more if the order's money does not add up.
    events_lost, events_repeated : events of the job's stream that never came, and that came again.
    """

    over_collected: int
    unbalanced_transfers: int
    events_lost: int
    events_repeated: int

    @property
    def broken(self) -> list[str]:
        """Return the names of the promises that were broken."""
        return [name for name, count in asdict(self).items() if count]


def over_collected(tasks: Iterable[Json], answers: Iterable[Json]) -> int:
    """Count tasks that got more than they may."""
    by_task: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for answer in answers:
        if answer["counted"]:
            by_task[answer["task"]][answer["worker"]] += 1
    return sum(
        max(task["n_counted"], by_task[task["id"]].total()) > task["max_overlap"]
        or any(n > 1 for n in by_task[task["id"]].values())
        for task in tasks
    )


def unbalanced_transfers(order: Json, transfers: Iterable[Json]) -> int:
    """Count transfers that create or destroy money, and the order if it does."""
    n_unbalanced = 0
    paid = Decimal(0)
    for transfer in transfers:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for entry in transfer["entries"]:
            sums[entry["currency"]] += Decimal(entry["amount"])
            if entry["account"] == "worker":
                paid += Decimal(entry["amount"])
        n_unbalanced += any(sums.values())
    accounted = sum(money(order, part) for part in ("paid", "fee", "rounding", "refunded"))
    return n_unbalanced + (money(order, "funded") != accounted or money(order, "paid") != paid)
