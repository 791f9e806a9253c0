"""Measures the pictures that packages ship, for `REFERENCE_SCALE`; prints it as it stands in the code."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from labeling.adapters.image_looks import describe
from pricing.core.effort.complexity import N_CUTS, WEIGHTS

PICTURES = {
    "skimage": (
        *(
            "astronaut.png",
            "brick.png",
            "camera.png",
            "cell.png",
            "chelsea.png",
            "coffee.png",
            "coins.png",
            "grass.png",
        ),
        *(
            "gravel.png",
            "hubble_deep_field.jpg",
            "ihc.png",
            "moon.png",
            "motorcycle_left.png",
            "retina.jpg",
            "rocket.jpg",
        ),
        "page.png",
    ),
    "sklearn": ("china.jpg", "flower.jpg"),
}
_FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}


def _pictures() -> Iterator[Image.Image]:
    for package, names in PICTURES.items():
        found = find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise SystemExit(f"{package} is not installed: make bench-setup")
        for name in names:
            with Image.open(Path(found.submodule_search_locations[0]) / _FOLDERS[package] / name) as opened:
                yield opened.convert("RGB")


def _parts(picture: Image.Image) -> Iterator[Image.Image]:
    for n in (1, 2, 3):
        width, height = picture.width // n, picture.height // n
        for place in range(n * n):
            left, top = width * (place % n), height * (place // n)
            yield picture.crop((left, top, left + width, top + height))


def main() -> None:
    """Print where twentieths divide."""
    looks = [describe(part, megapixels=1.0).features for picture in _pictures() for part in _parts(picture)]
    print(f"# {len(looks)} pictures")
    shares = np.arange(1, N_CUTS + 1) / (N_CUTS + 1)
    for name in WEIGHTS:
        cuts = np.quantile([float(each[name]) for each in looks], shares)
        print(f'"{name}": ({", ".join(f"{cut:.4g}" for cut in cuts)}),')


if __name__ == "__main__":
    main()
