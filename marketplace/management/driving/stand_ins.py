"""Pictures in place of those that a crowd once saw, which its recording does not hold."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import IO

import numpy as np

from marketplace.management.driving.recording import RecordedTask, Recording

UNKNOWN_SIZE = (320, 240)
SQUARES = 8  # a side: enough for no two pictures to be taken for copies


def named_as_files(recording: Recording) -> Recording:
    """Return the recording with its tasks called by the names of files, in the order of the tasks."""
    names = {task.name: _file_name(number, task.name) for number, task in enumerate(recording.tasks)}
    sized = [(task, task.width or UNKNOWN_SIZE[0], task.height or UNKNOWN_SIZE[1]) for task in recording.tasks]
    return replace(
        recording,
        tasks=tuple(RecordedTask(names[task.name], width, height) for task, width, height in sized),
        answers={
            worker: {names[task]: given for task, given in own.items()} for worker, own in recording.answers.items()
        },
        gold={names[task]: given for task, given in recording.gold.items()},
    )


def write_archive(tasks: Sequence[RecordedTask], file: IO[bytes]) -> None:
    """Write a zip with a picture of the recorded size for each task: squares of grey, different in each."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number, task in enumerate(tasks):
            archive.writestr(task.name, _picture(number, task))


def _picture(number: int, task: RecordedTask) -> bytes:
    from PIL import Image  # noqa: PLC0415 -- heavy

    greys = np.random.default_rng(number).integers(64, 192, size=(SQUARES, SQUARES), dtype=np.uint8)
    size = (task.width or UNKNOWN_SIZE[0], task.height or UNKNOWN_SIZE[1])
    picture = Image.fromarray(greys).resize(size, Image.Resampling.NEAREST)
    with io.BytesIO() as file:
        picture.save(file, "PNG", compress_level=1)
        return file.getvalue()


def _file_name(number: int, task: str) -> str:
    """Return a name that is a file's everywhere, and no other task's."""
    return f"{number:06d}-{re.sub(r'[^0-9A-Za-z]+', '-', task)[:80].strip('-')}.png"
