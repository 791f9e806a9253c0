"""What a release's manifest says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Sum

import marketplace
from labeling.core.formats import FORMATS
from labeling.models import Answer, TaskKind
from marketplace.releases.adapters import StoredFile
from marketplace.releases.core.manifest import HOW_TO_CHECK, Manifest, seal
from marketplace.releases.models import Release
from quality.models import Audit, ConsensusLabel, LabelState

MANIFEST_VERSION = 1


def sealed_manifest(release: Release, files: Mapping[str, StoredFile]) -> Manifest:
    """Return what the release holds and what it was made from; `files` by the name of their format."""
    job = release.job
    return seal(
        {
            "manifest_version": MANIFEST_VERSION,
            "release": str(release.pk),
            "created_at": _time(release.created_at),
            "formats": release.formats,
            "job": {"id": str(job.pk), "name": job.name, "annotation_type": job.annotation_type},
            "counts": _counts(release),
            "files": [_file(name, stored) for name, stored in files.items()],
            "versions": {
                "ontology": {"id": str(job.ontology_id), "number": job.ontology.number},
                "guideline": {"id": str(job.guideline_id), "number": job.guideline.number},
                "snapshot": {"id": str(job.snapshot_id), "number": job.snapshot.number},
            },
            "consensus": _consensus(release),
            "audits": [_audit(audit) for audit in release.run.audits.order_by("number")],
            "product": {"name": "plenum", "version": marketplace.__version__},
            "notes": [note for name in release.formats for note in FORMATS[name].notes] + [HOW_TO_CHECK],
        }
    )


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


def _file(name: str, stored: StoredFile) -> dict[str, Any]:
    form = FORMATS[name]
    return {
        "name": form.file_name,
        "format": name,
        "content_type": form.content_type,
        "n_bytes": stored.n_bytes,
        "sha256": stored.sha256,
    }


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
