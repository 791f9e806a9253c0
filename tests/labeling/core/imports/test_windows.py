"""Pieces of an image as masks: large ones in bounded memory, and too many runs refused before they are written."""

import numpy as np
import pytest

from labeling.core.imports import ItemRefused, Size
from labeling.core.imports.rasters import COLUMNS_AT_ONCE, mask_of_window

SIZE = Size(2 * COLUMNS_AT_ONCE + 5, 7)


def test_a_window_is_the_same_whatever_is_read_of_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).random((SIZE.height, SIZE.width)) < 0.6
    in_parts = mask_of_window(pixels, left=0, top=0, size=SIZE)
    monkeypatch.setattr("labeling.core.imports.rasters.COLUMNS_AT_ONCE", 10_000)
    assert mask_of_window(pixels, left=0, top=0, size=SIZE) == in_parts
    values = np.arange(len(in_parts["counts"])) % 2 == 1
    assert (pixels == np.repeat(values, in_parts["counts"]).reshape(SIZE.width, SIZE.height).T).all()


def test_runs_of_neighbouring_columns_are_one() -> None:
    wide = Size(300_000, 1)
    assert mask_of_window(np.ones((1, 300_000), dtype=bool), left=0, top=0, size=wide)["counts"] == [0, 300_000]


def test_a_window_of_too_many_runs_is_refused() -> None:
    stripes = np.zeros((2_000, 300), dtype=bool)
    stripes[::2] = True
    with pytest.raises(ItemRefused) as refused:
        mask_of_window(stripes, left=0, top=0, size=Size(300, 2_000))
    assert refused.value.code == "too_many"
