"""Write conclusions and reports: whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from labeling.core.geometry.base import Geometry
from quality.adapters.label_files import write_all
from quality.management.shape_files.concluding import Conclusions
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


def write_conclusions(
    output: Path, lines: Iterable[dict[str, Any]], *, report_file: Path | None, report: dict[str, Any]
) -> None:
    """Write one JSON object a line and, where asked for, the report: both whole, or neither.

    Raises
    ------
    UnreadableFile
        A file cannot be written.
    """
    contents: dict[Path, Callable[[TextIO], None]] = {
        output: lambda file: file.writelines(json.dumps(line, allow_nan=False) + "\n" for line in lines)
    }
    if report_file:
        contents[report_file] = lambda file: file.writelines([json.dumps(report, indent=2, allow_nan=False), "\n"])
    write_all(contents)
