"""What a release's manifest says."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Sum

import marketplace
from labeling.core.annotations.ontology_writing import ontology_document
from labeling.core.formats import FORMATS, PROVENANCE, Format
from labeling.models import Answer, TaskKind
from marketplace.releases.core.manifest import HOW_TO_CHECK, SEAL, Manifest, seal
from marketplace.releases.models import Release
from marketplace.releases.services.writing import (
    PROVENANCE_NAME,
    TOMBSTONES_FORMAT,
    TOMBSTONES_NAME,
    Tally,
    WrittenFile,
)
from quality.models import Audit, ConsensusLabel, LabelState

MANIFEST_VERSION = 2
# What is named in a release without having been asked for.
_SIDE_FORMATS = {PROVENANCE_NAME: PROVENANCE}
_TOMBSTONES_NOTE = (
    f"{TOMBSTONES_NAME}: one document for each asset that was erased since the earlier release; remove what it had "
    "there. The other files hold only what was concluded otherwise than there, or not at all."
)


def sealed_manifest(release: Release, files: Sequence[WrittenFile], tally: Tally) -> Manifest:
    """Return what the release holds and what it was made from."""
    job = release.job
    return seal(
        {
            "manifest_version": MANIFEST_VERSION,
            "release": str(release.pk),
            "created_at": _time(release.created_at),
            "formats": release.formats,
            "wishes": release.wishes,
            "licence": release.wishes.get("licence") or None,
            "augmentation": release.wishes.get("augmentation"),
            "since": _since(release),
            "job": {"id": str(job.pk), "name": job.name, "annotation_type": job.annotation_type},
            "ontology": ontology_document(job.ontology.rules),
            "counts": _counts(release) | _written(tally),
            "files": [_file(file) for file in files],
            "versions": {
                "ontology": {"id": str(job.ontology_id), "number": job.ontology.number},
                "guideline": {"id": str(job.guideline_id), "number": job.guideline.number},
                "snapshot": {"id": str(job.snapshot_id), "number": job.snapshot.number},
            },
            "consensus": _consensus(release),
            "audits": [_audit(audit) for audit in release.run.audits.order_by("number")],
            "product": {"name": "plenum", "version": marketplace.__version__},
            "losses": _losses(files),
            "notes": _notes(release, files),
        }
    )


def _since(release: Release) -> dict[str, Any] | None:
    if release.since is None:
        return None
    sealed = release.since.manifest or {}
    return {"release": str(release.since_id), "run": str(release.since.run_id), SEAL: sealed.get(SEAL)}


def _notes(release: Release, files: Sequence[WrittenFile]) -> list[str]:
    named = dict.fromkeys(file.format for file in files if file.format != TOMBSTONES_FORMAT)
    notes = [note for name in named for note in _form(name).notes]
    return [*notes, *([_TOMBSTONES_NOTE] if release.since else []), HOW_TO_CHECK]


def _losses(files: Sequence[WrittenFile]) -> dict[str, list[str]]:
    """Return what each format has no place for; where provenance.jsonl goes with it, it is told there."""
    named = dict.fromkeys(file.format for file in files if file.format != TOMBSTONES_FORMAT)
    return {name: sorted(_form(name).lost) for name in named if _form(name).lost}


def _form(name: str) -> Format:
    return _SIDE_FORMATS.get(name) or FORMATS[name]


def _written(tally: Tally) -> dict[str, Any]:
    """Return what the files hold; of a release that is not split, there is no part."""
    by_class: Counter[str] = Counter()
    for found in tally.annotations.values():
        by_class += found
    splits = {
        part: {"assets": n, "annotations_by_class": dict(sorted(tally.annotations[part].items()))}
        for part, n in sorted(tally.assets.items())
        if part
    }
    written = {
        "exported_assets": tally.assets.total(),
        "copies": tally.copies,
        "exported_annotations": by_class.total(),
        "annotations_by_class": dict(sorted(by_class.items())),
        "tombstones": tally.tombstones,
    }
    return written | ({"splits": splits} if splits else {})


def _counts(release: Release) -> dict[str, Any]:
    by_state = ConsensusLabel.objects.filter(run=release.run).order_by().values_list("state").annotate(n=Count("id"))
    n_labels = dict.fromkeys(LabelState.values, 0) | dict(by_state)
    given = Answer.objects.filter(job=release.job, counted=True)
    counted = given.aggregate(n_answers=Count("id"), n_annotations=Sum("n_annotations", default=0))
    return {
        "tasks": release.job.tasks.filter(kind=TaskKind.ANNOTATE).count(),
        "labels": n_labels,
        "answers": counted["n_answers"],
        "annotations": counted["n_annotations"],
        "reviews": ConsensusLabel.objects.filter(run=release.run).aggregate(n=Sum("n_reviews", default=0))["n"],
    }


def _file(file: WrittenFile) -> dict[str, Any]:
    described = {
        "name": file.name,
        "format": file.format,
        "content_type": file.content_type,
        "n_bytes": file.stored.n_bytes,
        "sha256": file.stored.sha256,
    }
    return described | ({"split": file.split} if file.split else {})


def _consensus(release: Release) -> dict[str, Any]:
    run = release.run
    return {
        "run": str(run.pk),
        "number": run.number,
        "current": run.is_current,
        "method": run.method,
        "parameters": run.parameters,
        "code_version": run.code_version,
        "n_answers": run.n_answers,
        "input_sha256": run.input_sha256,
        "converged": run.converged,
        "created_at": _time(run.created_at),
    }


def _audit(audit: Audit) -> dict[str, Any]:
    """Return an audit of the run, failed and cancelled ones too: a pass at the third attempt must look like one."""
    return {
        "id": str(audit.pk),
        "number": audit.number,
        "state": audit.state,
        "kind": audit.kind,
        "max_error": format(audit.max_error.normalize(), "f"),
        "confidence": format(audit.confidence.normalize(), "f"),
        "population": audit.population,
        "n_items": audit.n_items,
        "n_audited": audit.n_audited,
        "n_wrong": audit.n_wrong,
        "seed": audit.seed,
        "created_at": _time(audit.created_at),
        "ended_at": audit.ended_at and _time(audit.ended_at),
        "certificate": audit.certificate,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
