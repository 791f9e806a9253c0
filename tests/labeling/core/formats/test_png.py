"""Images of masks, read by Pillow."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from labeling.core.formats.png import png


@pytest.mark.parametrize(
    ("pixels", "mode"),
    [
        (np.arange(35, dtype=np.uint8).reshape(5, 7), "L"),
        (np.arange(35, dtype=np.uint16).reshape(5, 7) * 1_000, "I;16"),
        (np.arange(105, dtype=np.uint8).reshape(5, 7, 3), "RGB"),
    ],
)
def test_numbers_and_colours_arrive_as_they_are(pixels: np.ndarray, mode: str) -> None:
    with Image.open(BytesIO(png(pixels))) as image:
        assert image.mode == mode
        assert (np.asarray(image) == pixels).all()


def test_numbers_with_a_palette_stay_numbers() -> None:
    with Image.open(BytesIO(png(np.eye(3, dtype=np.uint8), palette=[(0, 0, 0), (255, 128, 0)]))) as image:
        assert image.mode == "P"
        assert (np.asarray(image) == np.eye(3)).all()
        assert image.convert("RGB").getpixel((1, 1)) == (255, 128, 0)
