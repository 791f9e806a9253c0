"""One mask from several: which of the disputed pixels belong to it, by EM over the patterns of votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from labeling.core.geometry.masks import Mask
from quality.core.labels import FloatArray, IntArray

_WORD = 62


@dataclass(frozen=True)
class MaskPriors:
    """Hold what is assumed of outlines, at the pixels that not all agree on.

    Parameters
    ----------
    miss : chance that a worker leaves out a disputed pixel of the object.
    excess : chance that one takes in a disputed pixel of the background. Outlines are drawn around things, across
        notches and gaps, so that it is the larger of the two.
    strength : how many times the disputed area the assumption counts.
    """

    miss: float = 0.15
    excess: float = 0.3
    strength: float = 2.0

    def __post_init__(self) -> None:
        if not (0.0 < self.miss < 1.0 and 0.0 < self.excess < 1.0 and self.strength > 0.0):
            raise ValueError("chances must lie in (0, 1) and the strength must be positive")


DEFAULT_MASK_PRIORS = MaskPriors()


@dataclass(frozen=True)
class FusedMask:
    """State what several masks show together.

    Parameters
    ----------
    confidence : expected intersection over union with the truth, 0..1; 1 for a mask that all leave empty.
    """

    mask: Mask
    confidence: float


@dataclass(frozen=True)
class _Stretches:
    """Cut an image, row by row, at every edge of every mask.

    Parameters
    ----------
    start : (n_stretches,) first pixel of each.
    pattern : (n_stretches,) number of the pattern of workers who cover it.
    covers : (n_patterns, n_masks) 1.0 where the mask covers the pattern's pixels.
    area : (n_patterns,) pixels of each pattern.
    """

    start: IntArray
    pattern: IntArray
    covers: FloatArray
    area: FloatArray


def fuse_masks(
    masks: Sequence[Mask], *, priors: MaskPriors = DEFAULT_MASK_PRIORS, max_iter: int = 20, tol: float = 1e-4
) -> FusedMask:
    """Return the mask that several most likely show.

    Parameters
    ----------
    masks : n >= 1, empty ones included; those of another image size than most are left out.
    max_iter : sweeps at most.
    tol : stop when no chance moves by more.

    Notes
    -----
    What all cover or all leave is settled; each worker's rates are learned from the rest alone, or the vast
    background would make everybody look exact. Work is done on runs and on patterns of votes, never on pixels.

    Source: STAPLE, Warfield, Zou & Wells 2004, doi:10.1109/TMI.2004.828354; here a posteriori, on disputed pixels.

    Raises
    ------
    ValueError
        There is no mask.
    """
    if not len(masks):
        raise ValueError("at least one mask is needed")
    alike = _of_one_size(masks)
    stretches = _cut(alike)
    votes = stretches.covers.sum(axis=1)
    n_masks = len(alike)
    chance = (votes == n_masks).astype(np.float64)
    disputed = (votes > 0) & (votes < n_masks)
    chance[disputed] = _posterior(
        stretches.covers[disputed], stretches.area[disputed], priors=priors, max_iter=max_iter, tol=tol
    )
    taken = chance > 0.5
    shared = float((chance * stretches.area)[taken].sum())
    either = float(stretches.area[taken].sum() + (chance * stretches.area)[~taken].sum())
    return FusedMask(
        mask=_joined(stretches, taken, alike[0]),
        confidence=shared / either if either > 0.0 else float(not disputed.any()),
    )


def _of_one_size(masks: Sequence[Mask]) -> list[Mask]:
    sizes = Counter((mask.height, mask.width) for mask in masks)
    usual = max(sizes, key=lambda size: (sizes[size], size))
    return [mask for mask in masks if (mask.height, mask.width) == usual]


def _cut(masks: Sequence[Mask]) -> _Stretches:
    """Return the stretches of all masks, found from their edges alone."""
    n_words = -(-len(masks) // _WORD)
    places = np.concatenate([np.zeros(1, dtype=np.int64), *(mask.edges for mask in masks)])
    owner = np.repeat(np.arange(-1, len(masks)), [1, *(len(mask.edges) for mask in masks)])
    order = np.argsort(places, kind="stable")
    places, owner = places[order], owner[order]
    last = np.append(places[1:] != places[:-1], True)
    # A worker's bit is flipped at each edge, so that running exclusive-or gives who covers the pixels after it.
    codes = np.empty((int(last.sum()), n_words), dtype=np.int64)
    for word in range(n_words):
        within = (owner >= word * _WORD) & (owner < (word + 1) * _WORD)
        flips = np.where(within, np.int64(1) << np.where(within, owner - word * _WORD, 0), 0)
        codes[:, word] = np.bitwise_xor.accumulate(flips)[last]
    start = places[last]
    if n_words == 1:
        unique, pattern = np.unique(codes[:, 0], return_inverse=True)
        unique = unique[:, None]
    else:
        unique, pattern = np.unique(codes, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    lengths = np.diff(np.append(start, masks[0].n_pixels))
    numbers = np.arange(len(masks))
    covers = (unique[:, numbers // _WORD] >> (numbers % _WORD)) & 1
    area = np.bincount(pattern, weights=lengths, minlength=len(unique)).astype(np.float64)
    return _Stretches(start=start, pattern=pattern, covers=covers.astype(np.float64), area=area)


def _posterior(covers: FloatArray, area: FloatArray, *, priors: MaskPriors, max_iter: int, tol: float) -> FloatArray:
    """Return (n_patterns,) the chance that the disputed pixels of each pattern belong to the object."""
    n_masks = covers.shape[1]
    strength = priors.strength * area.sum()
    miss, excess = np.full(n_masks, priors.miss), np.full(n_masks, priors.excess)
    chance = _weighed(covers, miss, excess)
    if not strength > 0.0:
        return chance
    for _ in range(max_iter):
        inside, outside = chance * area, (1.0 - chance) * area
        miss = (inside @ (1.0 - covers) + strength * priors.miss) / (inside.sum() + strength)
        excess = (outside @ covers + strength * priors.excess) / (outside.sum() + strength)
        previous, chance = chance, _weighed(covers, miss, excess)
        if np.abs(chance - previous).max() <= tol:
            break
    return chance


def _weighed(covers: FloatArray, miss: FloatArray, excess: FloatArray) -> FloatArray:
    """Return (n_patterns,) chances from the workers' rates; beforehand either is as likely."""
    chance: FloatArray = expit(covers @ np.log((1.0 - miss) / excess) + (1.0 - covers) @ np.log(miss / (1.0 - excess)))
    return chance


def _joined(stretches: _Stretches, taken: NDArray[np.bool_], like: Mask) -> Mask:
    """Return the mask of all stretches whose pattern is taken."""
    inside = taken[stretches.pattern]
    changes = np.flatnonzero(np.diff(np.concatenate([[False], inside])))
    edges = stretches.start[changes]
    if len(inside) and inside[-1]:
        edges = np.append(edges, like.n_pixels)
    return Mask(like.height, like.width, edges)
