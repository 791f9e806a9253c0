"""Segmentation: `{"class": "cat", "mask": {"size": [height, width], "counts": "..."}}`, COCO's run lengths.

All is checked on run lengths, never on pixels, so that an image's size costs nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labeling.core.annotations.annotated import Entry
from labeling.core.annotations.base import AnnotationType, Subject, require_each_class_once
from labeling.core.annotations.ontology import ClassKind
from labeling.core.annotations.refusals import Refusal, read_object
from labeling.core.geometry.rle import BadRuns, Ragged, edges_at, encode, lengths_between, read_lengths

# An image of 32,768 x 32,768.
MAX_PIXELS = 2**30
# Of an answer, all masks together: characters of compressed text, or numbers in lists.
MAX_TEXT = 1_000_000
MAX_RUNS = 250_000

_MASK = frozenset({"size", "counts"})


class MaskType(AnnotationType):
    """Sets of pixels of an image of known size."""

    member = "mask"
    needs_size = True

    def read_shapes(self, entries: Sequence[Entry], subject: Subject) -> Sequence[Any]:
        """Return the masks with their run lengths as the shortest compressed text."""
        size = _size_of(subject)
        paths = [f"{entry.path}.mask" for entry in entries]
        given = [_read_counts(entry.given["mask"], path, size) for entry, path in zip(entries, paths, strict=True)]
        _check_total(given, paths)
        n_pixels = np.full(len(given), size[0] * size[1], dtype=np.int64)
        try:
            edges = edges_at(read_lengths(given), n_pixels)
        except BadRuns as wrong:
            raise Refusal(f"{paths[wrong.number]}.counts", f"These are no run lengths: {wrong}.") from wrong
        empty = np.flatnonzero(edges.counts == 0)
        if len(empty):
            raise Refusal(paths[int(empty[0])], "A mask has a pixel at least.")
        self.check_masks(edges, paths, n_pixels=size[0] * size[1])
        texts = encode(lengths_between(edges, n_pixels))
        return [{"size": list(size), "counts": text} for text in texts]

    def check_masks(self, edges: Ragged, paths: Sequence[str], *, n_pixels: int) -> None:
        """Refuse masks that do not go together."""


class InstanceSegmentation(MaskType):
    """A mask for each thing; masks may overlap."""

    def check_set(self, entries: Sequence[Entry], subject: Subject) -> None:
        """Refuse classes of which there are no instances."""
        for entry in entries:
            if entry.rules.kind is not ClassKind.THING:
                raise Refusal(f"{entry.path}.class", f"The class is {entry.rules.kind}: it has no instances.")


class SemanticSegmentation(MaskType):
    """A mask for each class that is there; together they are every pixel once."""

    def check_set(self, entries: Sequence[Entry], subject: Subject) -> None:
        """Refuse a class that is named twice."""
        require_each_class_once(entries)

    def check_masks(self, edges: Ragged, paths: Sequence[str], *, n_pixels: int) -> None:
        """Refuse masks that overlap or leave a pixel out."""
        require_every_pixel_once(edges, paths, n_pixels=n_pixels)


class PanopticSegmentation(MaskType):
    """A mask for each thing and for each class of stuff that is there; together they are every pixel once."""

    def check_set(self, entries: Sequence[Entry], subject: Subject) -> None:
        """Refuse a class of stuff, or void, that is named twice."""
        require_each_class_once([entry for entry in entries if entry.rules.kind is not ClassKind.THING])

    def check_masks(self, edges: Ragged, paths: Sequence[str], *, n_pixels: int) -> None:
        """Refuse masks that overlap or leave a pixel out."""
        require_every_pixel_once(edges, paths, n_pixels=n_pixels)


def require_every_pixel_once(edges: Ragged, paths: Sequence[str], *, n_pixels: int) -> None:
    """Refuse masks that overlap or leave a pixel out."""
    begins, ends = edges.values[::2], edges.values[1::2]
    order = np.argsort(begins, kind="stable")
    begins, ends, owner = begins[order], ends[order], edges.owner[::2][order]
    overlapping = np.flatnonzero(begins[1:] < ends[:-1])
    if len(overlapping):
        first = int(overlapping[0])
        later = max(int(owner[first]), int(owner[first + 1]))
        raise Refusal(paths[later], "The mask shares pixels with another one.")
    n_covered = int((ends - begins).sum())
    if n_covered != n_pixels:
        detail = f"{n_pixels - n_covered} pixels belong to no mask; give what is none of the classes to a void class."
        raise Refusal("annotations", detail)


def _size_of(subject: Subject) -> tuple[int, int]:
    if subject.height is None or subject.width is None:
        raise Refusal("annotations", "Masks need an asset whose size is known.")
    if subject.height * subject.width > MAX_PIXELS:
        raise Refusal("annotations", f"Masks are taken of images of at most {MAX_PIXELS} pixels.")
    return subject.height, subject.width


def _read_counts(value: Any, path: str, size: tuple[int, int]) -> str | list[int]:
    mask: Mapping[str, Any] = read_object(value, path, required=_MASK)
    stated, counts = mask["size"], mask["counts"]
    if not isinstance(stated, list) or [type(each) for each in stated[:3]] != [int, int] or tuple(stated) != size:
        raise Refusal(f"{path}.size", f"The size is that of the image: [{size[0]}, {size[1]}].")
    if not isinstance(counts, str | list):
        raise Refusal(f"{path}.counts", "Run lengths are a compressed text or a list of whole numbers.")
    return counts


def _check_total(given: Sequence[str | list[int]], paths: Sequence[str]) -> None:
    n_characters = n_numbers = 0
    for counts, path in zip(given, paths, strict=True):
        if isinstance(counts, str):
            n_characters += len(counts)
        else:
            n_numbers += len(counts)
        if n_characters > MAX_TEXT or n_numbers > MAX_RUNS:
            detail = (
                f"The masks of an answer have at most {MAX_TEXT} characters, or {MAX_RUNS} numbers, of run lengths."
            )
            raise Refusal(f"{path}.counts", detail)
