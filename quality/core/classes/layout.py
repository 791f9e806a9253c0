"""Where the links between tasks and (worker, label) pairs lie in memory, so that sweeps over them hit the caches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from quality.core.labels import FloatArray, IntArray

# A block's posteriors should fit the second cache while they are weighed.
BLOCK_TASKS = 8_192
# Rows asked for in any order are still found in the cache in an array of this size; in one four times as large, each
# takes five times as long.
CACHED_BYTES = 2**22
# Tasks at a time while labels are counted: more would need as long an array of ones, fewer write the table more often.
COUNTED_TASKS = 131_072
# Pairs are sorted by so many of their bits, for numbers of 16 bits are sorted in linear time.
SORTED_BITS = 16


@dataclass(frozen=True)
class Block:
    """Hold a rectangle of links.

    Parameters
    ----------
    rows, columns : where it lies; `links` has their sizes.
    links : a number where the worker gave that label to that task.
    """

    rows: slice
    columns: slice
    links: sparse.csr_array | sparse.csc_array | sparse.coo_array


@dataclass(frozen=True)
class Layout:
    """Hold the same links twice.

    Parameters
    ----------
    evidence : tasks by pairs, each label with its weight as a witness; a block has all pairs of its tasks.
    counting : pairs by tasks, each label as 1.
    """

    evidence: tuple[Block, ...]
    counting: tuple[Block, ...]


@dataclass(frozen=True)
class SortedLabels:
    """Hold the labels task by task.

    Parameters
    ----------
    ends : (n_tasks + 1,) where each task's labels end, after a 0.
    pair, weight : (n_labels,) each label's (worker, label) pair, and what it counts; by default 1.
    """

    ends: IntArray
    pair: NDArray[np.int32]
    weight: FloatArray | None
    n_pairs: int

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks, those without labels included."""
        return len(self.ends) - 1

    def of(self, tasks: slice) -> slice:
        """Return where the labels of consecutive tasks are."""
        return slice(int(self.ends[tasks.start]), int(self.ends[tasks.stop]))


def lay_out(labels: SortedLabels, *, n_classes: int) -> Layout:
    """Lay the labels out by the size of the table of pairs, of which each label reads and writes a row."""
    cached_rows = max(CACHED_BYTES // (8 * n_classes), 1)
    if labels.n_pairs <= cached_rows:
        evidence = _by_task(labels, labels.weight, size=BLOCK_TASKS)
        # The transposed view scatters into the table and reads the posteriors once, in order; a transposed copy would
        # gather from the posteriors at random and be three times slower.
        counting = (
            Block(rows=block.columns, columns=block.rows, links=block.links.T)
            for block in _by_task(labels, None, size=COUNTED_TASKS)
        )
        return Layout(evidence=evidence, counting=tuple(counting))
    return Layout(evidence=_by_pair(labels, size=cached_rows), counting=_in_parts(labels, size=cached_rows))


def _by_task(labels: SortedLabels, weight: FloatArray | None, *, size: int) -> tuple[Block, ...]:
    """Lay the labels out task by task: long arrays over the tasks are run through, the table is in the cache."""
    ranges = _ranges(labels.n_tasks, size)
    ones = _ones_for(labels, ranges)
    blocks = []
    for tasks in ranges:
        of_tasks = labels.of(tasks)
        ends = (labels.ends[tasks.start : tasks.stop + 1] - of_tasks.start).astype(np.int32)
        numbers = ones[: ends[-1]] if weight is None else weight[of_tasks]
        links = sparse.csr_array((numbers, labels.pair[of_tasks], ends), shape=(len(ends) - 1, labels.n_pairs))
        blocks.append(Block(rows=tasks, columns=slice(0, labels.n_pairs), links=links))
    return tuple(blocks)


def _by_pair(labels: SortedLabels, *, size: int) -> tuple[Block, ...]:
    """Lay blocks of tasks out pair by pair: the large table is run through, a block's scores are in the cache."""
    shift = max(labels.n_pairs.bit_length() - SORTED_BITS, 0)
    ranges = _ranges(labels.n_tasks, size)
    ones = _ones_for(labels, ranges)
    blocks = []
    for tasks in ranges:
        of_tasks = labels.of(tasks)
        n_tasks = tasks.stop - tasks.start
        task = np.repeat(np.arange(n_tasks, dtype=np.int32), np.diff(labels.ends[tasks.start : tasks.stop + 1]))
        pair = labels.pair[of_tasks]
        order = np.argsort((pair >> shift).astype(np.uint16), kind="stable")
        numbers = ones[: len(order)] if labels.weight is None else labels.weight[of_tasks][order]
        links = sparse.coo_array((numbers, (task[order], pair[order])), shape=(n_tasks, labels.n_pairs))
        blocks.append(Block(rows=tasks, columns=slice(0, labels.n_pairs), links=links))
    return tuple(blocks)


def _in_parts(labels: SortedLabels, *, size: int) -> tuple[Block, ...]:
    """Lay the labels out task by task for one part of the table after the other, small enough for the cache."""
    task = np.repeat(np.arange(labels.n_tasks, dtype=np.int32), np.diff(labels.ends))
    parts = _ranges(labels.n_pairs, size)
    ones = np.ones(max(np.count_nonzero(_within(labels.pair, pairs)) for pairs in parts))
    blocks = []
    for pairs in parts:
        chosen = np.flatnonzero(_within(labels.pair, pairs))
        places = (labels.pair[chosen] - np.int32(pairs.start), task[chosen])
        links = sparse.coo_array((ones[: len(chosen)], places), shape=(pairs.stop - pairs.start, labels.n_tasks))
        blocks.append(Block(rows=pairs, columns=slice(0, labels.n_tasks), links=links))
    return tuple(blocks)


def _within(pair: NDArray[np.int32], pairs: slice) -> NDArray[np.bool_]:
    """Return (n_labels,) whether a label's pair lies in the range."""
    within: NDArray[np.bool_] = (pair >= pairs.start) & (pair < pairs.stop)
    return within


def _ones_for(labels: SortedLabels, ranges: list[slice]) -> FloatArray:
    """Return as many ones as a range has labels at most: all share them, or they would be the largest thing there."""
    sizes = [labels.of(tasks) for tasks in ranges]
    return np.ones(max((each.stop - each.start for each in sizes), default=0))


def _ranges(n: int, size: int) -> list[slice]:
    """Return the ranges of at most that size that 0..n-1 falls into."""
    return [slice(start, stop) for start, stop in pairwise([*range(0, n, size), n])]
