"""The rules engine: what a job watches of its workers, and what follows. It never rejects and never takes pay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling.errors import InvalidInput
from labeling.models import (
    Answer,
    Assignment,
    AssignmentState,
    JobWorker,
    LabelingJob,
    TaskKind,
    TaskState,
)
from labeling.services import pause_worker, set_gold_rate
from marketplace.operations.adapters import database_now
from quality.errors import TooManyRules
from quality.models import (
    MAX_RULES,
    Collector,
    Finding,
    FindingKind,
    FindingState,
    GoldScore,
    GoldState,
    JobRule,
    RuleAction,
    RuleFiring,
    TaskBelief,
)
from quality.services.aggregation import AGGREGATORS
from quality.signals import finding_opened, rule_ended, rule_fired, rule_made, rules_due

GOLD_RAISED_FOR = timedelta(days=1)
_ENDED = (AssignmentState.SUBMITTED, AssignmentState.ACCEPTED, AssignmentState.REJECTED, AssignmentState.SKIPPED)
_OF_CLASSES = (Collector.AGREEMENT, Collector.COMMONEST_SHARE)
_SHARES = (*_OF_CLASSES, Collector.GOLD_SCORE, Collector.SKIPPED_SHARE)


@dataclass(frozen=True)
class RuleSpec:
    """What a requester says of a rule."""

    collector: Collector
    comparison: str
    threshold: float
    n_latest: int
    action: RuleAction
    pause_minutes: int | None = None
    gold_ppm: int | None = None


@dataclass(frozen=True)
class _Seen:
    """What a collector measured, and over how many."""

    value: float
    n: int


@transaction.atomic
def make_rule(job_id: UUID, spec: RuleSpec, *, created_by_id: UUID) -> JobRule:
    """Watch the workers of a job from now on.

    Raises
    ------
    InvalidInput
        The collector does not fit the job, the threshold the collector, or a number the action.
    TooManyRules
        The job has as many as it may.
    """
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if spec.collector in _OF_CLASSES and not AGGREGATORS[job.annotation_type].names_one_class:
        raise InvalidInput("This is watched where an answer is one class.", field="collector")
    if spec.collector in _SHARES and not 0.0 <= spec.threshold <= 1.0:
        raise InvalidInput("A share lies in 0 to 1.", field="threshold")
    for field, action in (("pause_minutes", RuleAction.PAUSE), ("gold_ppm", RuleAction.RAISE_GOLD)):
        if (getattr(spec, field) is not None) != (spec.action == action):
            raise InvalidInput(f"This comes with the action {action.value}, and only with it.", field=field)
    if job.rules.filter(ended_at=None).count() >= MAX_RULES:
        raise TooManyRules(f"A job has {MAX_RULES} rules at most.", max_rules=MAX_RULES)
    rule = JobRule.objects.create(job=job, created_by_id=created_by_id, **vars(spec))
    rule_made.send(sender=None, job_id=job_id, data={"rule": str(rule.pk)}, deltas={})
    return rule


@transaction.atomic
def end_rule(rule_id: UUID) -> JobRule:
    """Watch no more by a rule; what it did stays. Safe to repeat."""
    rule = JobRule.objects.select_for_update(no_key=True).get(pk=rule_id)
    if rule.ended_at is None:
        rule.ended_at = database_now()
        rule.save(update_fields=["ended_at"])
        rule_ended.send(sender=None, job_id=rule.job_id, data={"rule": str(rule.pk)}, deltas={})
    return rule


def ask_for_rules(job_id: UUID, pseudonym: str) -> None:
    """Ask for a worker to be looked at, if the job has rules; in the transaction of what the worker did."""
    if JobRule.objects.filter(job=job_id, ended_at=None).exists():
        rules_due.send(sender=None, job_id=job_id, data={"worker": pseudonym}, deltas={})


@transaction.atomic
def apply_rules(job_id: UUID, pseudonym: str) -> None:
    """Look at a worker by every rule of the job, and do what those that are met say; safe to repeat.

    A rule that was met is met again only after as many further leases as it looks at: the same work is not held
    against a worker twice.
    """
    place = JobWorker.objects.select_for_update(no_key=True).select_related("job").get(job=job_id, pseudonym=pseudonym)
    n_ended = Assignment.objects.filter(job=job_id, worker=place.worker_id, state__in=_ENDED).count()
    for rule in JobRule.objects.filter(job=job_id, ended_at=None).order_by("pk"):
        last = rule.firings.filter(worker=place.worker_id).order_by("-id").first()
        if last is not None and n_ended < last.n_answers + rule.n_latest:
            continue
        seen = _COLLECTORS[Collector(rule.collector)](rule, place)
        if seen is not None and seen.n >= rule.n_latest and rule.is_met_by(seen.value):
            RuleFiring.objects.create(
                rule=rule, worker_id=place.worker_id, value=seen.value, n_looked_at=seen.n, n_answers=n_ended
            )
            _act(rule, place, seen)


def raised_gold_ppm(job_id: UUID, worker_id: UUID) -> int:
    """Return the rate of gold below which rules keep a worker from falling for now, in millionths."""
    raising = RuleFiring.objects.filter(
        rule__job=job_id,
        rule__action=RuleAction.RAISE_GOLD,
        rule__ended_at=None,
        worker=worker_id,
        fired_at__gt=database_now() - GOLD_RAISED_FOR,
    )
    return max((ppm or 0 for ppm in raising.values_list("rule__gold_ppm", flat=True)), default=0)


def _act(rule: JobRule, place: JobWorker, seen: _Seen) -> None:
    now = database_now()
    if rule.action == RuleAction.PAUSE:
        until = now + timedelta(minutes=rule.pause_minutes or 0)
        if place.paused_until is None or place.paused_until < until:
            pause_worker(place.job, place.worker_id, until=until)
            place.paused_until = until
    elif rule.action == RuleAction.RAISE_GOLD:
        place.gold_ppm = max(place.gold_ppm, rule.gold_ppm or 0)
        set_gold_rate(place.job_id, place.worker_id, ppm=place.gold_ppm)
    else:
        _flag(rule, place, seen)
    data = {"rule": str(rule.pk), "worker": place.pseudonym, "action": rule.action, "value": round(seen.value, 6)}
    rule_fired.send(sender=None, job_id=place.job_id, data=data, deltas={})


def _flag(rule: JobRule, place: JobWorker, seen: _Seen) -> None:
    """Open a finding, unless one by rules is open already."""
    same = Finding.objects.filter(job=place.job, worker=place.worker_id, kind=FindingKind.RULE)
    if same.filter(state=FindingState.OPEN).exists():
        return
    evidence = {
        "rule": str(rule.pk),
        "collector": rule.collector,
        "comparison": rule.comparison,
        "threshold": rule.threshold,
        "value": round(seen.value, 6),
    }
    finding = Finding.objects.create(
        job=place.job, worker_id=place.worker_id, kind=FindingKind.RULE, n_answers=seen.n, evidence=evidence
    )
    data = {"finding": str(finding.pk), "kind": finding.kind}
    finding_opened.send(sender=None, job_id=place.job_id, data=data, deltas={})


def _gold_score(rule: JobRule, place: JobWorker) -> _Seen | None:
    scores = GoldScore.objects.filter(
        gold__job=place.job, worker=place.worker_id, gold__state__in=(GoldState.ACTIVE, GoldState.RETIRED)
    )
    return _mean(list(scores.order_by("-answer").values_list("score", flat=True)[: rule.n_latest]))


def _median_seconds(rule: JobRule, place: JobWorker) -> _Seen | None:
    """Return the median of what the clients measured, at most what passed since each lease."""
    rows = _answers(place).values_list("active_ms", "submitted_at", "assignment__leased_at")[: rule.n_latest]
    seconds = [
        elapsed_s if active_ms is None else min(active_ms / 1000, elapsed_s)
        for active_ms, submitted_at, leased_at in rows
        for elapsed_s in [max((submitted_at - leased_at).total_seconds(), 0.0)]
    ]
    return _Seen(median(seconds), len(seconds)) if seconds else None


def _agreement(rule: JobRule, place: JobWorker) -> _Seen | None:
    """Return the share of answers that are the class believed of tasks that want no more answers."""
    ended = _answers(place).filter(counted=True, task__state=TaskState.RETIRED, task__belief__isnull=False)
    given = list(ended.values_list("task_id", "payload__annotations")[: rule.n_latest])
    concluded = dict(TaskBelief.objects.filter(pk__in=[task_id for task_id, _ in given]).values_list("pk", "value"))
    return _mean([float(annotations[0]["class"] == concluded[task_id].get("class")) for task_id, annotations in given])


def _commonest_share(rule: JobRule, place: JobWorker) -> _Seen | None:
    given = _answers(place).values_list("payload__annotations", flat=True)[: rule.n_latest]
    names = [annotations[0]["class"] for annotations in given]
    return _Seen(max(names.count(name) for name in set(names)) / len(names), len(names)) if names else None


def _skipped_share(rule: JobRule, place: JobWorker) -> _Seen | None:
    ended = Assignment.objects.filter(job=place.job, worker=place.worker_id, state__in=_ENDED).order_by("-id")
    states = ended.values_list("state", flat=True)[: rule.n_latest]
    return _mean([float(state == AssignmentState.SKIPPED) for state in states])


def _n_answers(rule: JobRule, place: JobWorker) -> _Seen | None:
    n = _answers(place).count()
    return _Seen(float(n), n)


def _answers(place: JobWorker) -> Any:
    given = Answer.objects.filter(job=place.job, worker=place.worker_id, task__kind=TaskKind.ANNOTATE)
    return given.order_by("-id")


def _mean(values: list[float]) -> _Seen | None:
    return _Seen(sum(values) / len(values), len(values)) if values else None


_COLLECTORS: dict[Collector, Callable[[JobRule, JobWorker], _Seen | None]] = {
    Collector.GOLD_SCORE: _gold_score,
    Collector.MEDIAN_SECONDS: _median_seconds,
    Collector.AGREEMENT: _agreement,
    Collector.COMMONEST_SHARE: _commonest_share,
    Collector.SKIPPED_SHARE: _skipped_share,
    Collector.ANSWERS: _n_answers,
}
