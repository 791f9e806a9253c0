"""How a picture looks, in numbers: what cleaning compares with thresholds and pricing with other pictures.

All are of a version of at most 512 pixels a side, so that they mean the same for small and large originals.

Source: Machado et al. 2015, doi:10.1016/j.actpsy.2015.06.005 (edges, compression); Hasler & Suesstrunk 2003,
doi:10.1117/12.477378 (colourfulness).
"""

import numpy as np
from numpy.typing import NDArray

SIDE = 512
_EDGE = 20.0
_DARK, _BRIGHT = 25, 250
_REGION_PIXELS = 8


def measure(rgb: NDArray[np.uint8], grey: NDArray[np.uint8]) -> dict[str, float]:
    """Measure a picture.

    Parameters
    ----------
    rgb : (height, width, 3).
    grey : the same, (height, width).

    Returns
    -------
    dict
        edge_density: share of pixels whose gradient is above 20 of 255. entropy: of the grey values, 0 (one value) to 1
        (all alike). laplacian_variance: low where a picture is blurred; grey values squared. contrast: standard
        deviation of the grey values, 0 to 0.5. mean_luma, and the shares of pixels below 25 (dark_share) and above 250
        (bright_share) of 255: 0 to 1. colourfulness: 0 for grey, above 80 for vivid.
    """
    luma = grey.astype(np.float32)
    counts = np.bincount(grey.ravel(), minlength=256)
    shares = counts[counts > 0] / grey.size
    return {
        "edge_density": _edge_density(luma),
        "entropy": float(max(0.0, -(shares * np.log2(shares)).sum() / 8)),
        "laplacian_variance": _laplacian_variance(luma),
        "contrast": float(luma.std() / 255),
        "mean_luma": float(luma.mean() / 255),
        "dark_share": float(counts[:_DARK].sum() / grey.size),
        "bright_share": float(counts[_BRIGHT + 1 :].sum() / grey.size),
        "colourfulness": _colourfulness(rgb),
    }


def _edge_density(luma: NDArray[np.float32]) -> float:
    if min(luma.shape) < 3:
        return 0.0
    across = (luma[1:-1, 2:] - luma[1:-1, :-2]) / 2
    down = (luma[2:, 1:-1] - luma[:-2, 1:-1]) / 2
    return float((across**2 + down**2 > _EDGE**2).mean())


def _laplacian_variance(luma: NDArray[np.float32]) -> float:
    if min(luma.shape) < 3:
        return 0.0
    around = luma[1:-1, 2:] + luma[1:-1, :-2] + luma[2:, 1:-1] + luma[:-2, 1:-1]
    return float((around - 4 * luma[1:-1, 1:-1]).var())


def _colourfulness(rgb: NDArray[np.uint8]) -> float:
    red, green, blue = (rgb[..., i].astype(np.float32) for i in range(3))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    centre = np.hypot(red_green.mean(), yellow_blue.mean())
    return float(spread + 0.3 * centre)


def count_regions(colours: NDArray[np.uint8]) -> int:
    """Return how many areas of one colour, joined at sides, have 8 pixels or more; `colours` are numbers of colours."""
    from scipy.ndimage import label  # noqa: PLC0415 - heavy, and wanted where pictures are decoded only

    height, width = colours.shape
    # Pixels at even places; a place between two pixels joins them where their colours are the same.
    places = np.zeros((2 * height - 1, 2 * width - 1), dtype=bool)
    places[::2, ::2] = True
    places[::2, 1::2] = colours[:, 1:] == colours[:, :-1]
    places[1::2, ::2] = colours[1:] == colours[:-1]
    areas, _ = label(places)
    sizes = np.bincount(areas[::2, ::2].ravel())
    return int((sizes >= _REGION_PIXELS).sum())


def rms_error(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the root of the mean squared difference of two pictures of the same shape."""
    return float(np.sqrt(np.mean((one.astype(np.float32) - other.astype(np.float32)) ** 2)))
