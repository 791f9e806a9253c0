"""Masks as annotations hold them: COCO's run lengths, column by column.

They are read as the masks of the image laid on its side, row by row: similarity and votes do not care, and nothing has
to be turned over pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labeling.core.geometry.masks import Mask
from labeling.core.geometry.rle import Ragged, edges_at, encode, lengths_between, read_lengths


def read_masks(values: Sequence[Mapping[str, Any]]) -> list[Mask]:
    """Return the masks, each of its image on its side.

    Raises
    ------
    BadRuns
        One is no mask of the size it states.
    """
    sizes = [value["size"] for value in values]
    n_pixels = np.array([height * width for height, width in sizes], dtype=np.int64)
    edges = edges_at(read_lengths([value["counts"] for value in values]), n_pixels).split()
    return [Mask(width, height, each) for (height, width), each in zip(sizes, edges, strict=True)]


def plain_masks(masks: Sequence[Mask]) -> list[dict[str, Any]]:
    """Return the masks as annotations hold them."""
    edges = np.concatenate([np.zeros(0, dtype=np.int64), *(mask.edges for mask in masks)])
    counts = np.array([len(mask.edges) for mask in masks], dtype=np.int64)
    n_pixels = np.array([mask.n_pixels for mask in masks], dtype=np.int64)
    texts = encode(lengths_between(Ragged.of(edges, counts), n_pixels))
    return [{"size": [mask.width, mask.height], "counts": text} for mask, text in zip(masks, texts, strict=True)]
