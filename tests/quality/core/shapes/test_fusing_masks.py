from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labeling.core.geometry.masks import Mask
from quality.core.shapes.fusion.masks import DEFAULT_MASK_PRIORS, MaskPriors, fuse_masks


def fused(*drawn: np.ndarray, priors: MaskPriors = DEFAULT_MASK_PRIORS) -> np.ndarray:
    found: np.ndarray = fuse_masks([Mask.from_pixels(each) for each in drawn], priors=priors).mask.to_pixels()
    return found


def disc(radius: float, *, size: int = 60) -> np.ndarray:
    rows, columns = np.mgrid[:size, :size]
    inside: np.ndarray = np.hypot(rows - 30, columns - 30) < radius
    return inside


def test_what_all_cover_is_taken_and_what_nobody_covers_is_not() -> None:
    result = fused(disc(10), disc(14), disc(12))
    assert result[disc(10)].all()
    assert not result[~disc(14)].any()


def test_pixel_that_two_of_three_cover_is_taken_and_one_of_three_not() -> None:
    assert (fused(disc(10), disc(14), disc(12)) == disc(12)).all()


def test_outlines_are_drawn_around_things_so_that_half_of_the_workers_are_too_few() -> None:
    masks = [disc(10)] * 2 + [disc(14)] * 2
    assert (fused(*masks) == disc(10)).all()
    assert (fused(*masks, priors=MaskPriors(miss=0.3, excess=0.15)) == disc(14)).all()


def test_worker_who_draws_something_else_is_weighed_down(rng: np.random.Generator) -> None:
    truth = disc(15)
    noisy = [np.where(rng.random(truth.shape) < 0.05, ~truth, truth) for _ in range(4)]
    strays = np.roll(truth, 20, axis=1)
    assert (fused(*noisy, strays) != truth).mean() < (np.mean(noisy, axis=0).round() != truth).mean() + 0.005


def test_simulated_workers_are_beaten_together(rng: np.random.Generator) -> None:
    truth = disc(15)
    masks = [np.where(rng.random(truth.shape) < share, ~truth, truth) for share in (0.05, 0.1, 0.1, 0.2, 0.3)]
    assert (fused(*masks) != truth).mean() < 0.02


@settings(max_examples=60, deadline=None, derandomize=True)
@given(stack=arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 5))))
def test_any_masks_become_one_between_what_all_and_what_any_cover(stack: np.ndarray) -> None:
    masks = [Mask.from_pixels(each) for each in stack]
    result = fuse_masks(masks)
    pixels = result.mask.to_pixels()
    assert (pixels >= stack.all(axis=0)).all()
    assert (pixels <= stack.any(axis=0)).all()
    assert 0.0 <= result.confidence <= 1.0
    assert (fuse_masks(masks[::-1]).mask.to_pixels() == pixels).all()


def test_more_workers_than_bits_in_a_word_are_taken(rng: np.random.Generator) -> None:
    truth = disc(15)
    masks = [np.where(rng.random(truth.shape) < 0.1, ~truth, truth) for _ in range(130)]
    assert (fused(*masks) == truth).all()


def test_mask_of_another_image_size_is_left_out() -> None:
    odd = Mask.from_pixels(np.ones((3, 3), dtype=bool))
    result = fuse_masks([odd, Mask.from_pixels(disc(9)), Mask.from_pixels(disc(9))])
    assert (result.mask.to_pixels() == disc(9)).all()


def test_confidence_falls_with_disagreement() -> None:
    close = fuse_masks([Mask.from_pixels(disc(radius)) for radius in (14, 15, 16)]).confidence
    wide = fuse_masks([Mask.from_pixels(disc(radius)) for radius in (8, 15, 25)]).confidence
    assert close > wide


def test_empty_masks_agree_that_nothing_is_there() -> None:
    result = fuse_masks([Mask.from_pixels(np.zeros((4, 4), dtype=bool))] * 2)
    assert (result.mask.area, result.confidence) == (0, 1.0)


def test_no_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        fuse_masks([])


@pytest.mark.parametrize("wrong", [{"miss": 0.0}, {"excess": 1.0}, {"strength": 0.0}])
def test_improper_prior_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        MaskPriors(**wrong)
