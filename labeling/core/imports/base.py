"""What every import format is given and what it gives back."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MIB = 2**20
MAX_FILE_BYTES = 200 * MIB
# What one asset, or one member of an archive, may bring: it is held in memory while it is read.
MAX_ITEM_BYTES = 8 * MIB
MAX_ASSETS = 500_000
MAX_SHAPES = 5_000_000
MAX_SHAPES_OF_ASSET = 5_000
MAX_CLASSES = 10_000
MAX_NAME_CHARS = 2_000
# A mask is drawn in memory, a byte a pixel.
MAX_MASK_PIXELS = 64_000_000


class UnreadableFile(Exception):
    """The file as a whole cannot be read, or no further; what was read of it before stands.

    Attributes
    ----------
    detail : one sentence for a person.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ItemRefused(Exception):
    """What a file says of one asset cannot be taken.

    Attributes
    ----------
    code : stable machine-readable name.
    detail : one sentence for a person.
    field : the place within the item, where one can be named.
    """

    def __init__(self, code: str, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field


class Size(NamedTuple):
    """Of an image in pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class Source:
    """An uploaded file, and what a reader may use beside it.

    Attributes
    ----------
    file : the bytes, seekable.
    scratch : returns an empty file for what would not fit into memory; whoever made the source closes it.
    decode_png : returns the (height, width, 3) pixels of a PNG; ItemRefused where it is none or too large.
    """

    file: IO[bytes]
    scratch: Callable[[], IO[bytes]]
    decode_png: Callable[[bytes], NDArray[np.uint8]]


@dataclass(frozen=True)
class ImportedShape:
    """One label or shape by the class name of its file; `members` are those of the canonical form.

    Attributes
    ----------
    is_ours : the members stand as we write them, and are not looked at before the rules of their type do.
    """

    class_name: str
    members: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    score: float | None = None
    is_ours: bool = False


# In the place of `keypoints`: pairs of the name and the [x, y, v] of each joint, which the ontology brings into order.
NAMED_JOINTS = "named_joints"
# What a file says beyond the annotation type that was asked for: left out, and counted.
LEFT_OUT = None
Shapes = Iterable[ImportedShape | None]


@dataclass(frozen=True)
class ImportedAsset:
    """What a file says of one asset.

    Attributes
    ----------
    names : what the asset may be called here, the likeliest first.
    size : of the image, where the file tells it.
    shapes : yields them in pixels, given the size of the image where it is known; may raise ItemRefused.
    by_stem : the names are without the suffix of the image file.
    """

    names: tuple[str, ...]
    size: Size | None
    shapes: Callable[[Size | None], Shapes]
    by_stem: bool = False


@dataclass(frozen=True)
class RefusedItem:
    """Something in the file that does not even name an asset that could be looked at."""

    name: str
    refusal: ItemRefused


Item = ImportedAsset | RefusedItem


@dataclass(frozen=True)
class ImportFormat:
    """A way in which annotations were written down.

    Attributes
    ----------
    annotation_types : those that can be read from it.
    read : yields the items of a file for one annotation type, the same in the same order each time it is read; raises
        UnreadableFile where it is none of the format.
    """

    annotation_types: frozenset[str]
    read: Callable[[Source, str], Iterator[Item]]


def number(value: Any, what: str) -> float:
    """Return a finite number or refuse the item."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ItemRefused("not_a_number", f"{what} is a finite number.")
    return float(value)


def numbers(value: Any, what: str, *, length: int | None = None) -> list[float]:
    """Return a list of finite numbers, of that length where one is given, or refuse the item."""
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise ItemRefused("not_numbers", f"{what} is a list of {'' if length is None else f'{length} '}numbers.")
    return [number(each, f"Every entry of {what}") for each in value]


def text_number(text: str | None, what: str) -> float:
    """Return the finite number that a text spells, or refuse the item."""
    try:
        return number(float(text or ""), what)
    except ValueError:
        raise ItemRefused("not_a_number", f"{what} is a finite number.") from None


def points(flat: list[float], what: str) -> list[list[float]]:
    """Return [x, y] pairs of a flat list of coordinates."""
    if len(flat) % 2:
        raise ItemRefused("not_points", f"{what} has as many x as y.")
    return [list(pair) for pair in zip(flat[::2], flat[1::2], strict=True)]


def size_of(width: Any, height: Any) -> Size | None:
    """Return the size that a file tells, or None where it tells none that could be true."""
    usable = all(isinstance(side, int) and not isinstance(side, bool) and 0 < side < 2**31 for side in (width, height))
    return Size(width, height) if usable else None


def known(size: Size | None) -> Size:
    """Return the size or refuse the item: shares of it cannot be turned into pixels, nor masks be drawn."""
    if size is None:
        raise ItemRefused(
            "size_unknown", "The size of the image is needed, and neither the file nor the asset tells it."
        )
    return size


def names_of(reference: str) -> tuple[str, ...]:
    """Return what an asset may be called that a file refers to by a name, a path or an address."""
    path = reference.partition("://")[2].partition("/")[2] or reference
    return tuple(dict.fromkeys(name for name in (reference, path, path.replace("\\", "/").rpartition("/")[2]) if name))


def text_of(value: Any, what: str) -> str:
    """Return a text that can be kept, or refuse the item."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS or not value.isprintable():
        raise ItemRefused("not_a_name", f"{what} is printable text of 1 to {MAX_NAME_CHARS} characters.")
    return value
