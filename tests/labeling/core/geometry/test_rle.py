"""COCO's compressed run lengths, beside the reference implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pycocotools import mask as coco

from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.rle import BadRuns, Ragged, decode, edges_at, encode, lengths_between, read_lengths

Pixels = NDArray[Any]
PIXELS = arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30)), elements=st.integers(0, 1))


def _text(pixels: Pixels) -> str:
    text: str = coco.encode(np.asfortranarray(pixels))["counts"].decode()
    return text


def _read(given: list[Any], n_pixels: list[int]) -> Ragged:
    return edges_at(read_lengths(given), np.array(n_pixels, dtype=np.int64))


def test_runs_worked_by_hand() -> None:
    # 3 and 5 as they are, 100 = 4 + 3 * 32 in two groups, 4 - 5 and 88 - 100 with the sign in the top bit.
    assert decode(["35T3OD"]).values.tolist() == [3, 5, 100, 4, 88]
    assert encode(Ragged.of(np.array([3, 5, 100, 4, 88]), np.array([5]))) == ["35T3OD"]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(drawn=st.lists(PIXELS, max_size=5))
def test_texts_are_those_of_the_reference_and_back(drawn: list[Pixels]) -> None:
    texts, n_pixels = [_text(pixels) for pixels in drawn], [pixels.size for pixels in drawn]
    edges = _read(list(texts), n_pixels)
    for pixels, bounds in zip(drawn, edges.split(), strict=True):
        flat = np.zeros(pixels.size, dtype=np.uint8)
        for start, end in bounds.reshape(-1, 2):
            flat[start:end] = 1
        assert (pixels == flat.reshape(pixels.T.shape).T).all()
    assert encode(lengths_between(edges, np.array(n_pixels, dtype=np.int64))) == texts


@settings(max_examples=100, deadline=None, derandomize=True)
@given(runs=st.lists(st.integers(0, 2**31), min_size=1, max_size=40))
def test_any_lengths_come_back_through_the_text_that_the_reference_writes(runs: list[int]) -> None:
    [text] = encode(Ragged.of(np.array(runs, dtype=np.int64), np.array([len(runs)])))
    assert decode([text]).values.tolist() == runs
    if sum(runs) < 2**31:
        written = coco.frPyObjects({"size": [1, sum(runs)], "counts": runs}, 1, sum(runs))["counts"].decode()
        assert text == written


def test_texts_and_lists_may_be_mixed_and_mean_the_same() -> None:
    text, runs = _text(np.eye(4, dtype=np.uint8)), [0, 1, 4, 1, 4, 1, 4, 1]
    first, second, third = _read([runs, text, runs], [16, 16, 16]).split()
    assert first.tolist() == second.tolist() == third.tolist()


@pytest.mark.parametrize(
    ("runs", "edges"),
    [
        ([16], []),
        ([0, 16], [0, 16]),
        ([0, 16, 0], [0, 16]),
        ([4, 0, 4, 0, 8], []),
        ([4, 2, 0, 2, 8], [4, 8]),
        ([0, 0, 0, 16], [0, 16]),
        ([4, 12], [4, 16]),
    ],
)
def test_runs_of_no_length_join_their_neighbours(runs: list[int], edges: list[int]) -> None:
    assert _read([runs], [16]).values.tolist() == edges


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("\u00e9", ShapeFault.WRONG_NUMBERS),
        ("/", ShapeFault.WRONG_NUMBERS),
        ("p", ShapeFault.WRONG_NUMBERS),
        ("", ShapeFault.WRONG_NUMBERS),
        ("o", ShapeFault.WRONG_NUMBERS),
        ("oooooooo0", ShapeFault.WRONG_NUMBERS),
        ("O", ShapeFault.WRONG_NUMBERS),
        ("5", ShapeFault.RUNS_DO_NOT_FILL),
        ([], ShapeFault.RUNS_DO_NOT_FILL),
        ([17], ShapeFault.RUNS_DO_NOT_FILL),
        ([17, -1], ShapeFault.WRONG_NUMBERS),
        ([16.0], ShapeFault.WRONG_NUMBERS),
        ([True], ShapeFault.WRONG_NUMBERS),
        ([2**70], ShapeFault.WRONG_NUMBERS),
        ([None], ShapeFault.WRONG_NUMBERS),
    ],
)
def test_what_is_no_mask_is_refused_by_its_number(given: Any, fault: ShapeFault) -> None:
    with pytest.raises(BadRuns) as refused:
        _read(["T3", [16], given, "0"], [100, 16, 16, 0])
    assert (refused.value.number, refused.value.fault) == (2, fault)
