"""Training and exams: who is taught what, what they are told, and what passing opens."""

from typing import Any

import pytest

from labeling.errors import InvalidInput, NotQualified
from labeling.models import AssignmentState, JobWorker, LabelingJob, WorkerGrant
from labeling.services import claim_tasks, give_back, revoke_grant
from marketplace.orders.models import Order
from quality.errors import KnownAnswersMissing, NoFeedbackYet
from quality.services import feedback_on, note_skip
from tests import invariants, make
from tests.api.expect import body_of, problem_of
from tests.conftest import Cast, ClientFactory
from tests.orders import flow

pytestmark = pytest.mark.django_db


def test_a_training_is_answered_in_its_order_and_an_exam_in_any() -> None:
    training = make.course(n_lessons=8)
    learner = make.worker()
    assert [held.task.ordinal for held in claim_tasks(training.pk, learner.pk, limit=20)] == [*range(1, 9)]
    exam = make.course(n_lessons=8, purpose="exam", n_learners=20)
    orders = {tuple(held.task.ordinal for held in claim_tasks(exam.pk, make.worker().pk, limit=8)) for _ in range(5)}
    assert len(orders) > 1


def test_a_learner_is_told_what_was_right_and_passes_with_enough_of_it() -> None:
    training = make.course(n_lessons=3, pass_share=0.66)
    learner = make.worker()
    first, second, third = make.learn(training, "cat", "dog", "cat", by=learner)
    told = feedback_on(second.assignment)
    assert told is not None
    assert (told["score"], told["is_right"]) == (0.0, False)
    assert [each["class"] for each in told["known"]] == ["cat"]
    assert [each["kind"] for each in told["conflicts"]] == ["mismatching_label"]
    assert (told["n_done"], told["n_right"], told["passed"]) == (3, 2, True)
    grant = WorkerGrant.objects.get(course=training, worker=learner)
    assert grant.share == pytest.approx(2 / 3)
    assert first.uncounted_reason == third.uncounted_reason == "gold"


def test_who_got_too_little_right_has_passed_nothing() -> None:
    training = make.course(n_lessons=3, pass_share=0.8)
    make.learn(training, "cat", "dog", "cat", by=make.worker())
    assert not WorkerGrant.objects.exists()


def test_an_exam_tells_nothing_before_its_end() -> None:
    exam = make.course(n_lessons=2, purpose="exam")
    learner = make.worker()
    [first] = make.learn(exam, "cat", by=learner)
    with pytest.raises(NoFeedbackYet):
        feedback_on(first.assignment)
    make.learn(exam, "cat", by=learner)
    told = feedback_on(first.assignment)
    assert told is not None
    assert told["passed"]


def test_a_lesson_that_is_skipped_last_is_not_right() -> None:
    training = make.course(n_lessons=2, pass_share=0.5)
    learner = make.worker()
    make.learn(training, "cat", by=learner)
    [held] = claim_tasks(training.pk, learner.pk, limit=5)
    give_back(held.pk, state=AssignmentState.SKIPPED)
    note_skip(held.task_id, JobWorker.objects.get(job=training, worker=learner).pseudonym)
    assert WorkerGrant.objects.get(worker=learner).share == 0.5


def test_no_more_learn_than_are_paid_for() -> None:
    training = make.course(n_lessons=2, n_learners=1)
    first, second = make.worker(), make.worker()
    assert len(claim_tasks(training.pk, first.pk, limit=1)) == 1
    assert claim_tasks(training.pk, second.pk, limit=5) == []
    assert len(claim_tasks(training.pk, first.pk, limit=5)) == 1


def test_a_job_that_requires_an_exam_is_closed_to_who_has_not_passed_it() -> None:
    home = make.organization()
    exam = make.course(n_lessons=1, purpose="exam", home=home)
    job = make.published_job(home=home, requires=exam)
    learner = make.worker()
    with pytest.raises(NotQualified):
        claim_tasks(job.pk, learner.pk, limit=1)
    make.learn(exam, "cat", by=learner)
    assert len(claim_tasks(job.pk, learner.pk, limit=1)) == 1
    revoke_grant(WorkerGrant.objects.get(worker=learner).pk, user_id=make.owner_of(home).pk)
    with pytest.raises(NotQualified):
        claim_tasks(job.pk, learner.pk, limit=1)


def test_peers_review_only_what_they_are_qualified_for_and_seniors_anyway() -> None:
    home = make.organization()
    exam = make.course(n_lessons=1, purpose="exam", home=home, n_learners=5)
    workers = [make.worker(), make.worker()]
    for somebody in workers:
        make.learn(exam, "cat", by=somebody)
    terms: dict[str, Any] = {"home": home, "requires": exam, "review_share": 1.0, "target_confidence": 0.95}
    task = make.retired_task(classes=("cat", "dog"), by=workers, **terms)
    with pytest.raises(NotQualified):
        claim_tasks(task.job_id, make.worker().pk, limit=1)
    LabelingJob.objects.filter(pk=task.job_id).update(reviewed_by="requester")
    [held] = claim_tasks(task.job_id, make.owner_of(home).pk, limit=5)
    assert held.task.is_check


def test_only_a_training_or_an_exam_of_ones_own_can_be_required() -> None:
    with pytest.raises(InvalidInput):
        make.job(requires=make.job())
    with pytest.raises(InvalidInput):
        make.job(requires=make.course())


def test_a_training_without_all_its_answers_is_not_quoted() -> None:
    drafted = make.job(n_tasks=3, n_gold=2, purpose="training", n_learners=1)
    with pytest.raises(KnownAnswersMissing) as refused:
        make.order(drafted)
    assert refused.value.data["n_missing"] == 1


def test_learners_are_paid_for_every_lesson_and_the_training_ends_with_the_last() -> None:
    training = make.course(n_lessons=2, n_learners=2)
    learners = [make.worker(), make.worker()]
    for learner in learners:
        for held in claim_tasks(training.pk, learner.pk, limit=5):
            make.answer(held)
    flow.run_to_rest()
    training.refresh_from_db()
    order = Order.objects.get(job=training)
    assert (training.state, training.close_reason, order.state) == ("completed", "completed", "settled")
    assert order.paid_micros == 4 * training.pay_micros
    assert WorkerGrant.objects.filter(course=training).count() == 2
    assert set(invariants.broken()) <= {"a stream has a gap or an unnumbered event"}


def test_a_training_that_is_under_way_stays_open() -> None:
    training = make.course(n_lessons=2, n_learners=2)
    make.learn(training, "cat", "cat", by=make.worker())
    flow.run_to_rest()
    training.refresh_from_db()
    assert training.state == "open"


# --- over HTTP ------------------------------------------------------------------------------------------------------
def test_a_learner_finds_the_way_from_the_refusal_to_the_work(cast: Cast, client_of: ClientFactory) -> None:
    exam = make.course(n_lessons=1, purpose="exam", home=cast.home)
    job = make.published_job(home=cast.home, requires=exam)
    learner = make.worker()
    client = client_of(learner)
    listed = {item["id"]: item for item in body_of(client.get("/api/v1/work/jobs"))["items"]}
    assert (listed[str(job.pk)]["requires"], listed[str(job.pk)]["qualified"]) == (str(exam.pk), False)
    refusal = problem_of(client.post(f"/api/v1/jobs/{job.pk}/claim", {"limit": 1}), 409, "not_qualified")
    assert refusal["requires"] == str(exam.pk)
    assert listed[str(exam.pk)]["purpose"] == "exam"
    [given] = make.learn(exam, "cat", by=learner)
    told = body_of(client.get(f"/api/v1/assignments/{given.assignment_id}/feedback"))
    assert (told["is_right"], told["passed"]) == (True, True)
    [passed] = body_of(client.get("/api/v1/me/qualifications"))["items"]
    assert (passed["course"], passed["share"]) == (str(exam.pk), 1.0)
    assert len(body_of(client.post(f"/api/v1/jobs/{job.pk}/claim", {"limit": 1}))["items"]) == 1
    owner = client_of(cast.owner)
    [row] = body_of(owner.get(f"/api/v1/jobs/{exam.pk}/learners"))["items"]
    assert (row["n_done"], row["n_right"], row["grant"]) == (1, 1, passed["id"])


def test_other_work_has_no_feedback_gold_least_of_all(client_of: ClientFactory) -> None:
    job = make.published_job(n_tasks=2, n_gold=1)
    worker = make.worker()
    held = make.gold_lease(job, by=worker)
    make.answer(held)
    problem_of(client_of(worker).get(f"/api/v1/assignments/{held.pk}/feedback"), 404, "not_found")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": "exam"}, "n_learners"),
        ({"n_learners": 5}, "n_learners"),
        ({"purpose": "training", "n_learners": 5, "review_share": 0.5}, "review_share"),
        ({"purpose": "training", "n_learners": 5, "by_offer_only": True}, "by_offer_only"),
        ({"purpose": "test"}, "purpose"),
        ({"pass_share": 0}, "pass_share"),
        ({"requires": "00000000-0000-0000-0000-000000000000"}, "requires"),
        ({"reviewed_by": "peer", "review_share": 0.1, "by_offer_only": True}, "reviewed_by"),
        ({"review_share": 1.5}, "review_share"),
        ({"reviewed_by": "boss"}, "reviewed_by"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused_by_name(
    cast: Cast, client_of: ClientFactory, changes: dict[str, Any], field: str
) -> None:
    plan = make.project(cast.home)
    body = {
        "ontology": make.ontology(plan).pk,
        "guideline": make.guideline(plan).pk,
        "dataset": make.dataset(cast.home, n_assets=1).pk,
        "name": "Cats",
        "annotation_type": "image_classification",
    }
    response = client_of(cast.owner).post("/api/v1/jobs", body | changes)
    assert response.status_code in {400, 404}
    assert response.json()["field"] == field
