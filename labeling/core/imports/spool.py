"""What belongs to many assets and comes in any order, kept outside memory until all of it is there."""

from array import array
from collections import defaultdict
from collections.abc import Iterator
from typing import IO, Any

import orjson

from labeling.core.imports.base import MAX_SHAPES, MAX_SHAPES_OF_ASSET, ItemRefused, UnreadableFile


class Spool:
    """Documents by the number of their group; in memory is only where each of them lies."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._end = 0
        self._places: defaultdict[int, array[int]] = defaultdict(lambda: array("Q"))
        self._n_kept = 0

    def add(self, group: int, document: Any) -> None:
        """Keep one more document of a group.

        Raises
        ------
        UnreadableFile
            There are too many in all.
        """
        self._n_kept += 1
        if self._n_kept > MAX_SHAPES:
            raise UnreadableFile(f"The file holds more than {MAX_SHAPES} annotations.")
        places = self._places[group]
        if len(places) > 2 * MAX_SHAPES_OF_ASSET:  # refused when it is read: no more of it need be kept
            return
        content = orjson.dumps(document)
        self._file.write(content)
        places.extend((self._end, len(content)))
        self._end += len(content)

    def __len__(self) -> int:
        """Return the number of groups that something was kept of."""
        return len(self._places)

    def groups(self) -> list[int]:
        """Return the groups that something was kept of, in order."""
        return sorted(self._places)

    def read(self, group: int) -> Iterator[Any]:
        """Yield the documents of a group in the order in which they came.

        Raises
        ------
        ItemRefused
            There are too many of them.
        """
        places = self._places.get(group, array("Q"))
        if len(places) > 2 * MAX_SHAPES_OF_ASSET:
            raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
        for start, length in zip(places[::2], places[1::2], strict=True):
            self._file.seek(start)
            yield orjson.loads(self._file.read(length))
