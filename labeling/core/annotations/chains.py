"""Lists of points, read many at a time: an answer may have tens of thousands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.annotations.numbers import LIMIT_PX, N_DECIMALS
from labeling.core.annotations.refusals import Refusal

# Of an answer, all annotations together.
MAX_POINTS = 50_000

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_NUMBERS = {int, float}


@dataclass(frozen=True)
class Chains:
    """Points of several chains, one after the other.

    Attributes
    ----------
    paths : (n_chains,) where each chain stands in the answer.
    points : (n_points, n_columns) rounded.
    starts : (n_chains + 1,) the place of each chain's first point, and the number of points.
    """

    paths: Sequence[str]
    points: FloatArray
    starts: IntArray

    @property
    def lengths(self) -> IntArray:
        """Return (n_chains,) the numbers of points."""
        return np.diff(self.starts)

    @property
    def chain_of(self) -> IntArray:
        """Return (n_points,) the number of each point's chain."""
        return np.repeat(np.arange(len(self.paths)), self.lengths)

    def path_of(self, point: int) -> str:
        """Return where a point stands in the answer."""
        number = int(np.searchsorted(self.starts, point, side="right")) - 1
        return f"{self.paths[number]}[{point - int(self.starts[number])}]"

    def split(self) -> list[list[list[float]]]:
        """Return the chains as lists of lists of numbers."""
        rows: list[list[float]] = self.points.tolist()
        bounds: list[int] = self.starts.tolist()
        return [rows[start:end] for start, end in pairwise(bounds)]

    def without_repeats(self, *, closed: bool) -> Chains:
        """Return the chains with points left out that repeat the one before, or where closed the first at the end."""
        if not len(self.points):
            return self
        before = np.arange(-1, len(self.points) - 1)
        if closed:
            occupied = self.lengths > 0
            before[self.starts[:-1][occupied]] = self.starts[1:][occupied] - 1
        differs = (self.points != self.points[before]).any(axis=1)
        if not closed:
            differs[self.starts[:-1][self.lengths > 0]] = True
        elif not differs.all():
            # A ring of one place only would lose all its points.
            firsts = self.starts[:-1][np.bincount(self.chain_of, differs, len(self.paths)) == 0]
            differs[firsts[firsts < len(differs)]] = True
        kept = np.concatenate([[0], np.cumsum(differs)])
        return Chains(self.paths, self.points[differs], kept[self.starts].astype(np.int64))


def read_chains(given: Sequence[tuple[str, Any]], *, n_columns: int, form: str, least: int = 1) -> Chains:
    """Return the chains of points; `form` tells a person what a point is.

    Raises
    ------
    Refusal
        A chain is no list of at least so many points, or a number is not finite or beyond the limit.
    """
    n_points = 0
    flat: list[Any] = []
    for path, value in given:
        if not isinstance(value, list) or len(value) < least:
            raise Refusal(path, f"This is a list of at least {least} {form}.")
        n_points += len(value)
        if n_points > MAX_POINTS:
            raise Refusal(path, f"An answer has at most {MAX_POINTS} points.")
        if set(map(type, value)) != {list} or set(map(len, value)) != {n_columns}:
            place = next(place for place, each in enumerate(value) if type(each) is not list or len(each) != n_columns)
            raise Refusal(f"{path}[{place}]", f"This is {form}.")
        flat.extend(chain.from_iterable(value))
    paths = [path for path, _ in given]
    starts = np.concatenate([[0], np.cumsum([len(value) for _, value in given], dtype=np.int64)])
    found = Chains(paths, np.zeros((0, n_columns)), starts.astype(np.int64))
    points = _as_numbers(flat, found, n_columns)
    return Chains(paths, np.round(points, N_DECIMALS) + 0.0, found.starts)


def _as_numbers(flat: list[Any], chains: Chains, n_columns: int) -> FloatArray:
    if not set(map(type, flat)) <= _NUMBERS:
        _refuse_number(next(place for place, each in enumerate(flat) if type(each) not in _NUMBERS), chains, n_columns)
    try:
        points = np.fromiter(flat, np.float64, len(flat)).reshape(-1, n_columns)
    except OverflowError:
        points = np.array([each if abs(each) <= LIMIT_PX else np.inf for each in flat]).reshape(-1, n_columns)
    wrong = np.flatnonzero(~(np.abs(points.ravel()) <= LIMIT_PX))
    if len(wrong):
        _refuse_number(int(wrong[0]), chains, n_columns)
    return points


def _refuse_number(place: int, chains: Chains, n_columns: int) -> None:
    path = f"{chains.path_of(place // n_columns)}[{place % n_columns}]"
    raise Refusal(path, f"A finite number is wanted, of {LIMIT_PX:,.0f} at most.")


def require_inside(
    chains: Chains, *, width: int | None, height: int | None, which: NDArray[np.bool_] | None = None
) -> None:
    """Refuse points outside the image; where `which` is given, only of those."""
    limit = [np.inf if width is None else width, np.inf if height is None else height]
    places = chains.points[:, :2]
    beyond = ((places < 0.0) | (places > limit)).any(axis=1)
    if which is not None:
        beyond &= which
    found = np.flatnonzero(beyond)
    if len(found):
        raise Refusal(chains.path_of(int(found[0])), "The point lies outside its image.")
