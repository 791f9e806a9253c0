"""Real photographs to try the service on: those that scikit-image's package carries, and what they show.

The truth was written down by looking at them; boxes are [x1, y1, x2, y2] in pixels of the upright picture.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from PIL import Image as Pillow

from marketplace.management.driving.errors import DrivingError
from marketplace.management.driving.requester import Image

ORIENTATION_TAG = 0x0112
JPEG_QUALITY = 90
# How upright pixels are laid down so that a viewer who heeds the tag sees them upright again.
_LAID_DOWN = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Thing:
    """An object in a photograph."""

    name: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Photo:
    """A photograph, what it shows as a whole, and the things in it where they were written down.

    Attributes
    ----------
    orientation : EXIF orientation (1 to 8) in which it is uploaded; other than 1 it is a JPEG that lies turned.
    """

    file: str
    shows: str
    things: tuple[Thing, ...] = ()
    orientation: int = 1

    def turned(self, orientation: int) -> Photo:
        """Return the photograph to be uploaded in this orientation."""
        return replace(self, orientation=orientation)

    def size(self, folder: Path) -> tuple[int, int]:
        """Return width and height of the upright picture."""
        with Pillow.open(folder / self.file) as opened:
            return opened.size

    def image(self, folder: Path) -> Image:
        """Return the file to upload: as it is, or laid down and tagged with how to turn it."""
        path = folder / self.file
        if self.orientation == 1:
            return Image(path.read_bytes(), "image/jpeg" if path.suffix == ".jpg" else "image/png")
        with Pillow.open(path) as opened:
            laid_down = opened.convert("RGB").transpose(_LAID_DOWN[self.orientation])
        exif = Pillow.Exif()
        exif[ORIENTATION_TAG] = self.orientation
        file = io.BytesIO()
        laid_down.save(file, "JPEG", quality=JPEG_QUALITY, exif=exif)
        return Image(file.getvalue(), "image/jpeg")


def photo_folder() -> Path:
    """Return where the photographs lie; nothing is imported or downloaded for that."""
    package = find_spec("skimage")
    if package is None or not package.submodule_search_locations:
        raise DrivingError("The demo's photographs come with scikit-image, and that is not installed.")
    return Path(package.submodule_search_locations[0]) / "data"


def _coins() -> tuple[Thing, ...]:
    boxes = (
        *((22, 34, 67, 74), (81, 39, 120, 74), (132, 28, 179, 74), (192, 29, 240, 73), (255, 33, 297, 72)),
        *((305, 15, 364, 72), (25, 104, 67, 144), (84, 107, 122, 145), (133, 110, 174, 145), (186, 105, 227, 144)),
        *((245, 95, 296, 144), (317, 105, 357, 145), (25, 178, 63, 217), (80, 175, 124, 217), (135, 179, 174, 217)),
        *((189, 170, 237, 217), (251, 172, 297, 217), (315, 156, 380, 218), (18, 232, 75, 288), (92, 244, 136, 287)),
        *((144, 236, 202, 288), (219, 240, 269, 288), (275, 238, 327, 288), (335, 247, 381, 289)),
    )
    return tuple(Thing("coin", box) for box in boxes)


ASTRONAUT = Photo(
    "astronaut.png",
    "person",
    (
        Thing("person", (22, 15, 362, 512)),
        Thing("helmet", (279, 344, 512, 512)),
        Thing("spacecraft", (355, 0, 475, 288)),
    ),
)
CAMERA = Photo(
    "camera.png",
    "person",
    (Thing("person", (0, 63, 331, 512)), Thing("camera", (259, 138, 325, 192)), Thing("tripod", (231, 190, 405, 512))),
)
COFFEE = Photo(
    "coffee.png",
    "object",
    (Thing("cup", (174, 17, 406, 310)), Thing("spoon", (327, 66, 424, 327)), Thing("saucer", (77, 68, 479, 389))),
)
COINS = Photo("coins.png", "object", _coins())
MOTORCYCLE_LEFT = Photo("motorcycle_left.png", "vehicle", (Thing("motorcycle", (92, 16, 682, 451)),))
MOTORCYCLE_RIGHT = Photo("motorcycle_right.png", "vehicle", (Thing("motorcycle", (49, 16, 628, 451)),))
ROCKET = Photo("rocket.jpg", "vehicle", (Thing("spacecraft", (308, 127, 338, 408)),))

WITH_BOXES = (
    ASTRONAUT,
    CAMERA.turned(6),
    COFFEE.turned(3),
    COINS,
    MOTORCYCLE_LEFT.turned(8),
    MOTORCYCLE_RIGHT,
    ROCKET.turned(5),
)
ALL = (
    ASTRONAUT,
    CAMERA,
    Photo("chelsea.png", "animal", orientation=6),
    COFFEE,
    COINS.turned(8),
    MOTORCYCLE_LEFT,
    MOTORCYCLE_RIGHT.turned(3),
    ROCKET,
    Photo("brick.png", "surface"),
    Photo("grass.png", "surface", orientation=2),
    Photo("gravel.png", "surface"),
    Photo("hubble_deep_field.jpg", "sky or space"),
    Photo("moon.png", "sky or space", orientation=7),
    Photo("page.png", "writing", orientation=5),
    Photo("text.png", "writing"),
    Photo("cell.png", "microscope or medical"),
    Photo("ihc.png", "microscope or medical", orientation=4),
    Photo("microaneurysms.png", "microscope or medical"),
)
