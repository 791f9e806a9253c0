"""A colour for each class: its own where the ontology names one, else one that is unlike those before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from labeling.core.formats.classes import LabelClass

Colour = tuple[int, int, int]


def palette(classes: Sequence[LabelClass]) -> list[Colour]:
    """Return the colours of the numbers from 0, which is nothing, to that of the last class."""
    return [(0, 0, 0), *(_of(label, number) for number, label in enumerate(classes, start=1))]


def distinct(classes: Sequence[LabelClass], *, nothing: Colour) -> list[Colour]:
    """Return a colour for nothing and one for each class, none of them twice: where they are all that tells classes."""
    given = {nothing: None}
    others = (_spread(number) for number in count(len(classes) + 1))
    for number, label in enumerate(classes, start=1):
        colour = _of(label, number)
        while colour in given:
            colour = next(others)
        given[colour] = None
    return list(given)


def _of(label: LabelClass, number: int) -> Colour:
    if len(label.color) == 7 and label.color[0] == "#":
        return (int(label.color[1:3], 16), int(label.color[3:5], 16), int(label.color[5:], 16))
    return _spread(number)


def _spread(number: int) -> Colour:
    """Return the bits of a number dealt out to the three colours, the lowest to the highest places.

    Source: the colour map of the PASCAL VOC development kit.
    """
    parts = [0, 0, 0]
    for place in range(7, -1, -1):
        for channel in range(3):
            parts[channel] |= (number >> channel & 1) << place
        number >>= 3
    return (parts[0], parts[1], parts[2])
