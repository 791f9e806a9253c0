"""Read recorded shape answers and gold: one JSON object a line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labeling.core.geometry.base import BadShape, Frame, Geometry
from labeling.core.geometry.masks import MaskGeometry
from quality.core.shapes.answers import ShapeAnswer
from quality.management.shape_files.errors import BadFile
from quality.management.shape_files.layouts import Layout

# What a shape is called where the file names no classes.
UNNAMED = ""


MAX_DIGITS = 15


def _number(text: str) -> int | float:
    """Return a whole number; one of more digits than a float holds as a float, which may be infinite."""
    return int(text) if len(text) <= MAX_DIGITS else float(text)


@dataclass
class Line:
    """One line of a file, with what is needed to say where a fault is."""

    path: Path
    number: int
    members: dict[str, Any]

    def fault(self, detail: str, name: str | None = None) -> BadFile:
        """Return the error that names this line."""
        return BadFile(self.path, detail, line=self.number, field=name)

    def text(self, name: str) -> str:
        """Return a member that is a name: text, or a whole number written as text."""
        if name not in self.members:
            raise self.fault("is missing", name)
        value = self.members[name]
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.fault("must be text", name)
        return str(value)

    def whole_number(self, name: str) -> int | None:
        """Return a member that is a positive whole number, or None where it is not given."""
        value = self.members.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or value <= 0:
            raise self.fault("must be a positive whole number", name)
        return int(value)

    def frame(self) -> Frame | None:
        """Return the size of the image, where the line tells it."""
        width, height = self.whole_number("width"), self.whole_number("height")
        if width is None and height is None:
            return None
        if width is None or height is None:
            raise self.fault("is missing, and the other side is given", "width" if width is None else "height")
        return Frame(width, height)


@dataclass
class Recording:
    """What a file of answers holds.

    Parameters
    ----------
    answers : by task, in the order of their first lines; the first line of each worker counts.
    frames : sizes of the images whose lines tell them.
    labelled : whether any line names classes.
    counts : lines, answers, empty ones, shapes, repeats passed over, and shapes dropped or clipped by fault.
    """

    answers: dict[str, list[ShapeAnswer]] = field(default_factory=dict)
    frames: dict[str, Frame] = field(default_factory=dict)
    labelled: bool = False
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def classes(self) -> list[str]:
        """Return all class names, sorted."""
        return sorted({label for given in self.answers.values() for answer in given for label in answer.labels})


@dataclass(frozen=True)
class GoldShapes:
    """The shapes that are known to be on a task."""

    shapes: tuple[Any, ...]
    labels: tuple[str, ...]


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the file's lines; blank ones are passed over.

    Raises
    ------
    BadFile
        The file cannot be read, or a line is no JSON object.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, text in enumerate(lines, start=1):
                if text.strip():
                    yield _parsed(path, number, text)
    except OSError as error:
        raise BadFile(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "is not UTF-8 text") from error


def _parsed(path: Path, number: int, text: str) -> Line:
    try:
        members = json.loads(text, parse_int=_number)
    except RecursionError as error:
        raise BadFile(path, "is nested too deeply", line=number) from error
    except ValueError as error:
        raise BadFile(path, "is not JSON", line=number) from error
    if not isinstance(members, dict):
        raise BadFile(path, "must be a JSON object", line=number)
    return Line(path, number, members)


def read_recording(path: Path, layout: Layout, geometry: Geometry, *, round_number: int | None) -> Recording:
    """Return the answers of a file, of one round where it has several.

    Raises
    ------
    BadFile
        Naming file, line and field of the first fault; a shape without size is no fault but dropped and counted.
    """
    recording = Recording()
    seen: set[tuple[str, str]] = set()
    rounds: set[int] = set()
    for line in read_lines(path):
        recording.counts["lines"] += 1
        given_round = line.whole_number("round")
        if round_number is not None and given_round != round_number:
            continue
        rounds |= {given_round} if given_round is not None else set()
        if len(rounds) > 1:
            raise line.fault(f"the file has rounds {sorted(rounds)}: choose one with --round", "round")
        _take(line, recording, seen, layout, geometry)
    if not recording.answers:
        detail = "holds no answers" if round_number is None else f"holds no answers of round {round_number}"
        raise BadFile(path, detail)
    return recording


def _take(line: Line, recording: Recording, seen: set[tuple[str, str]], layout: Layout, geometry: Geometry) -> None:
    """Add a line's answer to the recording."""
    task, worker = line.text("task"), line.text("worker")
    shapes, labels, given = _shapes(line, layout, geometry, recording.counts)
    if (task, worker) in seen:
        recording.counts["repeats"] += 1
        return
    seen.add((task, worker))
    recording.labelled |= "labels" in line.members
    frame = line.frame()
    if frame is not None:
        known = recording.frames.setdefault(task, frame)
        if layout.shape == "mask" and known != frame:
            side = "width" if known.width != frame.width else "height"
            raise line.fault(f"differs from that of the same task further up, {getattr(known, side):g}", side)
    recording.answers.setdefault(task, []).append(ShapeAnswer(worker, shapes, labels))
    recording.counts["answers"] += 1
    recording.counts["shapes"] += given
    recording.counts["empty_answers"] += not given


def _shapes(
    line: Line, layout: Layout, geometry: Geometry, counts: Counter[str]
) -> tuple[list[Any], tuple[str, ...], int]:
    """Return the usable shapes of a line, cut to the image, their class names, and how many were given."""
    values = _values(line, layout)
    labels = _labels(line, len(values))
    shapes, kept = [], []
    frame = line.frame()
    for position, (value, label) in enumerate(zip(values, labels, strict=True)):
        shape = _read(line, layout, geometry, value, position)
        cut = shape if frame is None else geometry.cut(shape, frame)
        fault = geometry.fault(shape) or (geometry.fault(cut) and "outside_image")
        if fault is not None and layout.shape != "mask":
            counts[f"dropped_{fault}"] += 1
            continue
        counts["clipped"] += cut is not shape and geometry.plain(cut) != geometry.plain(shape)
        shapes.append(cut)
        kept.append(label)
    return shapes, tuple(kept), len(values)


def _values(line: Line, layout: Layout) -> list[Any]:
    """Return the shapes as they stand in the line; a mask's run lengths are one shape."""
    if layout.key not in line.members:
        raise line.fault("is missing", layout.key)
    values = line.members[layout.key]
    if not isinstance(values, list):
        raise line.fault("must be a list", layout.key)
    return [values] if layout.shape == "mask" else values


def _labels(line: Line, n_shapes: int) -> list[str]:
    """Return the class of each shape."""
    if "labels" not in line.members:
        return [UNNAMED] * n_shapes
    labels = line.members["labels"]
    if not isinstance(labels, list) or len(labels) != n_shapes:
        raise line.fault(f"must be a list of {n_shapes} class names", "labels")
    for position, label in enumerate(labels):
        if isinstance(label, bool) or not isinstance(label, str | int):
            raise line.fault("must be text", f"labels[{position}]")
    return [str(label) for label in labels]


def _read(line: Line, layout: Layout, geometry: Geometry, value: Any, position: int) -> Any:
    """Return one shape."""
    name = layout.key if layout.shape == "mask" else f"{layout.key}[{position}]"
    if isinstance(geometry, MaskGeometry):
        frame = line.frame()
        if frame is None:
            raise line.fault("is missing: a mask needs height and width of its image", "height")
        geometry = MaskGeometry(height=int(frame.height), width=int(frame.width))
    try:
        return geometry.read(value)
    except BadShape as error:
        raise line.fault(str(error), name) from error


def read_gold(path: Path, layout: Layout, geometry: Geometry) -> dict[str, GoldShapes]:
    """Return the known shapes by task; the first line of a task counts.

    Raises
    ------
    BadFile
        Naming file, line and field of the first fault.
    """
    gold: dict[str, GoldShapes] = {}
    for line in read_lines(path):
        task = line.text("task")
        shapes, labels, _ = _shapes(line, layout, geometry, Counter())
        gold.setdefault(task, GoldShapes(tuple(shapes), labels))
    if not gold:
        raise BadFile(path, "holds no gold")
    return gold
