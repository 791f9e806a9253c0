"""A price walk: what each cost driver adds to a total, from the plainest job to the one that was asked for.

The plainest job has the annotation type's seconds at the median complexity, one answer to each asset, no review and no
gold, anybody's work, no rush, nothing set up, and the fee of the first tier. One driver after the other is applied to
it and priced by the same code as any job. So the amounts sum to the total exactly, and as no price falls when a driver
rises (ADR 0020), no driver's own amount does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from pricing.core.cards.effort import EffortRates
from pricing.core.cards.lines import shown, shown_money
from pricing.core.cards.rounding import half_up

# As they are listed. They are applied in another order, volume last: its tiers cut the fee on all else.
VOLUME = "volume"
DRIVERS = (VOLUME, "annotation_type", "complexity", "quality", "turnaround", "integration", "expertise")
# A dataclass.
Asked = TypeVar("Asked", bound=Any)
_FOURTH = Decimal("0.0001")
_WHO = {"peer": "peers", "senior": "senior reviewers", "requester": "the requester"}


@dataclass(frozen=True)
class Driver:
    """What one driver adds to the total, or takes from it where the amount is negative, and what was chosen of it."""

    name: str
    amount: Decimal
    detail: str

    def as_document(self) -> dict[str, str]:
        """Return the driver as JSON has it."""
        return {"name": self.name, "amount": shown_money(self.amount), "detail": self.detail}


def walk(
    applied: Mapping[str, Sequence[str]],
    *,
    plainest: Asked,
    asked: Asked,
    rates: EffortRates,
    price: Callable[[Asked, EffortRates], Decimal],
    details: Mapping[str, str],
) -> tuple[Driver, ...]:
    """Return the drivers as they are listed.

    Parameters
    ----------
    applied : every driver in the order of the walk, volume last, with the members of `asked` that state it.
    price : the total of what is asked for, by rates.
    """
    amounts: dict[str, Decimal] = {}
    so_far, reached, first_tier = Decimal(0), None, rates.at_first_tier
    for name, members in applied.items():
        before, plainest = reached, replace(plainest, **{member: getattr(asked, member) for member in members})
        reached = (plainest, rates if name == VOLUME else first_tier)
        # What is left as it was costs nothing, and need not be priced again.
        total = so_far if reached == before else price(*reached)
        amounts[name], so_far = total - so_far, total
    return tuple(Driver(name, amounts[name], details[name]) for name in DRIVERS)


# --- what was chosen, in words --------------------------------------------------------------------------------------
def percent(share: Decimal) -> str:
    """Return a share of one in per cent.

    >>> percent(Decimal("0.110516"))
    '11.0516 %'
    """
    return f"{shown(half_up(100 * share, _FOURTH))} %"


def complexity_words(times: Decimal) -> str:
    """Return how the images compare with the median one."""
    return "as the median image" if times == 1 else f"{shown(times)} times the seconds of the median image"


def quality_words(answers: Decimal, *, review_share: Decimal, reviewed_by: str, gold_share: Decimal) -> str:
    """Return how often an asset is answered, what is looked at again and by whom, and what is asked of known assets."""
    number = f"{shown(answers)} {'answer' if answers == 1 else 'answers'}"
    said = [number if answers == answers.to_integral_value() else f"{number} on average"]
    who = _WHO.get(reviewed_by, reviewed_by)
    said.append(f"{percent(review_share)} looked at by {who}" if review_share else "no review")
    if gold_share:
        said.append(f"{percent(gold_share)} more answers to assets of known label")
    return ", ".join(said)


def expertise_words(field: str | None, times: Decimal) -> str:
    """Return whose work it is, and how many times the wage they earn."""
    if field is None or times == 1:
        return "anybody" if field is None else f"{field}, at the usual wage"
    return f"{field}: {shown(half_up(times, _FOURTH))} times the wage"


def rush_words(rush: Decimal, *, named: str | None = None) -> str:
    """Return what is paid on top for speed."""
    speed = f"{named}: " if named else ""
    return f"{speed}{percent(rush)} more pay for everybody, and the fee on it" if rush else f"{speed}no rush"


def integration_words(wanted: Mapping[str, int], rates: EffortRates) -> str:
    """Return what is set up, each at its price."""
    found = [f"{name} {n} x {shown_money(work.price)}" for name, (n, work) in rates.set_up(wanted).items()]
    return ", ".join(found) or "nothing set up"


def reserve_words(rates: EffortRates) -> str:
    """Return what even the plainest job has on top of its labour."""
    reserve, fee = percent(rates.reserve_share), percent(rates.first_share)
    return f"with {reserve} in reserve for late answers and rework, and a fee of {fee}"


def volume_words(share: Decimal, rates: EffortRates, *, units: str, used: int, free: int = 0) -> str:
    """Return the fee that the volume comes to, beside that of the first tier."""
    first = rates.first_share
    said = f"instead of {percent(first)}" if share < first else "as in the first tier"
    before, gratis = f" after {used} used before" if used else "", f", {free} of them free" if free else ""
    return f"fee {percent(share)} {said}, for {units}{before}{gratis}"
