"""Run lengths of masks, beside the library that defines them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco

from labeling.core.formats.masks import (
    as_text,
    mask_area,
    mask_bounds,
    mask_of,
    mask_outlines,
    pixels_of,
    runs_of,
    text_of,
)
from labeling.core.formats.shapes import area

MASKS = hnp.arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40)))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
@given(MASKS)
def test_text_is_that_of_pycocotools(pixels: np.ndarray) -> None:
    ours, theirs = mask_of(pixels), coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
    assert ours == {"size": list(theirs["size"]), "counts": theirs["counts"].decode()}
    assert (pixels_of(ours) == pixels).all()
    assert (coco.decode(ours) == pixels).all()


@given(MASKS)
def test_area_bounds_and_outlines_are_those_of_the_pixels(pixels: np.ndarray) -> None:
    mask = mask_of(pixels)
    rows, columns = np.nonzero(pixels)
    around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if len(rows) else [0, 0, 0, 0]
    assert mask_area(mask) == pixels.sum()
    assert mask_bounds(mask) == around
    assert area(mask_outlines(mask)) == pytest.approx(pixels.sum())


def test_long_runs_keep_their_length() -> None:
    runs = [0, 5, 4_000_000, 1, 2**33, 7, 1, 2**33]
    assert runs_of({"size": [1, sum(runs)], "counts": text_of(runs)}).tolist() == runs


def test_lists_of_whole_numbers_are_taken_too() -> None:
    mask = {"size": [2, 3], "counts": [1, 2, 3]}
    assert pixels_of(mask).tolist() == [[False, True, False], [True, False, False]]
    assert as_text(mask) == mask_of(pixels_of(mask))


@pytest.mark.parametrize("counts", ["", "1", "\x00", "ooooooooooooooooooo", "P", [1, 2], [7, -1], "\u732b"])
def test_runs_that_do_not_fill_the_image_are_refused(counts: object) -> None:
    with pytest.raises(ValueError):
        runs_of({"size": [2, 3], "counts": counts})
