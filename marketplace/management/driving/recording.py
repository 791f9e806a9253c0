"""Recorded crowds: what real people answered, read from a folder of files."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from marketplace.management.driving.errors import RecordingError
from marketplace.management.driving.recorded_shapes import (
    BACKGROUND,
    BOXES,
    DIVIDED,
    MASKS,
    THE_ONE_CLASS,
    RecordedShape,
    annotations_of,
    coded,
    divided,
    shape_of,
)

CLASSIFICATION = "image_classification"
MAX_CLASS_NAME, MAX_TASK_NAME = 100, 200  # characters that the service takes
MAX_OVERLAP = 100  # more than this many answers to one task cannot be asked for

Annotations = list[dict[str, Any]]


@dataclass(frozen=True)
class RecordedTask:
    """What was looked at; size in pixels where it is known."""

    name: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Recording:
    """Answers by worker and task in the form in which the service takes them; gold in the same form.

    Attributes
    ----------
    classes : every class that an answer names, in a fixed order.
    answers : by worker, then by task; of a repeated task the first answer.
    """

    name: str
    annotation_type: str
    classes: tuple[str, ...]
    tasks: tuple[RecordedTask, ...]
    answers: Mapping[str, Mapping[str, Annotations]]
    gold: Mapping[str, Annotations]

    @property
    def kinds(self) -> dict[str, str]:
        """Return the kind of each class that is no thing."""
        return {BACKGROUND: "stuff"} if self.annotation_type in DIVIDED else {}

    @property
    def n_answers(self) -> int:
        """Return the number of answers."""
        return sum(len(own) for own in self.answers.values())

    @property
    def redundancy(self) -> int:
        """Return the most answers that any task has."""
        return max(Counter(task for own in self.answers.values() for task in own).values())

    @property
    def objects_per_answer(self) -> float:
        """Return the mean number of annotations in an answer."""
        return sum(len(given) for own in self.answers.values() for given in own.values()) / self.n_answers

    def of_first(self, n_tasks: int) -> Recording:
        """Return the recording of the first tasks alone."""
        tasks = self.tasks[:n_tasks]
        kept = {task.name for task in tasks}
        narrowed = {
            worker: {task: given for task, given in own.items() if task in kept} for worker, own in self.answers.items()
        }
        return replace(
            self,
            tasks=tasks,
            answers={worker: own for worker, own in narrowed.items() if own},
            gold={task: given for task, given in self.gold.items() if task in kept},
        )


def read_recording(folder: Path, *, round_number: int = 1, annotation_type: str | None = None) -> Recording:
    """Read a crowd of classes (`labels.csv`) or of shapes (`annotations.jsonl`).

    Parameters
    ----------
    round_number : of crowds that were asked in several rounds, the one to read.
    annotation_type : by default what the shapes are; of masks, also `semantic_segmentation` or
        `panoptic_segmentation`: the object and the background around it.

    Raises
    ------
    RecordingError
        There is no such crowd, it is of another kind, or a line of it cannot be understood.
    """
    if (folder / "labels.csv").is_file():
        recording = _read_classes(folder)
    elif (folder / "annotations.jsonl").is_file():
        recording = _read_shapes(folder, round_number)
    else:
        raise RecordingError(f"{folder} holds no recorded crowd: neither labels.csv nor annotations.jsonl.")
    if not recording.answers:
        raise RecordingError(f"{folder} holds no answers.")
    wanted = annotation_type or recording.annotation_type
    if wanted in DIVIDED and recording.annotation_type == MASKS:
        return _divided(recording, wanted)
    if wanted != recording.annotation_type:
        raise RecordingError(f"{folder} holds {recording.annotation_type}, which cannot be replayed as {wanted}.")
    return _coded(recording)


def _read_classes(folder: Path) -> Recording:
    answers: dict[str, dict[str, Annotations]] = {}
    tasks: dict[str, RecordedTask] = {}
    for name, worker, label in _rows(folder / "labels.csv", ("task", "worker", "label")):
        task = _task_name(name)
        tasks.setdefault(task, RecordedTask(task))
        answers.setdefault(worker, {}).setdefault(task, [{"class": _class_name(label)}])
    gold: dict[str, Annotations] = {}
    if (folder / "gold.csv").is_file():
        for name, label in _rows(folder / "gold.csv", ("task", "label")):
            gold.setdefault(_task_name(name), [{"class": _class_name(label)}])
    return Recording(
        name=folder.resolve().name,
        annotation_type=CLASSIFICATION,
        classes=_classes_in(answers),
        tasks=tuple(tasks.values()),
        answers=answers,
        gold={task: given for task, given in gold.items() if task in tasks},
    )


def _classes_in(answers: Mapping[str, Mapping[str, Annotations]]) -> tuple[str, ...]:
    named = {annotation["class"] for own in answers.values() for given in own.values() for annotation in given}
    return tuple(sorted(named)) or (THE_ONE_CLASS,)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield these columns of a file, wherever in it they are; the service would take surrounding spaces off, too."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise RecordingError(f"{path} has no column {', '.join(missing)}.")
        try:
            for row in reader:
                values = tuple((row[column] or "").strip() for column in columns)
                if not all(values):
                    raise RecordingError(f"{path}, line {reader.line_num}: {', '.join(columns)} are needed.")
                yield values
        except (csv.Error, UnicodeDecodeError) as error:
            raise RecordingError(f"{path} is no CSV file in UTF-8: {error}.") from error


def _fitting(text: str, *, max_chars: int) -> str:
    """Return a name that the service takes: the text itself, unless it is too long or not printable."""
    if len(text) <= max_chars and text.isprintable():
        return text
    readable = "".join(character for character in text if character.isprintable())
    suffix = f"~{hashlib.sha256(text.encode()).hexdigest()[:10]}"
    return readable[: max_chars - len(suffix)] + suffix


def _task_name(text: str) -> str:
    return _fitting(text, max_chars=MAX_TASK_NAME)


def _class_name(text: str) -> str:
    return _fitting(text, max_chars=MAX_CLASS_NAME)


def _read_shapes(folder: Path, round_number: int) -> Recording:
    answers: dict[str, dict[str, Annotations]] = {}
    tasks: dict[str, RecordedTask] = {}
    shape: RecordedShape | None = None
    for where, line in _lines(folder / "annotations.jsonl"):
        if line.get("round", round_number) != round_number:
            continue
        task = _task_of(line, where)
        shape = shape or shape_of(line, where)
        given = annotations_of(line, where, shape, name=_class_name)
        worker = str(line.get("worker", "")).strip()
        if not worker:
            raise RecordingError(f"{where} names no worker.")
        tasks.setdefault(task.name, task)
        answers.setdefault(worker, {}).setdefault(task.name, given)
    gold: dict[str, Annotations] = {}
    if shape is not None and (folder / "gold.jsonl").is_file():
        for where, line in _lines(folder / "gold.jsonl"):
            gold.setdefault(_task_of(line, where).name, annotations_of(line, where, shape, name=_class_name))
    return Recording(
        name=folder.resolve().name,
        annotation_type=shape.annotation_type if shape is not None else BOXES,
        classes=_classes_in(answers),
        tasks=tuple(tasks.values()),
        answers=answers,
        gold={task: given for task, given in gold.items() if task in tasks},
    )


def _divided(recording: Recording, annotation_type: str) -> Recording:
    """Return a recording of masks as one of whole images."""
    sizes = {task.name: {"height": task.height, "width": task.width} for task in recording.tasks}

    def whole(task: str, given: Annotations) -> Annotations:
        height, width = sizes[task]["height"], sizes[task]["width"]
        if height is None or width is None:
            raise RecordingError(f"The size of {task} is not told.")
        return coded(divided(given, height=height, width=width))

    return replace(
        recording,
        annotation_type=annotation_type,
        classes=tuple(dict.fromkeys([*recording.classes, BACKGROUND])),
        answers={
            worker: {task: whole(task, given) for task, given in own.items()}
            for worker, own in recording.answers.items()
        },
        gold={task: whole(task, given) for task, given in recording.gold.items()},
    )


def _coded(recording: Recording) -> Recording:
    if recording.annotation_type != MASKS:
        return recording
    return replace(
        recording,
        answers={
            worker: {task: coded(given) for task, given in own.items()} for worker, own in recording.answers.items()
        },
        gold={task: coded(given) for task, given in recording.gold.items()},
    )


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            where = f"{path}, line {number}"
            if not text.strip():
                continue
            try:
                line = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise RecordingError(f"{where} is not JSON: {error}.") from error
            if not isinstance(line, dict):
                raise RecordingError(f"{where} is no JSON object.")
            yield where, line


def _task_of(line: Mapping[str, Any], where: str) -> RecordedTask:
    name = str(line.get("task", "")).strip()
    if not name:
        raise RecordingError(f"{where} names no task.")
    width, height = (line.get(side) for side in ("width", "height"))
    return RecordedTask(_task_name(name), int(width) if width else None, int(height) if height else None)
