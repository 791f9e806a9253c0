"""What belongs to many assets and comes in any order, kept outside memory until all of it is there."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import IO, Any

import orjson

from labeling.core.imports.base import MAX_ASSETS, MAX_SHAPES, MAX_SHAPES_OF_ASSET, ItemRefused, UnreadableFile


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

    def __contains__(self, group: int) -> bool:
        """Return whether something was kept of a group."""
        return group in self._places

    def groups(self) -> list[int]:
        """Return the groups that something was kept of, in order."""
        return sorted(self._places)

    def first(self, group: int) -> Any:
        """Return the first document of a group that something was kept of, however many there are."""
        start, length = self._places[group][:2]
        self._file.seek(start)
        return orjson.loads(self._file.read(length))

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


class NamedSpool:
    """Documents by the name of their asset, which is kept outside memory as well."""

    def __init__(self, file: IO[bytes]) -> None:
        self._spool = Spool(file)
        self._numbers: dict[bytes, int] = {}

    def add(self, name: str, *documents: Any) -> None:
        """Keep documents of an asset, or only that it is there.

        Raises
        ------
        UnreadableFile
            There are too many assets, or too many documents in all.
        """
        number = self._numbers.setdefault(_digest(name), len(self._numbers))
        if number >= MAX_ASSETS:
            raise UnreadableFile(f"The file speaks of more than {MAX_ASSETS} images.")
        if number not in self._spool:
            self._spool.add(number, name)
        for document in documents:
            self._spool.add(number, document)

    def of(self, name: str) -> Iterator[Any]:
        """Yield the documents of an asset, none where it was not spoken of."""
        number = self._numbers.get(_digest(name))
        return iter(()) if number is None else self._read(number)

    def items(self) -> Iterator[tuple[str, Callable[[], Iterator[Any]]]]:
        """Yield each name, in the order in which they came, and what reads its documents."""
        for number in self._spool.groups():
            yield self._spool.first(number), partial(self._read, number)

    def _read(self, number: int) -> Iterator[Any]:
        return islice(self._spool.read(number), 1, None)


def _digest(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
