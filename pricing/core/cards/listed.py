"""A part of a price at what the customer chooses from a list: what the workforce is paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pricing.core.cards.components import Job
from pricing.core.cards.lines import PricedLine, shown, shown_money
from pricing.core.cards.spec import WORKFORCES
from pricing.core.cards.values import (
    items,
    join,
    mapping,
    member,
    money,
    name_of,
    refuse,
    require_known,
)


@dataclass(frozen=True)
class ListedPrice:
    """Every asset and worker at a price from the type's list; own staff is free, a vendor names a price."""

    name: str
    prices: Mapping[str, tuple[Decimal, ...]]

    @property
    def fields(self) -> frozenset[str]:
        """Return who works, and at which price."""
        return frozenset({"annotation_type", "n_assets", "replicas", "workforce", "task_price"})

    @property
    def annotation_types(self) -> frozenset[str]:
        """Return the types that have a list."""
        return frozenset(self.prices)

    def lines(self, job: Job) -> list[PricedLine]:
        """Return one line, of nothing for own staff."""
        spec = job.spec
        workforce = spec.workforce or ("public" if spec.task_price is not None else None)
        if workforce is None:
            raise refuse("workforce", f"say who works: {', '.join(sorted(WORKFORCES))}.")
        labels = spec.require("n_assets") * job.replicas
        price = Decimal(0) if workforce == "private" else spec.require("task_price")
        listed = self.prices[str(job.annotation_type)]
        if workforce == "public" and price not in listed:
            raise refuse("task_price", f"the card allows {', '.join(map(shown_money, listed))}.")
        detail = {"workforce": workforce, "labels": shown(labels), "price": shown_money(price)}
        return [PricedLine(self.name, labels * price, detail)]


def read_listed(given: Mapping[str, Any], path: str) -> ListedPrice:
    """Return a part at listed prices: `prices` for each type."""
    require_known(given, path, ("kind", "name", "prices"))
    at = join(path, "prices")
    prices = {}
    for name, entry in mapping(member(given, path, "prices"), at).items():
        here = join(at, name)
        listed = items(entry, here, most=100, least=1)
        prices[name_of(name, here)] = tuple(money(price, join(here, n)) for n, price in enumerate(listed))
    return ListedPrice(name_of(member(given, path, "name"), join(path, "name")), prices)
