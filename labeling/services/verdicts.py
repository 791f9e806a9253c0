"""Reading what was sent for a task: annotations, or the verdict on what others made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.core.conflicts import ConflictKind
from labeling.core.splitting import require_in_scope
from labeling.errors import InvalidAnnotation, InvalidInput
from labeling.models import Assignment, TaskKind, Verdict

Annotations = list[dict[str, Any]]

# What is missing is in no annotation of the proposal.
_OF_NO_ANNOTATION = (ConflictKind.MISSING_ANNOTATION,)


@dataclass(frozen=True)
class StatedConflict:
    """What a reviewer found wrong, and in which annotation of the proposal, by its id."""

    kind: str
    annotation: str | None = None


@dataclass(frozen=True)
class SentVerdict:
    """What a reviewer says beside the annotations; `verdict` is None of everything but a review."""

    verdict: Verdict | None = None
    conflicts: Sequence[StatedConflict] = ()
    comment: str = ""


@dataclass(frozen=True)
class SentWork:
    """What was sent, checked: the annotations held to be right, in canonical form."""

    annotations: Annotations
    schema_version: int
    said: SentVerdict


def read_work(head: Assignment, annotations: Annotations | None, said: SentVerdict) -> SentWork:
    """Check what was sent against what the task asks for; `head` is read with its task's asset, ontology and job.

    Raises
    ------
    InvalidAnnotation, InvalidInput
        Naming the first field at fault.
    """
    schema_version = ANNOTATION_TYPES[head.job.annotation_type].schema_version
    if head.task.kind == TaskKind.REVIEW:
        return SentWork(_reviewed(head, annotations, said), schema_version, said)
    if said.verdict is not None:
        raise InvalidInput("Only a review takes a verdict.", field="verdict")
    if said.conflicts:
        raise InvalidInput("Only a review takes conflicts.", field="conflicts")
    if said.comment and head.task.kind != TaskKind.ADJUDICATE:
        raise InvalidInput("Only a review or an adjudication takes a comment.", field="comment")
    if annotations is None:
        raise InvalidInput("This field is required.", field="annotations")
    return SentWork(parse_annotations(head, annotations), schema_version, said)


def parse_annotations(head: Assignment, annotations: Annotations) -> Annotations:
    """Return annotations in canonical form.

    Raises
    ------
    InvalidAnnotation
        Naming the first field at fault.
    """
    subject = head.task.asset.subject(head.ontology.rules)
    kind = ANNOTATION_TYPES[head.job.annotation_type]
    try:
        parsed = kind.parse(annotations, subject)
        require_in_scope(parsed, head.task.scope, member=kind.member)
    except Refusal as refusal:
        raise InvalidAnnotation(refusal.detail, field=refusal.field) from refusal
    return parsed


def _reviewed(head: Assignment, annotations: Annotations | None, said: SentVerdict) -> Annotations:
    """Return the annotations that a reviewer holds to be right: none where the proposal is merely rejected."""
    if said.verdict is None:
        raise InvalidInput("A review needs a verdict.", field="verdict")
    proposal: Annotations = head.task.proposals.get().annotations
    if said.verdict == Verdict.FIX:
        if annotations is None:
            raise InvalidInput("A fix needs the annotations that are right.", field="annotations")
        fixed = parse_annotations(head, annotations)
        if _content(fixed) == _content(proposal):
            raise InvalidInput("These are the annotations proposed; accept them instead.", field="annotations")
    elif annotations is not None:
        raise InvalidInput("Only a fix takes annotations.", field="annotations")
    else:
        fixed = proposal if said.verdict == Verdict.ACCEPT else []
    _check_conflicts(proposal, said)
    return fixed


def _check_conflicts(proposal: Annotations, said: SentVerdict) -> None:
    if said.verdict == Verdict.ACCEPT and said.conflicts:
        raise InvalidInput("Nothing conflicts with what is accepted.", field="conflicts")
    if said.verdict == Verdict.REJECT and not said.conflicts:
        raise InvalidInput("A rejection says what is wrong.", field="conflicts")
    known = {each["id"] for each in proposal}
    for place, conflict in enumerate(said.conflicts):
        if conflict.annotation is not None and conflict.kind in _OF_NO_ANNOTATION:
            raise InvalidInput("What is missing has no annotation.", field=f"conflicts[{place}].annotation")
        if conflict.annotation is not None and conflict.annotation not in known:
            raise InvalidInput("The proposal has no such annotation.", field=f"conflicts[{place}].annotation")


def _content(annotations: Annotations) -> list[str]:
    """Return annotations without their ids, in an order of their own."""
    return sorted(repr(sorted((name, each[name]) for name in each if name != "id")) for each in annotations)
