"""Measures and hashes of pictures, worked by hand and by what may not change them."""

import numpy as np
import pytest

from labeling.core.imaging.hashes import dhash, nearest_before, phash
from labeling.core.imaging.measures import count_regions, measure, rms_error


def _grey(value: int, shape: tuple[int, int] = (40, 60)) -> np.ndarray:
    return np.full(shape, value, dtype=np.uint8)


def _rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)


def test_a_flat_picture_has_neither_edges_nor_entropy() -> None:
    found = measure(_rgb(_grey(102)), _grey(102))
    assert found["mean_luma"] == pytest.approx(0.4)
    for name in ("edge_density", "entropy", "laplacian_variance", "contrast", "colourfulness", "dark_share"):
        assert found[name] == 0


def test_dark_and_bright_are_shares_of_the_picture() -> None:
    grey = np.hstack([_grey(0), _grey(255, (40, 20))])
    found = measure(_rgb(grey), grey)
    assert (found["dark_share"], found["bright_share"]) == pytest.approx((0.75, 0.25))
    # Two values, three times and once: -(3/4 log 3/4 + 1/4 log 1/4) / 8 bits.
    assert found["entropy"] == pytest.approx(0.8112781 / 8)


def test_one_edge_is_two_columns_of_pixels() -> None:
    grey = np.hstack([_grey(0, (12, 10)), _grey(200, (12, 10))])
    assert measure(_rgb(grey), grey)["edge_density"] == pytest.approx(2 / 18)


def test_a_picture_of_a_pixel_is_measured() -> None:
    assert measure(_rgb(_grey(9, (1, 1))), _grey(9, (1, 1)))["edge_density"] == 0


def test_regions_are_joined_at_sides_and_have_eight_pixels() -> None:
    colours = np.zeros((8, 8), dtype=np.uint8)
    colours[:4, :4] = 1
    colours[4:, 4:] = 1  # touches the other only at a corner
    assert count_regions(colours) == 4
    assert count_regions(np.arange(64, dtype=np.uint8).reshape(8, 8)) == 0


def test_rms_error_is_in_grey_values() -> None:
    assert rms_error(_rgb(_grey(10)), _rgb(_grey(13))) == pytest.approx(3)


def test_dhash_reads_each_row_from_its_left() -> None:
    rising = np.tile(np.arange(9, dtype=np.uint8), (8, 1))
    assert dhash(rising) == -1  # all 64 bits
    assert dhash(rising[:, ::-1]) == 0


def test_phash_stays_when_all_grows_brighter() -> None:
    rng = np.random.default_rng(1)
    grey = rng.integers(0, 200, (32, 32), dtype=np.uint8)
    assert phash(grey) == phash(grey + 20)
    assert phash(grey) != phash(grey[:, ::-1])


def test_the_nearest_before_is_found_by_the_bits_that_differ() -> None:
    known = np.array([0, 0b111, -1, 2**62, 0b111], dtype=np.int64)
    hashes = np.array([0b1, -1, 0b111, 5], dtype=np.int64)
    nearest, which = nearest_before(hashes, known, np.array([5, 2, 5, 0]))
    assert nearest.tolist() == [1, 61, 0, 255]
    assert which[:3].tolist() == [0, 1, 1]
    assert nearest_before(hashes, known[:0], np.zeros(4, dtype=np.intp))[0].tolist() == [255] * 4


def test_the_nearest_is_the_same_whatever_the_block() -> None:
    rng = np.random.default_rng(2)
    hashes = rng.integers(-(2**63), 2**63, 3_000)
    copies = hashes ^ (1 << rng.integers(0, 63, 3_000))
    nearest, which = nearest_before(copies, hashes, np.full(3_000, 3_000))
    assert nearest.tolist() == [1] * 3_000
    assert which.tolist() == list(range(3_000))
