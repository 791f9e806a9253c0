"""Images cut into stretches say of every pixel what the image itself says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labeling.core.geometry.masks import Mask
from quality.core.shapes import partitions
from quality.core.shapes.partitions import NOTHING, Overlaps, Partition, cut_together

images = arrays(int, (4, 6), elements=st.integers(-1, 3))


def partition_of(image: np.ndarray) -> Partition:
    return Partition.of([Mask.from_pixels(image == number) for number in range(4)], n_pixels=image.size)


def pixels_of(partition: Partition) -> np.ndarray:
    return partition.at(np.arange(partition.n_pixels))


@settings(max_examples=100, derandomize=True)
@given(image=images)
def test_a_partition_is_the_image(image: np.ndarray) -> None:
    found = partition_of(image)
    assert (pixels_of(found) == image.ravel()).all()
    assert found.areas.tolist() == [(image == number).sum() for number in range(4)]
    masks = found.masks(height=4, width=6)
    assert [mask.to_pixels().tolist() for mask in masks] == [(image == number).tolist() for number in range(4)]
    renumbered = found.renumbered(np.array([1, NOTHING, 0, 1]), n_segments=2)
    assert (renumbered.masks(height=4, width=6)[1].to_pixels() == np.isin(image, [0, 3])).all()


@settings(max_examples=60, derandomize=True)
@given(one=images, other=images, limit=st.sampled_from([0, 1_000]))
def test_overlaps_are_those_of_pixels_however_they_are_counted(one: np.ndarray, other: np.ndarray, limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "MAX_TABLE", limit)
        found = Overlaps.of(partition_of(one), partition_of(other))
    counted = {
        (a, b): int(((one == a) & (other == b)).sum())
        for a in range(4)
        for b in range(4)
        if ((one == a) & (other == b)).any()
    }
    assert (
        dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.shared, strict=True)) == counted
    )


@settings(max_examples=40, derandomize=True)
@given(drawn=st.lists(images, min_size=1, max_size=3), chunk=st.sampled_from([1, 3, 1_000]))
def test_images_are_cut_together_chunk_by_chunk(drawn: list[np.ndarray], chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "CHUNK", chunk)
        pieces = list(cut_together([partition_of(image) for image in drawn]))
    told = np.concatenate([np.repeat(segments, lengths, axis=0) for _, lengths, segments in pieces])
    assert (told == np.stack([image.ravel() for image in drawn], axis=1)).all()
    assert max(len(start) for start, _, _ in pieces) <= chunk
