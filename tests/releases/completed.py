"""Jobs that have ended, ready to be released."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.models import CloseReason, LabelingJob
from labeling.services import claim_tasks, close_job
from marketplace.accounts.models import Organization
from marketplace.operations.models import Operation
from marketplace.releases.models import Release
from marketplace.releases.services import build_release, request_release
from quality.services import finalise_labels
from tests import make

Annotations = list[dict[str, Any]]

CAT: Annotations = [{"class": "cat"}]
DOG: Annotations = [{"class": "dog"}]


def answered_job(
    answers: Mapping[str, Sequence[Annotations]], *, home: Organization | None = None, **changes: Any
) -> LabelingJob:
    """Return an open job in which these answers were given to the assets of these external ids."""
    photos = make.dataset(home or make.organization())
    for external_id in answers:
        make.asset(photos, external_id=external_id)
    overlap = max(1, *(len(given) for given in answers.values()))
    drafted = make.job(photos=photos, min_overlap=overlap, max_overlap=overlap + 1, **changes)
    job = make.published_job(drafted)
    for turn in range(overlap):
        for lease in claim_tasks(job.pk, make.worker().pk, limit=len(answers)):
            given = answers[lease.task.asset.external_id]
            if turn < len(given):
                make.answer(lease, annotations=given[turn])
    return job


def completed_job(
    answers: Mapping[str, Sequence[Annotations]], *, home: Organization | None = None, **changes: Any
) -> LabelingJob:
    """Return such a job after its end, with its final labels."""
    job = answered_job(answers, home=home, **changes)
    close_job(job.pk, reason=CloseReason.COMPLETED)
    finalise_labels(job.pk)
    return LabelingJob.objects.get(pk=job.pk)


def pets_job(home: Organization | None = None) -> LabelingJob:
    """Return an ended job about a cat, a dog, and one picture on which two people disagree."""
    answers = {"a.jpg": [CAT, CAT], "b.jpg": [DOG, DOG], "c.jpg": [CAT, DOG]}
    return completed_job(answers, home=home)


def requested(job: LabelingJob | None = None, formats: Sequence[str] = ("csv", "jsonl")) -> Release:
    """Return a release that was asked for."""
    subject = job or pets_job()
    return request_release(subject, formats=formats, created_by_id=subject.created_by_id)


def built(job: LabelingJob | None = None, formats: Sequence[str] = ("csv", "jsonl")) -> Release:
    """Return a sealed release."""
    release = requested(job, formats)
    build_release(release.pk)
    return Release.objects.get(pk=release.pk)


def content(release: Release, name: str) -> bytes:
    """Return the bytes of a file."""
    with default_storage.open(release.files.get(name=name).storage_key) as file:
        data: bytes = file.read()
    return data


def lines(release: Release) -> list[dict[str, Any]]:
    """Return the documents of `labels.jsonl`."""
    return [json.loads(line) for line in content(release, "labels.jsonl").splitlines()]


def stored_keys(release: Release) -> set[str]:
    """Return all that the storage holds for a release, referred to or not."""
    root = f"releases/{release.pk}"
    try:
        folders, files = default_storage.listdir(root)
    except FileNotFoundError:
        return set()
    return {f"{root}/{name}" for name in files} | {
        f"{root}/{folder}/{name}"
        for folder in folders
        for name in default_storage.listdir(f"{root}/{folder}")[1] or [""]
    }


def let_lease_expire(release: Release) -> None:
    """Turn the runner's clock back, as if it had died a while ago."""
    earlier = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(pk=release.operation_id).update(runner_until=earlier)
