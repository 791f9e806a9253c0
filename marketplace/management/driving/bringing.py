"""Data that a requester brings, and brings back: an archive of pictures, known labels, an export that is read again."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import aiohttp

from marketplace.management.driving.errors import DrivingError
from marketplace.management.driving.known_labels import LABEL_FORMATS, Known
from marketplace.management.driving.recording import RecordedTask, Recording
from marketplace.management.driving.requester import Requester
from marketplace.management.driving.stand_ins import write_archive

Json = dict[str, Any]
# Of the tasks with gold, those whose gold the requester states beforehand, to be mixed among the others unseen.
KNOWN_SHARE = 0.1


@dataclass(frozen=True)
class ReadBack:
    """What became of an export that was imported again: assets with labels in it, and those that were taken."""

    format: str
    n_items: int
    n_taken: int


def choose_known(recording: Recording, rng: random.Random) -> Known:
    """Return the gold that is stated beforehand; none where no format of labels holds it."""
    if recording.annotation_type not in LABEL_FORMATS:
        return {}
    names = sorted(recording.gold)
    return {name: recording.gold[name] for name in rng.sample(names, round(KNOWN_SHARE * len(names)))}


async def bring_pictures(requester: Requester, dataset_id: str, tasks: Sequence[RecordedTask]) -> Json:
    """Send an archive of a picture for each task, and return the ingest when it has ended.

    Raises
    ------
    DrivingError
        A picture was refused.
    """
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(write_archive, tasks, file)
        path = f"datasets/{dataset_id}/ingests"
        started = await requester.api.upload(path, partial(_form, file, "pictures.zip", {"source": "archive"}))
    await requester.finish(started["operation"])
    ingest: Json = await requester.api.get(f"ingests/{started['id']}")
    if ingest["n_created"] != len(tasks):
        raise DrivingError(f"Of {len(tasks)} pictures {ingest['n_created']} were taken.")
    return ingest


async def bring_known(requester: Requester, job: Json, recording: Recording, known: Known) -> Json:
    """Import what is known, as answers that workers are measured by; return the import when it has ended."""
    form = LABEL_FORMATS[recording.annotation_type]
    document = form.write(recording, known)
    with tempfile.TemporaryFile() as file:
        file.write(document)
        said = {"format": form.name, "as": "gold", "job": job["id"]}
        return await _import(requester, job, file, form.exported_as, said)


async def read_back(requester: Requester, job: Json, dataset_id: str, folder: Path) -> ReadBack:
    """Import what was exported, as labels made elsewhere, of the same assets."""
    form = LABEL_FORMATS[job["annotation_type"]]
    said = {
        "format": form.name,
        "as": "prelabels",
        "dataset": dataset_id,
        "annotation_type": job["annotation_type"],
        "ontology": job["ontology"],
        "source": "release",
        "version": job["id"],
    }
    with (folder / form.exported_as).open("rb") as file:
        made = await _import(requester, job, file, form.exported_as, said)
    return ReadBack(form.name, n_items=made["n_taken"] + made["n_refused"], n_taken=made["n_taken"])


async def _import(requester: Requester, job: Json, file: IO[bytes], name: str, said: Json) -> Json:
    started = await requester.api.upload(f"projects/{job['project']}/imports", partial(_form, file, name, said))
    await requester.finish(started["operation"])
    made: Json = await requester.api.get(f"imports/{started['id']}")
    return made


def _form(file: IO[bytes], name: str, said: Json) -> aiohttp.FormData:
    file.seek(0)
    form = aiohttp.FormData(said)
    # Read anew for every attempt: what sends a form closes the file it was given.
    form.add_field("file", file.read(), filename=name, content_type="application/octet-stream")
    return form
