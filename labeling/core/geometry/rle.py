"""COCO's compressed run lengths: text for the lengths of runs, column by column, background first; many at a time.

From the fourth on a length is written as its difference from the last but one; a number goes in groups of five bits,
lowest first, the sixth bit saying that another follows, each group a character from `0` on; the top bit of the last
group is the sign.

Source: the mask format of the COCO API, https://github.com/cocodataset/cocoapi.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from labeling.core.geometry.base import BadShape
from labeling.core.geometry.faults import ShapeFault

IntArray = NDArray[np.int64]
# More than any image has pixels, and sums of as many as fit into memory do not overflow.
MAX_LENGTH = 2**40

_ZERO = ord("0")
_BITS = 5
_MAX_GROUPS = 8  # of one number: 40 bits
_SIGN, _MORE, _VALUE = 0x10, 0x20, 0x1F
# The first number that needs another group.
_LIMITS = 2 ** np.arange(_BITS - 1, _BITS * _MAX_GROUPS, _BITS, dtype=np.int64)


class BadRuns(BadShape):
    """Run lengths that are no mask.

    Attributes
    ----------
    number : which of the masks that were read together.
    """

    def __init__(self, number: int, fault: ShapeFault, detail: str) -> None:
        super().__init__(fault, detail)
        self.number = number


@dataclass(frozen=True)
class Ragged:
    """Whole numbers of several masks, one mask after the other.

    Attributes
    ----------
    values : (n,)
    starts : (n_masks + 1,) the place of each mask's first number, and n.
    """

    values: IntArray
    starts: IntArray

    @classmethod
    def of(cls, values: IntArray, counts: IntArray) -> Ragged:
        """Return the numbers of masks that have so many each."""
        return cls(values, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    @property
    def counts(self) -> IntArray:
        """Return (n_masks,) how many numbers each has."""
        return np.diff(self.starts)

    @property
    def owner(self) -> IntArray:
        """Return (n,) the mask of each number."""
        return np.repeat(np.arange(len(self.starts) - 1), self.counts)

    @property
    def place(self) -> IntArray:
        """Return (n,) the place of each number in its mask, from 0."""
        return np.arange(len(self.values)) - np.repeat(self.starts[:-1], self.counts)

    def split(self) -> list[IntArray]:
        """Return the numbers of each mask."""
        bounds = self.starts.tolist()
        return [self.values[start:end] for start, end in pairwise(bounds)]

    def summed(self, values: IntArray) -> IntArray:
        """Return (n,) sums of values up to each place, mask by mask."""
        sums = np.cumsum(values)
        before = np.concatenate([[0], sums])[self.starts[:-1]]
        within: IntArray = sums - np.repeat(before, self.counts)
        return within


def read_lengths(given: Sequence[str | Sequence[int]]) -> Ragged:
    """Return the run lengths of masks that are compressed texts or lists of whole numbers.

    Raises
    ------
    BadRuns
        As of `decode` and `as_lengths`.
    """
    texts = {number: each for number, each in enumerate(given) if isinstance(each, str)}
    lists = {number: each for number, each in enumerate(given) if not isinstance(each, str)}
    found: dict[int, IntArray] = {}
    try:
        numbers = list(texts)
        found.update(zip(numbers, decode(list(texts.values())).split(), strict=True))
        numbers = list(lists)
        found.update(zip(numbers, as_lengths(list(lists.values())).split(), strict=True))
    except BadRuns as wrong:
        raise BadRuns(numbers[wrong.number], wrong.fault, str(wrong)) from wrong
    pieces = [found[number] for number in range(len(given))]
    counts = np.array([len(piece) for piece in pieces], dtype=np.int64)
    return Ragged.of(np.concatenate([np.zeros(0, dtype=np.int64), *pieces]), counts)


def as_lengths(lists: Sequence[Sequence[int]]) -> Ragged:
    """Return the run lengths that lists of whole numbers state.

    Raises
    ------
    BadRuns
        Something else than a whole number stands there, or one that is no length.
    """
    for number, each in enumerate(lists):
        if not set(map(type, each)) <= {int} or (each and not 0 <= min(each) <= max(each) <= MAX_LENGTH):
            raise BadRuns(number, ShapeFault.WRONG_NUMBERS, "a list of whole numbers from 0 expected")
    flat = [length for each in lists for length in each]
    return Ragged.of(np.array(flat, dtype=np.int64), np.array([len(each) for each in lists], dtype=np.int64))


def decode(texts: Sequence[str]) -> Ragged:
    """Return the run lengths that compressed texts state; whether they make a mask is for `edges_at` to see.

    Raises
    ------
    BadRuns
        A text has another character, ends in the middle of a number, or states one beyond 40 bits.
    """
    codes, bounds = _codes(texts)
    more = codes & _MORE != 0
    ends = np.flatnonzero(~more)
    unfinished = [not text or more[end - 1] for text, end in zip(texts, bounds[1:].tolist(), strict=True)]
    if any(unfinished):
        raise BadRuns(unfinished.index(True), ShapeFault.WRONG_NUMBERS, "the text ends in the middle of a number")
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    n_groups = ends - starts + 1
    if (n_groups > _MAX_GROUPS).any():
        number = _owner_of(int(starts[np.argmax(n_groups > _MAX_GROUPS)]), bounds)
        raise BadRuns(number, ShapeFault.WRONG_NUMBERS, "a number is too large")
    values = _numbers(codes, starts, n_groups)
    stated = Ragged(values, np.searchsorted(starts, bounds).astype(np.int64))
    # The first three are lengths; each further one adds to the last but one.
    lengths = values.copy()
    for start, end in pairwise(stated.starts.tolist()):
        np.cumsum(values[start + 1 : end : 2], out=lengths[start + 1 : end : 2])
        np.cumsum(values[start + 2 : end : 2], out=lengths[start + 2 : end : 2])
    return Ragged(lengths, stated.starts)


def _numbers(codes: NDArray[np.uint8], starts: IntArray, n_groups: IntArray) -> IntArray:
    """Return the numbers whose groups of bits begin there; most have one or two groups."""
    values = (codes[starts] & _VALUE).astype(np.int64)
    place = np.arange(len(starts))
    for group in range(1, int(n_groups.max(initial=0))):
        place = place[n_groups[place] > group]
        values[place] |= (codes[starts[place] + group] & _VALUE).astype(np.int64) << (_BITS * group)
    negative = codes[starts + n_groups - 1] & _SIGN != 0
    values[negative] -= np.int64(1) << (_BITS * n_groups[negative])
    return values


def _owner_of(place: int, bounds: IntArray) -> int:
    return int(np.searchsorted(bounds, place, side="right")) - 1


def _codes(texts: Sequence[str]) -> tuple[NDArray[np.uint8], IntArray]:
    """Return the six bits of each character, and (n_texts + 1,) where each text begins."""
    for number, text in enumerate(texts):
        if not text.isascii():
            raise BadRuns(number, ShapeFault.WRONG_NUMBERS, "a character is none of run lengths")
    # What lies before `0` becomes larger than any six bits.
    codes = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8) - np.uint8(_ZERO)
    bounds = np.concatenate([[0], np.cumsum([len(text) for text in texts], dtype=np.int64)])
    wrong = codes > (_MORE | _VALUE)
    if wrong.any():
        number = _owner_of(int(np.argmax(wrong)), bounds)
        raise BadRuns(number, ShapeFault.WRONG_NUMBERS, "a character is none of run lengths")
    return codes, bounds.astype(np.int64)


def edges_at(lengths: Ragged, n_pixels: IntArray) -> Ragged:
    """Return where masks begin, end, begin, ...: ascending pixel numbers; runs of no length join their neighbours.

    Raises
    ------
    BadRuns
        A length is negative, or the lengths do not add up to the image's pixels.
    """
    short = (lengths.values < 0) | (lengths.values > MAX_LENGTH)
    if short.any():
        raise BadRuns(int(lengths.owner[np.argmax(short)]), ShapeFault.WRONG_NUMBERS, "a run has no such length")
    ends = lengths.summed(lengths.values)
    total = np.zeros(len(n_pixels), dtype=np.int64)
    filled = lengths.counts > 0
    total[filled] = ends[lengths.starts[1:][filled] - 1]
    if (total != n_pixels).any():
        number = int(np.argmax(total != n_pixels))
        detail = f"the runs make {total[number]} pixels of the image's {n_pixels[number]}"
        raise BadRuns(number, ShapeFault.RUNS_DO_NOT_FILL, detail)
    # The end of a last run of background is no edge.
    inner = np.ones(len(ends), dtype=bool)
    inner[lengths.starts[1:][lengths.counts % 2 == 1] - 1] = False
    return _odd_ones(ends[inner], lengths.owner[inner], n_masks=len(n_pixels))


def _odd_ones(places: IntArray, owner: IntArray, *, n_masks: int) -> Ragged:
    """Return the places that occur an odd number of times: where a run has no length, the edges there cancel."""
    fresh = np.ones(len(places), dtype=bool)
    fresh[1:] = (places[1:] != places[:-1]) | (owner[1:] != owner[:-1])
    firsts = np.flatnonzero(fresh)
    odd = firsts[np.diff(np.concatenate([firsts, [len(places)]])) % 2 == 1]
    return Ragged.of(places[odd], np.bincount(owner[odd], minlength=n_masks))


def lengths_between(places: Ragged, n_pixels: IntArray) -> Ragged:
    """Return the run lengths of masks, background first; none of no length but the first."""
    last = np.zeros(len(n_pixels), dtype=np.int64)
    drawn = places.counts > 0
    last[drawn] = places.values[places.starts[1:][drawn] - 1]
    open_end = (last < n_pixels).astype(np.int64)
    runs = Ragged.of(np.zeros(len(places.values) + int(open_end.sum()), dtype=np.int64), places.counts + open_end)
    ends = runs.values
    ends[np.arange(len(places.values)) + np.repeat(runs.starts[:-1] - places.starts[:-1], places.counts)] = (
        places.values
    )
    ends[runs.starts[1:][open_end == 1] - 1] = n_pixels[open_end == 1]
    before = np.concatenate([[0], ends[:-1]])[: len(ends)]
    before[runs.starts[:-1]] = 0
    return Ragged(ends - before, runs.starts)


def encode(runs: Ragged) -> list[str]:
    """Return the compressed text of each mask's run lengths."""
    values, place = runs.values, runs.place
    stated = values.copy()
    late = np.flatnonzero(place > 2)
    stated[late] -= values[late - 2]
    magnitude = np.where(stated >= 0, stated, ~stated)
    n_groups = 1 + np.searchsorted(_LIMITS, magnitude, side="right")
    starts = np.cumsum(n_groups) - n_groups
    step = np.arange(int(n_groups.sum())) - np.repeat(starts, n_groups)
    groups = (np.repeat(stated, n_groups) >> (_BITS * step)) & _VALUE
    groups |= np.where(step < np.repeat(n_groups, n_groups) - 1, _MORE, 0)
    text = (groups + _ZERO).astype(np.uint8).tobytes().decode("ascii")
    bounds = np.concatenate([[0], np.cumsum(n_groups)])[runs.starts].tolist()
    return [text[start:end] for start, end in pairwise(bounds)]
