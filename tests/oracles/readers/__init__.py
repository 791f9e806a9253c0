"""Others' readers by the names of the plan: each takes the world, a format and an annotation type, and compares."""

from collections.abc import Callable

from readers import (
    by_cityscapes,
    by_coco,
    by_croissant,
    by_datumaro,
    by_gdal,
    by_globox,
    by_label_studio,
    by_pandas,
    by_pillow,
    by_supervision,
    by_webdataset,
)
from world import World

READERS: dict[str, Callable[[World, str, str], None]] = {
    "cityscapesscripts": by_cityscapes.compare,
    "datumaro": by_datumaro.compare,
    "GDAL": by_gdal.compare,
    "globox": by_globox.compare,
    "label-studio-converter": by_label_studio.compare,
    "mlcroissant": by_croissant.compare,
    "pandas": by_pandas.compare,
    "Pillow": by_pillow.compare,
    "pycocotools": by_coco.compare,
    "supervision": by_supervision.compare,
    "webdataset": by_webdataset.compare,
}
