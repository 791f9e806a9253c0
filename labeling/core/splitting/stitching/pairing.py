"""Partners one to one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from labeling.core.geometry.base import FloatArray

# Of what hangs together, sides of a table of all pairs at most; more is paired best first.
MAX_SIDE = 400


def best_pairs(
    rows: Sequence[int], columns: Sequence[int], shares: Sequence[float], *, shape: tuple[int, int]
) -> Iterator[tuple[int, int]]:
    """Yield pairs in which nobody is twice, so that their shares come to most together.

    Parameters
    ----------
    rows, columns, shares : the pairs that may be, each once, with how well they go together, above 0.
    shape : how many there are on either side.
    """
    if not rows:
        return
    # Heavy, and wanted where parts are merged only.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    row, column, share = np.asarray(rows), np.asarray(columns), np.asarray(shares)
    n_nodes = sum(shape)
    graph = coo_array((share, (row, column + shape[0])), shape=(n_nodes, n_nodes))
    _, group = connected_components(graph, directed=False)
    of_group: defaultdict[int, list[int]] = defaultdict(list)
    for number, name in enumerate(group[row].tolist()):
        of_group[name].append(number)
    for numbers in of_group.values():
        if len(numbers) == 1:
            yield rows[numbers[0]], columns[numbers[0]]
            continue
        mine, at_row = np.unique(row[numbers], return_inverse=True)
        theirs, at_column = np.unique(column[numbers], return_inverse=True)
        if max(len(mine), len(theirs)) > MAX_SIDE:
            yield from _best_first(row[numbers].tolist(), column[numbers].tolist(), share[numbers])
            continue
        table = np.zeros((len(mine), len(theirs)))
        table[at_row, at_column] = share[numbers]
        for one, other in zip(*linear_sum_assignment(table, maximize=True), strict=True):
            if table[one, other]:
                yield int(mine[one]), int(theirs[other])


def _best_first(rows: list[int], columns: list[int], shares: FloatArray) -> Iterator[tuple[int, int]]:
    taken: tuple[set[int], set[int]] = set(), set()
    for number in np.argsort(-shares, kind="stable").tolist():
        row, column = rows[number], columns[number]
        if row not in taken[0] and column not in taken[1]:
            taken[0].add(row)
            taken[1].add(column)
            yield row, column
