"""Rules: what is watched of workers, and what follows; never a rejection."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from labeling.errors import InvalidInput, WorkerPaused
from labeling.models import Assignment, AssignmentState, JobWorker, LabelingJob
from labeling.services import claim_tasks, give_back
from marketplace.accounts.models import User
from marketplace.live.models import Delivery, Event
from marketplace.live.services.deliver import deliver
from quality.errors import TooManyRules
from quality.models import MAX_RULES, Collector, Comparison, Finding, FindingState, RuleAction, RuleFiring
from quality.services import RuleSpec, apply_rules, ask_for_rules, dismiss_finding, end_rule, make_rule, score_gold
from tests import make
from tests.api.expect import body_of, problem_of, with_key
from tests.choreography.crowd import run_together
from tests.conftest import Cast, ClientFactory
from tests.quality.answering import answer_task, believed

pytestmark = pytest.mark.django_db


def look_at(job: LabelingJob, worker: User) -> None:
    """Apply the job's rules to a worker."""
    apply_rules(job.pk, job.workers.get(worker=worker).pseudonym)


def answered(job: LabelingJob, worker: User, names: list[str]) -> None:
    """Let a worker answer a task for each name."""
    for name in names:
        make.answer(make.lease(job, by=worker), annotations=[{"class": name}])


def spec(**changes: Any) -> RuleSpec:
    """Return a rule that flags a worker after nine answers, unless told otherwise."""
    said: dict[str, Any] = {
        "collector": Collector.ANSWERS,
        "comparison": Comparison.ABOVE,
        "threshold": 9.0,
        "n_latest": 1,
        "action": RuleAction.FLAG,
    }
    return RuleSpec(**(said | changes))


def test_a_flag_is_a_finding_for_a_person_and_no_rejection() -> None:
    job, worker = make.published_job(n_tasks=5), make.worker()
    rule = make.rule(job, threshold=2.0)
    answered(job, worker, ["cat"] * 2)
    look_at(job, worker)
    assert not RuleFiring.objects.exists()
    answered(job, worker, ["cat"])
    look_at(job, worker)
    finding = Finding.objects.get(job=job)
    assert (finding.kind, finding.worker, finding.state) == ("rule", worker, FindingState.OPEN)
    assert finding.evidence["rule"] == str(rule.pk)
    assert finding.evidence["value"] == 3.0
    assert not Assignment.objects.filter(state=AssignmentState.REJECTED).exists()


def test_the_same_work_is_not_held_against_a_worker_twice() -> None:
    job, worker = make.published_job(n_tasks=8), make.worker()
    rule = make.rule(job, collector=Collector.COMMONEST_SHARE, threshold=0.9, n_latest=3)
    answered(job, worker, ["cat"] * 3)
    for _ in range(3):
        look_at(job, worker)
    assert rule.firings.count() == 1
    dismiss_finding(Finding.objects.get().pk, note="They are all cats.", user_id=job.created_by_id)
    answered(job, worker, ["cat"] * 2)
    look_at(job, worker)
    assert rule.firings.count() == 1
    answered(job, worker, ["cat"])
    look_at(job, worker)
    assert rule.firings.count() == 2


def test_a_pause_keeps_the_worker_from_tasks_and_never_shortens_another() -> None:
    job, worker = make.published_job(n_tasks=5), make.worker()
    make.rule(job, threshold=0.0, action=RuleAction.PAUSE, pause_minutes=60)
    make.rule(job, threshold=0.0, action=RuleAction.PAUSE, pause_minutes=5)
    answered(job, worker, ["cat"])
    look_at(job, worker)
    with pytest.raises(WorkerPaused), transaction.atomic():
        claim_tasks(job.pk, worker.pk, limit=1)
    place = JobWorker.objects.get(job=job, worker=worker)
    assert place.paused_until is not None
    fired = RuleFiring.objects.order_by("fired_at")[0].fired_at
    assert place.paused_until - fired > timedelta(minutes=50)


def test_raised_gold_outlasts_the_next_answer_to_gold() -> None:
    job, worker = make.published_job(n_tasks=9, n_gold=3), make.worker()
    make.rule(
        job, collector=Collector.GOLD_SCORE, comparison=Comparison.BELOW, threshold=0.5, n_latest=1,
        action=RuleAction.RAISE_GOLD, gold_ppm=900_000,
    )  # fmt: skip
    wrong = make.answer(make.gold_lease(job, by=worker), annotations=[{"class": "dog"}])
    score_gold(wrong.pk)
    look_at(job, worker)
    assert JobWorker.objects.get(job=job, worker=worker).gold_ppm >= 900_000
    right = make.answer(make.gold_lease(job, by=worker))
    score_gold(right.pk)
    assert JobWorker.objects.get(job=job, worker=worker).gold_ppm == 900_000


def test_haste_is_the_median_of_the_latest_times() -> None:
    job, worker = make.published_job(n_tasks=6), make.worker()
    rule = make.rule(job, collector=Collector.MEDIAN_SECONDS, comparison=Comparison.BELOW, threshold=2.0, n_latest=3)
    answered(job, worker, ["cat"] * 5)
    leases = list(Assignment.objects.filter(worker=worker).order_by("-id"))
    for lease, seconds in zip(leases, (1, 1, 60, 60, 60), strict=True):
        Assignment.objects.filter(pk=lease.pk).update(leased_at=F("submitted_at") - timedelta(seconds=seconds))
    look_at(job, worker)
    assert rule.firings.get().value == pytest.approx(1.0)


def test_agreement_is_with_what_was_concluded() -> None:
    job = make.published_job(n_tasks=4, min_overlap=3, max_overlap=3, target_confidence=0.6)
    odd, others = make.worker(), [make.worker() for _ in range(2)]
    rule = make.rule(job, collector=Collector.AGREEMENT, comparison=Comparison.BELOW, threshold=0.5, n_latest=4)
    for task in job.tasks.order_by("ordinal"):
        believed(answer_task(task, {odd: "dog", **dict.fromkeys(others, "cat")}))
    for worker in (odd, *others):
        look_at(job, worker)
    assert [(firing.worker, firing.value) for firing in rule.firings.all()] == [(odd, 0.0)]


def test_skipping_is_seen() -> None:
    job, worker = make.published_job(n_tasks=4), make.worker()
    rule = make.rule(job, collector=Collector.SKIPPED_SHARE, threshold=0.5, n_latest=3)
    for _ in range(2):
        give_back(make.lease(job, by=worker).pk, state=AssignmentState.SKIPPED)
    answered(job, worker, ["cat"])
    look_at(job, worker)
    assert rule.firings.get().value == pytest.approx(2 / 3)


def test_a_rule_on_numbers_of_answers_waits_for_as_many_as_it_says_it_looked_at() -> None:
    job, worker = make.published_job(n_tasks=4), make.worker()
    make.rule(job, comparison=Comparison.BELOW, threshold=9.0, n_latest=2)
    looked_at = []
    for _ in range(2):
        make.answer(make.lease(job, by=worker))
        look_at(job, worker)
        looked_at.append(list(Finding.objects.filter(job=job).values_list("n_answers", flat=True)))
    assert looked_at == [[], [2]]


def test_an_ended_rule_watches_no_more() -> None:
    job, worker = make.published_job(n_tasks=4), make.worker()
    rule = make.rule(job, threshold=0.0)
    answered(job, worker, ["cat"])
    end_rule(rule.pk)
    assert end_rule(rule.pk).ended_at is not None
    look_at(job, worker)
    assert not RuleFiring.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"collector": Collector.GOLD_SCORE, "threshold": 1.5}, "threshold"),
        ({"action": RuleAction.PAUSE}, "pause_minutes"),
        ({"action": RuleAction.FLAG, "pause_minutes": 5}, "pause_minutes"),
        ({"action": RuleAction.RAISE_GOLD}, "gold_ppm"),
        ({"action": RuleAction.PAUSE, "pause_minutes": 5, "gold_ppm": 9}, "gold_ppm"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    job = make.published_job()
    with pytest.raises(InvalidInput) as refused:
        make_rule(job.pk, spec(**changes), created_by_id=job.created_by_id)
    assert refused.value.field == field


def test_classes_are_watched_where_there_are_any() -> None:
    job = make.published_job(annotation_type="bounding_box")
    with pytest.raises(InvalidInput):
        make_rule(job.pk, spec(collector=Collector.AGREEMENT, threshold=0.5), created_by_id=job.created_by_id)


def test_a_job_has_so_many_rules() -> None:
    job = make.published_job()
    for _ in range(MAX_RULES):
        make.rule(job)
    with pytest.raises(TooManyRules):
        make.rule(job)


@pytest.mark.django_db(transaction=True)
def test_rules_follow_answers_by_the_log_and_only_where_there_are_any() -> None:
    watched, plain, worker = make.published_job(n_tasks=3), make.published_job(n_tasks=3), make.worker()
    make.rule(watched, threshold=0.0)
    for job in (watched, plain):
        answered(job, worker, ["cat"])
    while pending := list(Delivery.objects.filter(done_at=None, attempts=0).values_list("pk", flat=True)):
        for delivery_id in pending:
            deliver(delivery_id)
    assert not Delivery.objects.exclude(last_error="").exists()
    assert Event.objects.filter(type="rules_due").count() == 1
    assert RuleFiring.objects.get().rule.job == watched


@pytest.mark.django_db(transaction=True)
def test_a_doubled_look_fires_once() -> None:
    job, worker = make.published_job(n_tasks=3), make.worker()
    make.rule(job, threshold=0.0)
    answered(job, worker, ["cat"])
    run_together([partial(look_at, job, worker) for _ in range(4)])
    assert RuleFiring.objects.count() == 1
    ask_for_rules(job.pk, "w-nobody")  # asked for, though nobody is looked at yet


def test_rules_over_http(cast: Cast, client_of: ClientFactory) -> None:
    job = make.published_job(home=cast.home)
    http, url = client_of(cast.owner), f"/api/v1/jobs/{job.pk}/rules"
    body = {"collector": "answers", "comparison": "above", "threshold": 0, "n_latest": 1, "action": "flag"}
    rule = body_of(http.post(url, body, headers=with_key()), 201)
    answered(job, cast.worker, ["cat"])
    look_at(job, cast.worker)
    [listed] = body_of(http.get(url))["items"]
    assert (listed["id"], listed["n_fired"], listed["ended_at"]) == (rule["id"], 1, None)
    [firing] = body_of(http.get(f"/api/v1/rules/{rule['id']}/firings"))["items"]
    assert (firing["worker"], firing["value"]) == (job.workers.get().pseudonym, 1.0)
    [finding] = body_of(http.get(f"/api/v1/jobs/{job.pk}/findings"))["items"]
    assert (finding["kind"], finding["p_value"]) == ("rule", None)
    assert body_of(http.post(f"/api/v1/rules/{rule['id']}/end", {}, headers=with_key()))["ended_at"]
    for changes, code, field in (
        ({"collector": "charm"}, "invalid", "collector"),
        ({"threshold": "1"}, "invalid", "threshold"),
        ({"n_latest": 0}, "invalid", "n_latest"),
        ({"pause_minutes": 5}, "invalid_input", "pause_minutes"),
        ({"reject": True}, "invalid", "reject"),
    ):
        problem_of(http.post(url, {**body, **changes}, headers=with_key()), 400, code, field)
