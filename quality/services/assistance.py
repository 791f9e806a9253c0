"""What the pre-labels of a job did: answers with them beside answers without, on the same kind of tasks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.splitting import within_scope
from labeling.errors import NoSuchObject
from labeling.models import Answer, JobAssistance, LabelingJob, PreLabel, TaskKind
from quality.core.assistance import ClassEffect, Seen, effects
from quality.core.gold.scoring import GoldScore
from quality.core.terms import Scene
from quality.models import ConsensusLabel, ConsensusRun, GoldTask, LabelState
from quality.services.aggregation import AGGREGATORS
from quality.services.reading import terms_of
from quality.services.scoring import score_annotations

# The latest ones are enough to tell an effect by.
MAX_ANSWERS = 20_000
CHUNK = 500

Annotations = list[dict[str, Any]]
ByAsset = Mapping[UUID, Annotations]
ByTask = Mapping[UUID, Annotations]


def assistance_report(job: LabelingJob) -> list[ClassEffect]:
    """Return time saved, error and bias of each class.

    What is right is told by gold, and where there is none by the final labels, which lean towards the pre-labels as far
    as the aided answers do.

    Raises
    ------
    NoSuchObject
        No pre-labels are shown in the job.
    """
    assistance = JobAssistance.objects.select_related("job__ontology").filter(job=job).first()
    if assistance is None:
        raise NoSuchObject("No pre-labels are shown in the job.")
    return effects(_seen(assistance))


def _seen(assistance: JobAssistance) -> Iterator[Seen]:
    answers = (
        Answer.objects.filter(Q(counted=True) | Q(task__is_gold=True), job=assistance.job, task__kind=TaskKind.ANNOTATE)
        .order_by("-id")
        .values_list(
            "task_id",
            "task__asset_id",
            "task__scope",
            "task__asset__width",
            "task__asset__height",
            "assignment__aided",
            "active_ms",
            "payload__annotations",
        )
    )
    terms, kind = terms_of(assistance.job.ontology), assistance.job.annotation_type
    rows = answers[:MAX_ANSWERS].iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        asset_ids = [row[1] for row in chunk]
        guesses = _guesses(assistance, asset_ids)
        known = _known(assistance.job, [row[0] for row in chunk])
        for task_id, asset_id, scope, width, height, aided, active_ms, given in chunk:
            if asset_id in guesses:
                scene = Scene(terms, width=width, height=height)
                guess = _of_part(guesses[asset_id], scope, kind)
                compared = _Compared(kind, given, guess, known.get(task_id), scene)
                yield from compared.by_class(aided=aided, active_ms=active_ms)


def _of_part(guess: Annotations, scope: dict[str, Any] | None, annotation_type: str) -> Annotations:
    """Return what a worker was shown of a guess, or would have been."""
    member = ANNOTATION_TYPES[annotation_type].member
    return guess if scope is None else within_scope(guess, scope, member=member)


def _guesses(assistance: JobAssistance, asset_ids: Sequence[UUID]) -> ByAsset:
    labels = PreLabel.objects.offered_in(assistance.job).filter(
        asset__in=asset_ids, source=assistance.source, version=assistance.version
    )
    # Those of the job alone come last, and so replace those of its project.
    return dict(labels.order_by("-job_id").values_list("asset_id", "annotations"))


def _known(job: LabelingJob, task_ids: Sequence[UUID]) -> ByTask:
    known: dict[UUID, Annotations] = {}
    run = ConsensusRun.objects.current_of(job)
    if run is not None:
        finals = ConsensusLabel.objects.filter(run=run, state=LabelState.FINAL, task__in=task_ids)
        for task_id, value in finals.values_list("task_id", "value"):
            concluded = AGGREGATORS[job.annotation_type].as_annotations(
                value, terms=terms_of(job.ontology), min_confidence=0.0
            )
            if concluded is not None:
                known[task_id] = concluded
    gold = GoldTask.objects.believed().filter(job=job, task__in=task_ids)
    return known | {task_id: truth for task_id, truth in gold.values_list("task_id", "truth") if task_id is not None}


@dataclass(frozen=True)
class _Compared:
    """An answer, the pre-label of its asset, and what is held to be right of it, where that is known."""

    annotation_type: str
    given: Annotations
    guess: Annotations
    known: Annotations | None
    scene: Scene

    def by_class(self, *, aided: bool, active_ms: int | None) -> Iterator[Seen]:
        """Yield the answer once for each class that any of them speaks of; of whole images, for what is right."""
        whole = ANNOTATION_TYPES[self.annotation_type].member is None
        right = self.guess if self.known is None else self.known
        spoken = right if whole else [*self.given, *self.guess, *(self.known or [])]
        for name in sorted({each["class"] for each in spoken}):
            parts = [self.given, self.guess, self.known]
            given, guess, known = parts if whole else [None if part is None else _of(name, part) for part in parts]
            yield Seen(
                class_name=name,
                aided=aided,
                active_ms=active_ms,
                error=None if known is None else 1.0 - self._score(given, known).score,
                likeness=self._score(given, guess).score,
                misled=None if known is None else not self._score(guess, known).is_right,
            )

    def _score(self, one: Annotations | None, other: Annotations | None) -> GoldScore:
        return score_annotations(self.annotation_type, one or [], other or [], scene=self.scene)


def _of(class_name: str, annotations: Annotations) -> Annotations:
    return [each for each in annotations if each["class"] == class_name]
