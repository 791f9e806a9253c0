"""Columns of numbers, as text or packed: what PCD and PLY share."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.core.pointclouds.base import PointCloud, PointCloudFault, kept

MAX_ROWS = 50_000_000
MAX_COLUMNS = 256
_INTENSITY = ("intensity", "i", "reflectance", "scalar_intensity", "reflectivity")


@dataclass(frozen=True)
class Column:
    """One number of each point, or several; `dtype` as numpy writes it."""

    name: str
    dtype: str
    count: int = 1


def read_text(text: bytes, columns: Sequence[Column], *, n_rows: int) -> PointCloud:
    """Return the cloud of rows of numbers in ASCII."""
    places = _places(columns)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an empty text is told by its rows
            rows = np.loadtxt(io.BytesIO(text), usecols=list(places.values()), max_rows=n_rows, ndmin=2, comments=None)
    except (ValueError, IndexError, OverflowError):
        raise PointCloudFault("A row has too few numbers, or something that is none.") from None
    if len(rows) < n_rows:
        raise PointCloudFault(f"The file says {n_rows} points and has {len(rows)}.")
    return _cloud({name: rows[:, place] for place, name in enumerate(places)})


def read_packed(data: bytes, columns: Sequence[Column], *, n_rows: int, offset: int = 0) -> PointCloud:
    """Return the cloud of rows of packed numbers that begin at a place."""
    row = np.dtype([(f"c{i}", column.dtype, (column.count,)) for i, column in enumerate(columns)])
    if offset + n_rows * row.itemsize > len(data):
        raise PointCloudFault(f"The file says {n_rows} points and ends before.")
    table = np.frombuffer(data, dtype=row, count=n_rows, offset=offset)
    return _cloud(
        {column.name: table[f"c{i}"][:, 0] for i, column in enumerate(columns) if column.name in _used(columns)}
    )


def check_rows(n_rows: int, columns: Sequence[Column]) -> None:
    """Refuse what no file within our bounds can hold."""
    if not 0 < n_rows <= MAX_ROWS:
        raise PointCloudFault(f"A cloud has 1 to {MAX_ROWS} points.")
    if sum(column.count for column in columns) > MAX_COLUMNS:
        raise PointCloudFault(f"A point has at most {MAX_COLUMNS} numbers.")
    missing = {"x", "y", "z"} - {column.name for column in columns}
    if missing:
        raise PointCloudFault(f"The points have no {', '.join(sorted(missing))}.")


def _used(columns: Sequence[Column]) -> list[str]:
    """Return the names of the columns that are kept."""
    names = [column.name for column in columns]
    return ["x", "y", "z", *[name for name in _INTENSITY if name in names][:1]]


def _places(columns: Sequence[Column]) -> dict[str, int]:
    """Return where in a row of text each used number stands."""
    starts: dict[str, int] = {}
    at = 0
    for column in columns:
        starts.setdefault(column.name, at)
        at += column.count
    return {name: starts[name] for name in _used(columns)}


def _cloud(numbers: dict[str, NDArray[np.generic]]) -> PointCloud:
    xyz = np.stack([numbers[axis].astype(np.float64) for axis in "xyz"], axis=1)
    intensity = next((values for name, values in numbers.items() if name not in {"x", "y", "z"}), None)
    return kept(xyz, intensity)
