"""A part of a price by assignment: what each pays, and the commission on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pricing.core.cards.components import Job
from pricing.core.cards.lines import PricedLine, shown, shown_money
from pricing.core.cards.rounding import CENT_RULES
from pricing.core.cards.spec import Spec
from pricing.core.cards.values import (
    choice,
    count,
    flag,
    items,
    join,
    mapping,
    member,
    money,
    number,
    refuse,
    require_known,
)


@dataclass(frozen=True)
class Surcharge:
    """A further share of the commission: from so many replicas on, or for masters."""

    share: Decimal
    from_replicas: int | None = None

    def applies(self, job: Job) -> bool:
        """Return whether a job has to pay it."""
        return job.spec.masters if self.from_replicas is None else job.replicas >= self.from_replicas


@dataclass(frozen=True)
class PerAssignment:
    """What an assignment pays, and the platform's commission on each.

    Attributes
    ----------
    price_field : `reward`, or `suite_price` of assignments that hold several assets.
    least_price : smallest price of an assignment.
    least_commission : of an assignment or a bonus payment.
    rounds : how the commission on one assignment is rounded, if it is.
    premium_from : least price of a premium qualification for an assignment; none where there are none.
    """

    price_field: str
    least_price: Decimal
    commission: Decimal
    surcharges: tuple[Surcharge, ...]
    least_commission: Decimal
    rounds: str | None
    premium_from: Decimal | None

    @property
    def annotation_types(self) -> None:
        """Return none: the type does not matter."""
        return

    @property
    def fields(self) -> frozenset[str]:
        """Return how many assignments there are, and what one pays."""
        found = {"replicas", self.price_field, "n_assets"}
        found |= {"assets_per_suite"} if self.price_field == "suite_price" else {"n_tasks"}
        if any(surcharge.from_replicas is None for surcharge in self.surcharges):
            found.add("masters")
        if self.premium_from is not None:
            found |= {"premium_qualifications", "bonus", "n_bonuses"}
        return frozenset(found)

    def lines(self, job: Job) -> list[PricedLine]:
        """Return what workers get, the commission, and what premium qualifications cost."""
        price = job.spec.require(self.price_field)
        if price < self.least_price or not price:
            least = f"at least {shown_money(self.least_price)}" if self.least_price else "more than nothing"
            raise refuse(self.price_field, f"an assignment pays {least}.")
        n = self._n_tasks(job.spec) * job.replicas
        fee = self._commission_on(price, job)
        counted = {"assignments": shown(n)}
        lines = [
            PricedLine("reward", n * price, counted | {"each": shown_money(price)}),
            PricedLine("fee", n * fee, counted | {"each": shown_money(fee), "share": shown(self._share(job))}),
        ]
        if premiums := self._premiums(job.spec):
            lines.append(PricedLine("premium_qualifications", n * sum(premiums), counted | {"n": len(premiums)}))
        return lines + self._bonus_lines(job)

    def _n_tasks(self, spec: Spec) -> int:
        if self.price_field == "suite_price":
            return -(-int(spec.require("n_assets")) // (spec.assets_per_suite or 1))
        if spec.n_tasks is not None and spec.n_assets is not None:
            raise refuse("n_assets", "state this or n_tasks, not both.")
        return spec.n_assets if spec.n_assets is not None else int(spec.require("n_tasks"))

    def _share(self, job: Job) -> Decimal:
        return self.commission + sum((each.share for each in self.surcharges if each.applies(job)), Decimal(0))

    def _commission_on(self, amount: Decimal, job: Job) -> Decimal:
        due = self._share(job) * amount
        rounded = CENT_RULES[self.rounds](due, job.minor_unit) if self.rounds else due
        return max(self.least_commission, rounded)

    def _premiums(self, spec: Spec) -> list[Decimal]:
        least = self.premium_from or Decimal(0)
        for index, price in enumerate(spec.premium_qualifications):
            if price is not None and price < least:
                raise refuse(f"premium_qualifications[{index}]", f"these start at {shown_money(least)}.")
        return [least if price is None else price for price in spec.premium_qualifications]

    def _bonus_lines(self, job: Job) -> list[PricedLine]:
        spec = job.spec
        if spec.bonus is None or not spec.bonus:
            return []
        n = spec.require("n_bonuses")
        # The surcharges are on rewards.
        due = self.commission * spec.bonus
        fee = max(self.least_commission, CENT_RULES[self.rounds](due, job.minor_unit) if self.rounds else due)
        counted = {"payments": n}
        return [
            PricedLine("bonus", n * spec.bonus, counted | {"each": shown_money(spec.bonus)}),
            PricedLine("bonus_fee", n * fee, counted | {"each": shown_money(fee)}),
        ]


def read_per_assignment(given: Mapping[str, Any], path: str) -> PerAssignment:
    """Return a part with a price for each assignment and a commission."""
    known = ("kind", "price", "least_price", "commission", "surcharges", "least_commission", "rounds", "premium_from")
    require_known(given, path, known)
    at = join(path, "surcharges")
    surcharges = []
    for index, entry in enumerate(items(given.get("surcharges", []), at, most=10)):
        here = join(at, index)
        stated = mapping(entry, here)
        require_known(stated, here, ("share", "from_replicas", "masters"))
        share = number(member(stated, here, "share"), join(here, "share"), most=10)
        if ("masters" in stated) == ("from_replicas" in stated):
            raise refuse(here, "a surcharge is for masters, or from so many replicas on.")
        if "masters" in stated and not flag(stated["masters"], join(here, "masters")):
            raise refuse(join(here, "masters"), "this is true, or left out.")
        since = count(stated["from_replicas"], join(here, "from_replicas")) if "from_replicas" in stated else None
        surcharges.append(Surcharge(share, since))
    rounds = given.get("rounds")
    premium = given.get("premium_from")
    return PerAssignment(
        price_field=choice(member(given, path, "price"), join(path, "price"), ("reward", "suite_price")),
        least_price=money(given.get("least_price", "0"), join(path, "least_price")),
        commission=number(member(given, path, "commission"), join(path, "commission"), most=10),
        surcharges=tuple(surcharges),
        least_commission=money(given.get("least_commission", "0"), join(path, "least_commission")),
        rounds=None if rounds is None else choice(rounds, join(path, "rounds"), CENT_RULES),
        premium_from=None if premium is None else money(premium, join(path, "premium_from")),
    )
