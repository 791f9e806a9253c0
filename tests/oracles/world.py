"""What was written, where it lies, and what is to be found in it."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

Told = dict[str, Any]
PX = 0.01


class World:
    """The folder that `tests.oracles.write` made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies = Path(tempfile.mkdtemp(dir=folder))
        told = json.loads((folder / "expected.json").read_text())
        self.classes: list[str] = told["classes"]
        self.width, self.height = told["size"]
        self._images: dict[str, dict[str, Told]] = told["images"]

    def place(self, form: str, kind: str) -> Path:
        """Return a copy of what was written, in which files may be called as a reader wants them."""
        copy = Path(tempfile.mkdtemp(dir=self._copies)) / "written"
        shutil.copytree(self._folder / form / kind, copy)
        return copy

    def images(self, form: str, kind: str) -> dict[str, Told]:
        """Return by the name of each image its `split`, its `value` and its `annotations`."""
        return self._images[f"{form}/{kind}"]

    def annotations(self, form: str, kind: str) -> dict[str, list[Told]]:
        """Return the annotations of each image by the name of its file without the suffix."""
        return {name.partition(".")[0]: told["annotations"] for name, told in self.images(form, kind).items()}


def close(found: Any, expected: Any, *, within: float = PX) -> None:
    """Compare numbers, to a hundredth of a pixel unless said otherwise."""
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), atol=within, rtol=0)


def pixels_of(told: Told) -> np.ndarray:
    """Return (height, width) truth values of a mask."""
    return np.array(told["rows"], dtype=bool)
