"""Why a label is final: votes, weights, rule and events, under pseudonyms."""

import math
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from labeling.models import LabelingJob, Task
from marketplace.accounts.models import Organization, User
from quality.models import AuditVerdict, WorkerSkill
from quality.services import explain_label, finalise_labels, give_verdict, refit_skills
from tests import make
from tests.api.expect import body_of, problem_of
from tests.conftest import Cast, ClientFactory
from tests.quality.answering import answer_task, believed, task_number

pytestmark = pytest.mark.django_db

LEFT, RIGHT = [10, 10, 110, 110], [300, 200, 400, 300]


def concluded(
    answers: list[dict[User, Any]], *, home: Organization | None = None, fitted: bool = False, **changes: Any
) -> LabelingJob:
    """Return an ended job with its run; `fitted`: skills were stored on the way."""
    settings: dict[str, Any] = {"min_overlap": 2, "max_overlap": 4, "target_confidence": 0.8} | changes
    job = make.published_job(n_tasks=len(answers), home=home, **settings)
    for task, given in zip(job.tasks.order_by("ordinal"), answers, strict=True):
        if given:
            answer_task(task, given)
    if fitted:
        refit_skills(job.pk)
    job.refresh_from_db()
    ended = make.ended_job(job)
    finalise_labels(ended.pk)
    return ended


def explained(job: LabelingJob, ordinal: int = 1) -> dict[str, Any]:
    run = job.consensus_runs.order_by("-number")[0]
    return explain_label(task_number(job, ordinal).pk, run=run)


def pseudonym(job: LabelingJob, worker: User) -> str:
    return job.workers.get(worker=worker).pseudonym


def box(*boxes: list[int]) -> list[dict[str, Any]]:
    return [{"class": "cat", "box": each} for each in boxes]


def test_votes_say_what_was_answered_and_how_it_weighs() -> None:
    ann, ben, cid = (make.worker() for _ in range(3))
    job = concluded([{ann: "cat", ben: "cat", cid: "dog"}])
    told = explained(job)
    votes = {vote["worker"]: vote for vote in told["votes"]}
    assert {name: vote["annotations"][0]["class"] for name, vote in votes.items()} == {
        pseudonym(job, ann): "cat",
        pseudonym(job, ben): "cat",
        pseudonym(job, cid): "dog",
    }
    weights = [vote["weight"] for vote in told["votes"]]
    assert {(weight["towards"], weight["against"]) for weight in weights} == {("cat", "dog")}
    # Two who agree weigh alike; all are known to the run from this one task.
    ratios = [weight["log_likelihood_ratio"] for weight in weights]
    assert ratios[0] == pytest.approx(ratios[1])
    assert ratios[2] < 0 < ratios[0]
    assert all(weight["measured"] for weight in weights)
    assert told["label"]["value"]["posterior"]["cat"] > 0.5
    assert (told["rule"]["target_confidence"], told["rule"]["n_counted"]) == (0.8, 3)
    assert told["versions"]["guideline"] == {"id": str(job.guideline_id), "number": job.guideline.number}
    assert told["run"]["code_version"]


def test_a_worker_known_to_err_weighs_less() -> None:
    good = [make.worker() for _ in range(3)]
    bad = make.worker()
    truth = ["cat", "dog"] * 6
    answers = [dict.fromkeys(good, name) | {bad: "cat"} for name in truth]
    job = concluded(answers, fitted=True)
    told = explained(job)
    weight = {vote["worker"]: vote["weight"] for vote in told["votes"]}
    assert WorkerSkill.objects.filter(job=job).count() == 4
    assert all(each["measured"] for each in weight.values())
    mine, theirs = weight[pseudonym(job, bad)], weight[pseudonym(job, good[0])]
    assert mine["log_likelihood_ratio"] < theirs["log_likelihood_ratio"]
    assert mine["accuracy"] < theirs["accuracy"]


@pytest.mark.parametrize(
    ("given", "state", "reason"),
    [
        (["cat"] * 4, "final", "confidence_reached"),
        (["cat"], "provisional", "below_target"),
        (["cat", "dog"], "disputed", "tie"),
        ([], None, "no_answers"),
    ],
)
def test_the_reason_is_the_clause_that_decided(given: list[str], state: str | None, reason: str) -> None:
    job = concluded([{make.worker(): name for name in given}, {make.worker(): "cat"}, {make.worker(): "dog"}])
    told = explained(job)
    assert told["reason"] == reason
    assert (told["label"] and told["label"]["state"]) == state
    assert len(told["votes"]) == len(given)


def test_an_answer_that_did_not_count_is_told_with_its_reason() -> None:
    job = make.published_job(n_tasks=1, min_overlap=1)
    early, late = make.lease(job), None
    Task.objects.update(wanted_overlap=2)
    late = make.lease(job)
    make.answer(early)
    task = believed(early.task)
    Task.objects.filter(pk=task.pk).update(state="retired", retired_reason="confident")
    LabelingJob.objects.update(late_reserve_micros=10**9)
    make.answer(late)
    finalise_labels(make.ended_job(job).pk)
    first, second = explained(job)["votes"]
    assert (first["counted"], first["uncounted_reason"]) == (True, "")
    assert (second["counted"], second["uncounted_reason"], second["weight"]) == (False, "late", None)


def test_events_come_in_order_to_the_audit() -> None:
    job = make.published_job(n_tasks=1, min_overlap=2, target_confidence=0.6)
    task = believed(answer_task(job.tasks.get(), ["cat", "cat"]))
    assert task.retired_reason == "confident"
    finalise_labels(make.ended_job(job).pk)
    audit = make.audit(job.consensus_runs.get())
    give_verdict(audit.items.get().pk, verdict=AuditVerdict.RIGHT, note="", user_id=make.user().pk)
    told = explained(job)
    assert [each["event"] for each in told["events"]] == [
        "task_opened",
        "leased",
        "answered",
        "leased",
        "answered",
        "retired",
        "concluded",
        "audited",
    ]
    times = [each["at"] for each in told["events"]]
    assert times == sorted(times)
    assert told["events"][-1]["data"] == {"audit": str(audit.pk), "verdict": "right"}
    rule = told["rule"]
    assert (rule["retired_reason"], rule["n_rounds"], rule["last_belief"]["n_answers"]) == ("confident", 1, 2)


def test_boxes_are_explained_object_by_object() -> None:
    ann, ben, cid = (make.worker() for _ in range(3))
    near = [12, 10, 112, 110]
    job = concluded(
        [{ann: box(LEFT), ben: box(RIGHT, near), cid: []}, {ann: box(LEFT)}], annotation_type="bounding_box"
    )
    told = explained(job)
    objects = {tuple(each["shape"]["box"]): each for each in told["objects"]}
    shared = next(each for place, each in objects.items() if place[0] < 200)
    lone = next(each for place, each in objects.items() if place[0] > 200)
    drawn = {each["worker"]: each for each in shared["drawn_by"]}
    assert {name: each["annotation"] for name, each in drawn.items()} == {
        pseudonym(job, ann): 0,
        pseudonym(job, ben): 1,
    }
    [silent] = shared["left_out_by"]
    assert silent["worker"] == pseudonym(job, cid)
    assert silent["log_likelihood_ratio"] < 0 < drawn[pseudonym(job, ann)]["log_likelihood_ratio"]
    assert shared["p_exist"] > lone["p_exist"]
    assert [each["worker"] for each in lone["drawn_by"]] == [pseudonym(job, ben)]
    assert all(math.isfinite(each["log_likelihood_ratio"]) for each in lone["left_out_by"])
    assert all(vote["weight"] is None for vote in told["votes"])


def test_a_run_of_a_method_without_skills_tells_no_weights() -> None:
    job = concluded([{make.worker(): "cat", make.worker(): "dog"}])
    told = explain_label(job.tasks.get().pk, run=make.run(job))
    assert [vote["weight"] for vote in told["votes"]] == [None, None]


def test_objects_that_this_version_does_not_find_are_told_without_votes() -> None:
    job = concluded([{make.worker(): box(LEFT), make.worker(): box(LEFT)}], annotation_type="bounding_box")
    thing = {"class": "cat", "box": RIGHT, "p_exist": 0.9, "confidence": 0.9, "agreement": 1.0, "n_members": 2}
    learned = job.consensus_runs.get().parameters
    run = make.run(job, values={1: {"objects": [thing], "doubted": [], "p_complete": 1.0}})
    run.parameters = learned
    [told] = explain_label(job.tasks.get().pk, run=run)["objects"]
    assert (told["drawn_by"], told["left_out_by"], told["p_exist"]) == (None, None, 0.9)


def test_the_latest_run_is_explained_unless_another_is_named(cast: Cast, client_of: ClientFactory) -> None:
    job = concluded([{make.worker(): "cat", make.worker(): "cat"}], home=cast.home)
    finalise_labels(job.pk)
    first, second = job.consensus_runs.order_by("number")
    url = f"/api/v1/tasks/{job.tasks.get().pk}/explanation"
    client = client_of(cast.reviewer)
    assert body_of(client.get(url))["run"]["id"] == str(second.pk)
    assert body_of(client.get(f"{url}?run={first.pk}"))["run"]["id"] == str(first.pk)
    elsewhere = make.run(make.ended_job(home=cast.home))
    for other in (elsewhere.pk, uuid4()):
        problem_of(client.get(f"{url}?run={other}"), 404, "no_consensus_yet")
    problem_of(client.get(f"{url}?run=latest"), 400, "invalid_parameter", "run")
    problem_of(client.get(f"{url}?verbose=1"), 400, "unknown_parameter", "verbose")


def test_without_a_run_there_is_nothing_to_explain(cast: Cast, client_of: ClientFactory) -> None:
    task = make.published_job(home=cast.home).tasks.first()
    assert task is not None
    problem_of(client_of(cast.owner).get(f"/api/v1/tasks/{task.pk}/explanation"), 404, "no_consensus_yet")


def test_nobody_is_named_and_workers_see_nothing(cast: Cast, client_of: ClientFactory) -> None:
    job = concluded([{cast.worker: "cat", make.worker(): "dog", make.worker(): "cat"}], home=cast.home)
    url = f"/api/v1/tasks/{job.tasks.get().pk}/explanation"
    text = client_of(cast.owner).get(url).content.decode()
    for worker in job.workers.select_related("worker"):
        assert worker.pseudonym in text
        for secret in (str(worker.worker_id), worker.worker.email, worker.worker.display_name):
            assert secret not in text
    for outsider in (cast.worker, cast.stranger):
        problem_of(client_of(outsider).get(url), 404, "not_found")


@pytest.mark.parametrize("n_answers", [2, 4])
def test_it_takes_the_same_queries_however_many_answers(
    n_answers: int, cast: Cast, client_of: ClientFactory, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = concluded([{make.worker(): "cat" for _ in range(n_answers)}], home=cast.home)
    client = client_of(cast.reviewer)
    with django_assert_max_num_queries(16):
        body_of(client.get(f"/api/v1/tasks/{job.tasks.get().pk}/explanation"))
