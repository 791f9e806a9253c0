"""Runs that people ask for: made, compared, promoted, taken home."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from labeling.errors import InvalidInput, WrongState
from labeling.models import CloseReason, LabelingJob
from labeling.services import close_job
from marketplace.operations.models import Operation, OperationState
from marketplace.releases.services import request_release
from quality.errors import NoConsensusYet, TooManyRuns
from quality.models import MAX_RUNS, ConsensusLabel, ConsensusRun
from quality.services import compare_runs, finalise_labels, flips, make_run, methods_of, promote_run, request_run
from quality.services.aggregation import AGGREGATORS
from tests import make
from tests.api.expect import body_of, problem_of, with_key
from tests.choreography.crowd import run_together
from tests.conftest import Cast, ClientFactory
from tests.quality.answering import answer_task
from tests.releases.completed import CAT, completed_job, pets_job

pytestmark = pytest.mark.django_db

BOX = [{"class": "cat", "box": [10.0, 10.0, 60.0, 60.0]}]


def asked(job: LabelingJob, method: str = "majority", parameters: Mapping[str, float] | None = None) -> Operation:
    """Return the operation of a run, queued."""
    return request_run(job.pk, method=method, parameters=parameters or {}, requested_by_id=job.created_by_id)


def made(job: LabelingJob, method: str = "majority", parameters: Mapping[str, float] | None = None) -> ConsensusRun:
    """Return a run that was asked for."""
    operation = asked(job, method, parameters)
    make_run(operation.pk)
    operation.refresh_from_db()
    assert operation.state == OperationState.SUCCEEDED, operation.error
    return ConsensusRun.objects.get(pk=operation.result["run"])


def contested_job() -> LabelingJob:
    """Return an ended job on whose last task two bad workers outvote a good one."""
    job = make.published_job(n_tasks=13, min_overlap=3, max_overlap=5, target_confidence=0.8)
    good, bad, worse = make.worker(), make.worker(), make.worker()
    others = [make.worker() for _ in range(2)]
    *plain, last = job.tasks.order_by("ordinal")
    for n, task in enumerate(plain):
        truth, wrong = ("cat", "dog") if n % 2 else ("dog", "cat")
        answers = {good: truth, **dict.fromkeys(others, truth)}
        answers |= {bad: truth if n % 3 else wrong, worse: wrong if n % 4 else truth}
        answer_task(task, answers)
    answer_task(last, {good: "cat", bad: "dog", worse: "dog"})
    close_job(job.pk, reason=CloseReason.MANUAL)
    finalise_labels(job.pk)
    return LabelingJob.objects.get(pk=job.pk)


def current(job: LabelingJob) -> ConsensusRun:
    """Return the job's run."""
    run = ConsensusRun.objects.current_of(job)
    assert run is not None
    return run


# --- asking ---------------------------------------------------------------------------------------------------------
def test_every_method_of_classes_makes_a_run() -> None:
    job = contested_job()
    for method in ("two_views", "auto", "majority", "weighted_vote", "one_coin", "dawid_skene", "glad", "ordinal"):
        run = made(job, method)
        assert run.labels.count() == 13
        assert (run.is_current, run.parameters["asked"]["method"]) == (False, method)
    assert made(job, "crowd-kit:MajorityVote").method == "crowd-kit:MajorityVote"
    assert current(job).number == 1


def test_parameters_are_used_and_kept() -> None:
    job = contested_job()
    plain, bold = made(job, "two_views"), made(job, "two_views", {"competence": 0.95, "target_confidence": 0.6})
    assert bold.parameters["asked"]["parameters"] == {"competence": 0.95, "target_confidence": 0.6}
    assert bold.parameters["target_confidence"] == 0.6
    assert bold.parameters["crowd"] != plain.parameters["crowd"]
    assert bold.labels.filter(state="final").count() >= plain.labels.filter(state="final").count()


def test_boxes_are_matched_by_other_thresholds() -> None:
    job = completed_job({"a.jpg": [BOX, BOX]}, annotation_type="bounding_box")
    assert [*methods_of(job)] == ["matched_clusters"]
    assert made(job, "matched_clusters", {"min_similarity": 0.9, "miss": 0.3}).labels.count() == 1


@pytest.mark.parametrize(
    ("method", "parameters", "field"),
    [
        ("no_such", {}, "method"),
        ("matched_clusters", {}, "method"),
        ("majority", {"competence": 0.7}, "parameters.competence"),
        ("two_views", {"competence": 1.5}, "parameters.competence"),
        ("two_views", {"competence": float("nan")}, "parameters.competence"),
        ("two_views", {"competence": True}, "parameters.competence"),
        ("two_views", {"competence": "0.7"}, "parameters.competence"),
        ("two_views", {"target_confidence": 0.5}, "parameters.target_confidence"),
    ],
)
def test_what_no_method_takes_is_refused_by_name(method: str, parameters: Any, field: str) -> None:
    job = pets_job()
    with pytest.raises(InvalidInput) as refused:
        asked(job, method, parameters)
    assert refused.value.field == field
    assert not Operation.objects.filter(kind="consensus_run").exists()


def test_a_run_waits_for_the_end_of_the_job_and_for_its_own_labels() -> None:
    job = make.published_job()
    with pytest.raises(WrongState):
        asked(job)
    close_job(job.pk, reason=CloseReason.MANUAL)
    with pytest.raises(NoConsensusYet):
        asked(job)


def test_a_job_keeps_so_many_runs() -> None:
    job = pets_job()
    for _ in range(MAX_RUNS - 1):
        asked(job)
    with pytest.raises(TooManyRuns):
        asked(job)


def test_a_run_is_made_once() -> None:
    job = pets_job()
    operation = asked(job)
    make_run(operation.pk)
    make_run(operation.pk)
    assert job.consensus_runs.count() == 2


# --- comparing ------------------------------------------------------------------------------------------------------
def test_what_flips_is_told_with_the_votes_behind_it() -> None:
    job = contested_job()
    first, second = made(job, "majority"), made(job, "two_views")
    summary = compare_runs(first, second)
    assert (summary["n_tasks"], summary["n_flipped"], summary["complete"]) == (13, 1, True)
    assert summary["moves"] == [{"from": "dog", "to": "cat", "n_tasks": 1}]
    rows, last = flips(first, second, after=0, limit=50)
    [flip] = [row for row in rows if row["flipped"]]
    assert (flip["ordinal"], last) == (13, None)
    weight = {vote["class"]: vote["weight_second"] for vote in flip["votes"] if vote["class"] == "cat"}
    assert weight["cat"] > 0
    assert all(vote["weight_first"] is None for vote in flip["votes"])  # majority weighs nobody


def test_flips_come_in_pages() -> None:
    job = pets_job()
    first = current(job)
    second = made(job, "two_views", {"target_confidence": 0.9999})
    rows, after = [], 0
    for _ in range(10):
        page, last = flips(first, second, after=after, limit=1)
        rows += page
        if last is None:
            break
        after = last
    all_rows, _ = flips(first, second, after=0, limit=50)
    assert [row["task"] for row in rows] == [row["task"] for row in all_rows]


# --- promoting ------------------------------------------------------------------------------------------------------
def test_a_promoted_run_is_the_one_that_is_released_and_the_other_is_kept() -> None:
    job = contested_job()
    before, after = current(job), made(job, "majority")
    promote_run(after.pk, user_id=job.created_by_id)
    promote_run(after.pk, user_id=job.created_by_id)  # again: nothing changes
    assert current(job).pk == after.pk
    assert request_release(job, formats=["csv"], created_by_id=job.created_by_id).run_id == after.pk
    side_by_side = request_release(job, formats=["csv"], created_by_id=job.created_by_id, run_id=before.pk)
    assert side_by_side.run_id == before.pk
    assert ConsensusLabel.objects.filter(run=before).count() == 13


def test_the_database_refuses_two_current_runs() -> None:
    job = pets_job()
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsensusRun.objects.filter(pk=made(job).pk).update(is_current=True)


@pytest.mark.django_db(transaction=True)
def test_promotions_at_once_leave_one_current_run() -> None:
    job = pets_job()
    runs = [made(job) for _ in range(4)]
    run_together([partial(_promote, run, job) for run in runs])
    assert job.consensus_runs.filter(is_current=True).count() == 1


def _promote(run: ConsensusRun, job: LabelingJob) -> None:
    promote_run(run.pk, user_id=job.created_by_id)


# --- over HTTP ------------------------------------------------------------------------------------------------------
def test_a_run_over_http_from_asking_to_promotion(cast: Cast, client_of: ClientFactory) -> None:
    job = pets_job(cast.home)
    http, root = client_of(cast.owner), "/api/v1"
    first = body_of(http.get(f"{root}/jobs/{job.pk}/consensus"))["run"]
    operation = body_of(
        http.post(f"{root}/jobs/{job.pk}/consensus-runs", {"method": "majority"}, headers=with_key()), 202
    )
    make_run(operation["id"])
    second = body_of(http.get(f"{root}/operations/{operation['id']}"))["result"]["run"]
    compared = body_of(http.get(f"{root}/consensus-runs/{first['id']}/comparison?with={second}"))
    assert (compared["n_tasks"], compared["first"]["id"], compared["second"]["id"]) == (3, first["id"], second)
    assert body_of(http.get(f"{root}/consensus-runs/{first['id']}/flips?with={second}"))["next"] is None
    assert body_of(http.post(f"{root}/consensus-runs/{second}/promote", {}, headers=with_key()))["is_current"]
    assert body_of(http.get(f"{root}/jobs/{job.pk}/consensus"))["run"]["id"] == second
    assert len(body_of(http.get(f"{root}/jobs/{job.pk}/consensus-runs"))["items"]) == 2
    body = {"formats": ["csv"], "run": first["id"]}
    assert body_of(http.post(f"{root}/jobs/{job.pk}/releases", body, headers=with_key()), 202)["run"] == first["id"]


def test_bad_requests_about_runs_are_refused_by_name(cast: Cast, client_of: ClientFactory) -> None:
    job, foreign = pets_job(cast.home), pets_job()
    http, root = client_of(cast.owner), f"/api/v1/consensus-runs/{current(job).pk}"
    problem_of(http.get(f"{root}/comparison"), 400, "invalid_parameter", "with")
    problem_of(http.get(f"{root}/comparison?with=me"), 400, "invalid_parameter", "with")
    problem_of(http.get(f"{root}/comparison?with={current(foreign).pk}"), 404, "not_found")
    problem_of(http.get(f"{root}/flips?with={current(job).pk}&after=-1"), 400, "invalid_parameter", "after")
    problem_of(http.get(f"{root}/flips?with={current(job).pk}&after=99999999999"), 400, "invalid_parameter", "after")
    body = {"formats": ["csv"], "run": str(current(foreign).pk)}
    problem_of(http.post(f"/api/v1/jobs/{job.pk}/releases", body, headers=with_key()), 404, "not_found", "run")
    runs = f"/api/v1/jobs/{job.pk}/consensus-runs"
    problem_of(http.post(runs, {"method": 7}, headers=with_key()), 400, "invalid", "method")
    hostile: list[Any] = [[], {"competence": {"x": 1}}, {"competence": 10**400}, {"competence\x00": 1}]
    for parameters in hostile:
        refused = http.post(runs, {"method": "two_views", "parameters": parameters}, headers=with_key())
        assert refused.status_code == 400


@pytest.mark.parametrize("method", [*AGGREGATORS["image_classification"].methods])
def test_every_method_ends_on_a_job_of_one_answer_and_of_none(method: str) -> None:
    given: list[list[Any]] = [[CAT], []]
    for answers in given:
        job = completed_job({"a.jpg": answers})
        operation = asked(job, method)
        make_run(operation.pk)
        operation.refresh_from_db()
        assert operation.state in (OperationState.SUCCEEDED, OperationState.FAILED)
        assert operation.state == OperationState.SUCCEEDED or operation.error["code"] == "crowd_kit_unavailable"
