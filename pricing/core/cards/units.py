"""What a card bills: assets, objects, vertices, classes, or blocks of a length, which round up for each asset."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from pricing.core.cards.spec import Spec
from pricing.core.cards.values import choice, count, join, member, name_of, refuse, require_known

# Which member of the specification measures an asset, and what it is where nothing was stated.
MEASURES = {
    "asset": None,
    "object": "units_per_asset",
    "vertex": "vertices_per_unit",
    "class": "n_classes",
    "second": "seconds_per_asset",
    "word": "words_per_asset",
}
_IN_BLOCKS = frozenset({"second", "word"})


@dataclass(frozen=True)
class Unit:
    """A billed unit.

    Attributes
    ----------
    name : as the card calls it.
    measure : what is counted in an asset.
    block : so much of the measure is a unit; what is begun counts whole, for each asset.
    classes_at_a_time : an asset is shown once more, and billed, for every so many classes; 0: all at a time.
    """

    name: str
    measure: str
    block: int = 1
    classes_at_a_time: int = 0

    @property
    def fields(self) -> frozenset[str]:
        """Return the members of a specification that the number of units rests on."""
        found = {MEASURES[self.measure]} - {None}
        if self.measure in _IN_BLOCKS | {"vertex"}:
            found.add("units_per_asset")
        if self.classes_at_a_time:
            found.add("n_classes")
        return frozenset(name for name in found if name)

    def in_asset(self, spec: Spec) -> Decimal:
        """Return the units of one asset answered once."""
        shown = -(-(spec.n_classes or 1) // self.classes_at_a_time) if self.classes_at_a_time else 1
        return self._measured(spec) * shown

    def _measured(self, spec: Spec) -> Decimal:
        objects = Decimal(1) if spec.units_per_asset is None else spec.units_per_asset
        if self.measure == "asset":
            return Decimal(1)
        if self.measure == "object":
            return objects
        if self.measure == "vertex":
            return objects * Decimal(spec.require("vertices_per_unit"))
        if self.measure == "class":
            return Decimal(spec.require("n_classes"))
        return self._blocks(spec, objects)

    def _blocks(self, spec: Spec, blocks: Decimal) -> Decimal:
        """Return the blocks of a length, or as many as were stated."""
        name = str(MEASURES[self.measure])
        length: Decimal | None = getattr(spec, name)
        if length is None:
            return blocks
        if spec.units_per_asset is not None:
            raise refuse(name, "state this or units_per_asset, not both.")
        return (length / self.block).to_integral_value(rounding=ROUND_CEILING)


def read_unit(value: Mapping[str, Any], path: str) -> Unit:
    """Return the unit that a document describes."""
    require_known(value, path, ("name", "measure", "block", "classes_at_a_time"))
    measure = choice(member(value, path, "measure"), join(path, "measure"), MEASURES)
    block = count(value.get("block", 1), join(path, "block"), most=10**6)
    if block != 1 and measure not in _IN_BLOCKS:
        raise refuse(join(path, "block"), "only lengths are billed in blocks.")
    return Unit(
        name=name_of(member(value, path, "name"), join(path, "name")),
        measure=measure,
        block=block,
        classes_at_a_time=count(value.get("classes_at_a_time", 0), join(path, "classes_at_a_time"), least=0),
    )
