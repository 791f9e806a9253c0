"""Write conclusions and reports: whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from labeling.core.geometry.base import Geometry
from quality.management.shape_files.concluding import Conclusions
from quality.management.shape_files.errors import BadFile
from quality.management.shape_files.layouts import Layout
from quality.management.shape_files.reading import Recording

PLACES = 6


def conclusion_lines(
    conclusions: Conclusions, recording: Recording, layout: Layout, geometry: Geometry
) -> Iterator[dict[str, Any]]:
    """Yield one line a task, in the order of the recording."""
    for task, concluded in conclusions.tasks.items():
        shapes = [geometry.plain(shape) for shape in concluded.shapes]
        line: dict[str, Any] = {"task": task}
        if task in recording.frames:
            line |= {"width": int(recording.frames[task].width), "height": int(recording.frames[task].height)}
        line[layout.key] = shapes[0] if layout.shape == "mask" else shapes
        if recording.labelled:
            line["labels"] = list(concluded.labels)
        line["confidence"] = [round(confidence, PLACES) for confidence in concluded.confidence]
        yield line


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object a line; the file is there whole or not at all.

    Raises
    ------
    BadFile
        It cannot be written.
    """
    _replace(path, (json.dumps(line, allow_nan=False) + "\n" for line in lines))


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write one JSON object; the file is there whole or not at all.

    Raises
    ------
    BadFile
        It cannot be written.
    """
    _replace(path, [json.dumps(report, indent=2, allow_nan=False) + "\n"])


def _replace(path: Path, pieces: Iterable[str]) -> None:
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise BadFile(path, f"cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(pieces)
        # mkstemp makes files for the owner alone; this one should be as any other that the person writes.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except OSError as error:
        raise BadFile(path, f"cannot be written: {error.strerror}") from error
    finally:
        Path(temporary).unlink(missing_ok=True)
