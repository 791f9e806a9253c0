"""Reading requesters' reputations: from records and rejections, for several organizations at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q

from marketplace.orders.core.pace import HourlyPay, hourly_pay
from marketplace.orders.core.reputation import Record, Reputation, reputation_of
from marketplace.orders.models import FINAL, Order, PayRecord, Rejection, RejectionState, WorkerHour

# An organization's latest workers' hours are enough to know what it pays.
MOST_HOURS = 2_000


@dataclass(frozen=True)
class RequesterRecord:
    """What workers are told of an organization; the pay is None where so few worked that it would tell of one."""

    organization_id: UUID
    reputation: Reputation
    hourly: HourlyPay | None
    currency: str | None


def records_of(organization_ids: Sequence[UUID]) -> list[RequesterRecord]:
    """Return the records of organizations, in this order."""
    decisions: defaultdict[UUID, list[tuple[int, int]]] = defaultdict(list)
    n_orders: defaultdict[UUID, int] = defaultdict(int)
    n_short: defaultdict[UUID, int] = defaultdict(int)
    looked_at = PayRecord.objects.filter(order__organization__in=organization_ids)
    for home, seconds, n, owed in looked_at.values_list(
        "order__organization", "decision_s", "n_decided", "owed_micros"
    ):
        decisions[home].append((seconds, n))
        n_orders[home] += 1
        n_short[home] += owed > 0
    rejected = _count_rejections(organization_ids)
    paid = {home: _hourly(home) for home in organization_ids}
    return [
        RequesterRecord(
            organization_id=home,
            reputation=reputation_of(
                Record(
                    # The records may be older than the latest rejections.
                    n_decided=max(sum(n for _, n in decisions[home]), rejected[home]["n_rejected"]),
                    decisions=tuple(decisions[home]),
                    n_orders=n_orders[home],
                    n_short=n_short[home],
                    **rejected[home],
                )
            ),
            hourly=paid[home][1],
            currency=paid[home][0],
        )
        for home in organization_ids
    ]


def _count_rejections(organization_ids: Sequence[UUID]) -> defaultdict[UUID, dict[str, int]]:
    found: defaultdict[UUID, dict[str, int]] = defaultdict(lambda: {"n_rejected": 0, "n_appeals": 0, "n_overturned": 0})
    won_in_part = Q(state=RejectionState.OVERTURNED, assignment__accepted_share__lt=1)
    decided_on = Q(appealed_at__isnull=False, decided_at__isnull=False)
    counted = (
        Rejection.objects.filter(order__organization__in=organization_ids)
        .values(home=F("order__organization"))
        .annotate(
            n_rejected=Count("pk", filter=Q(state__in=FINAL) | won_in_part),
            n_appeals=Count("pk", filter=decided_on),
            n_overturned=Count("pk", filter=decided_on & Q(state=RejectionState.OVERTURNED)),
        )
    )
    for row in counted:
        found[row["home"]] = {name: row[name] for name in ("n_rejected", "n_appeals", "n_overturned")}
    return found


def _hourly(organization_id: UUID) -> tuple[str | None, HourlyPay | None]:
    """Return what an hour pays at an organization: each worker counts once, by the latest order.

    Of several currencies it is the one of the latest order: nothing is exchanged to be compared.
    """
    orders = Order.objects.filter(organization=organization_id)
    latest: dict[UUID, int] = {}
    hours = WorkerHour.objects.filter(order__in=orders).order_by("-pk")[:MOST_HOURS]
    currency: str | None = None
    for worker_id, micros, paid_in in hours.values_list("worker", "hourly_micros", "order__currency"):
        currency = currency or paid_in
        if paid_in == currency:
            latest.setdefault(worker_id, micros)
    return currency, hourly_pay(list(latest.values()))
