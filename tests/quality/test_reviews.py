"""What reviews make of labels: what is looked at, when enough people have looked, and what is believed then."""

import pytest

from labeling.errors import WrongState
from labeling.models import CloseReason, LabelingJob, RetiredReason, Task, TaskKind, Verdict
from labeling.services import claim_tasks, close_job
from quality.errors import NoReviewLeft, ReviewUnderWay
from quality.models import ConsensusLabel, ConsensusRun, LabelState, ReviewerRecord, TaskBelief
from quality.services import (
    explain_label,
    finalise_labels,
    refit_skills,
    request_review,
    take_last_look,
    update_belief,
    weigh_review,
)
from tests import invariants, make

pytestmark = pytest.mark.django_db

DOG = [{"class": "dog"}]


def sure(**changes: object) -> Task:
    """Return a task of two answers that agree, in a job that pays for reviews by seniors."""
    terms: dict[str, object] = {"classes": ("cat", "cat"), "review_share": 1.0, "target_confidence": 0.75}
    return make.retired_task(**(terms | changes))  # type: ignore[arg-type] # as `retired_task` takes them


def torn(**changes: object) -> Task:
    """Return a task whose two answers contradict each other."""
    return sure(**({"classes": ("cat", "dog"), "target_confidence": 0.95} | changes))


def belief_in(task: Task) -> TaskBelief:
    """Return what is believed of a task."""
    return TaskBelief.objects.get(pk=task.pk)


def label_of(task: Task) -> ConsensusLabel:
    """Return a task's label after its job was ended."""
    close_job(task.job_id, reason=CloseReason.MANUAL)
    finalise_labels(task.job_id)
    return ConsensusLabel.objects.get(task=task)


def test_a_task_that_ends_in_doubt_goes_to_somebody_else_with_the_answers_that_compete() -> None:
    task = torn()
    check = Task.objects.checks().get(parent_task=task)
    assert check.kind == TaskKind.ADJUDICATE
    shown = [each.annotations[0]["class"] for each in check.proposals.all()]
    assert sorted(shown) == ["cat", "dog"]
    assert check.pay_micros == task.pay_micros  # it is as much work as an answer


def test_where_nobody_pays_for_reviews_there_are_none() -> None:
    task = torn(review_share=0.0)
    assert task.retired_reason == RetiredReason.DISPUTED
    assert not task.children.exists()


def test_adjudicators_who_agree_decide() -> None:
    task = torn()
    make.verdict(make.check_of(task), None, annotations=DOG)
    assert Task.objects.get(parent_task=task).wanted_overlap == 2  # one stranger's word is not enough for 95 %
    make.verdict(make.check_of(task), None, annotations=DOG)
    check = Task.objects.get(parent_task=task)
    assert (check.state, check.retired_reason) == ("retired", "confident")
    assert belief_in(task).value["class"] == "dog"
    label = label_of(task)
    assert (label.value["class"], label.state, label.n_reviews) == ("dog", LabelState.FINAL, 2)
    assert set(invariants.broken()) <= {"a stream has a gap or an unnumbered event"}  # these get theirs at the commit


def test_adjudicators_who_do_not_agree_leave_it_disputed() -> None:
    task = torn(target_confidence=0.99, n_tasks=3)
    for annotations in ([{"class": "cat"}], DOG, [{"class": "cat"}]):
        make.verdict(make.check_of(task), None, annotations=annotations)
    check = Task.objects.get(parent_task=task)
    assert (check.state, check.retired_reason, check.n_taken) == ("retired", "disputed", 3)
    assert label_of(task).state == LabelState.DISPUTED


def test_who_orders_the_labels_decides_alone_and_is_not_paid() -> None:
    home = make.organization()
    task = torn(home=home, reviewed_by="requester", target_confidence=0.98)
    make.verdict(make.check_of(task, by=make.owner_of(home)), None, annotations=DOG)
    check = Task.objects.get(parent_task=task)
    assert (check.retired_reason, check.pay_micros) == ("confident", 0)
    assert belief_in(task).value["class"] == "dog"


def test_an_accepted_label_is_surer_and_a_rejected_one_is_asked_again() -> None:
    task = sure()
    before = belief_in(task).confidence
    request_review(task.pk)
    make.verdict(make.check_of(task), Verdict.ACCEPT)
    assert belief_in(task).confidence > before
    other = sure(max_overlap=3)
    request_review(other.pk)
    make.verdict(make.check_of(other), Verdict.REJECT)
    other.refresh_from_db()
    assert (other.state, other.wanted_overlap) == ("open", 3)
    assert Task.objects.get(parent_task=other).state == "retired"


def test_a_rejected_label_that_can_have_no_more_answers_is_shown_to_somebody_else() -> None:
    task = sure()
    request_review(task.pk)
    make.verdict(make.check_of(task), Verdict.REJECT)
    check = Task.objects.get(parent_task=task)
    assert (check.state, check.wanted_overlap) == ("open", 2)
    make.verdict(make.check_of(task), Verdict.FIX, annotations=DOG)
    assert belief_in(task).value["class"] == "dog"


def test_a_fix_of_boxes_becomes_the_label() -> None:
    left, right = [0.0, 0.0, 50.0, 50.0], [200.0, 0.0, 260.0, 80.0]
    task = make.task(
        annotation_type="bounding_box", review_share=1.0, reviewed_by="requester", target_confidence=0.6, max_overlap=1
    )
    make.answer(make.lease(task.job), annotations=[{"class": "cat", "box": left}])
    update_belief(task.pk)
    owner = make.owner_of(task.job.organization)
    if not task.children.exists():
        request_review(task.pk)
    held = make.check_of(task, by=owner)
    fixed = [{"class": "cat", "box": left}, {"class": "dog", "box": right}]
    make.verdict(held, Verdict.FIX, annotations=fixed, conflicts=["missing_annotation"])
    objects = belief_in(task).value["objects"]
    assert [(each["class"], each["box"]) for each in objects] == [("cat", left), ("dog", right)]
    assert belief_in(task).confidence > 0.9


def test_weighing_a_review_twice_changes_nothing() -> None:
    task = torn()
    given = make.verdict(make.check_of(task), None, annotations=DOG)
    before = belief_in(task).confidence
    weigh_review(given.task_id)
    assert belief_in(task).confidence == before
    assert Task.objects.get(parent_task=task).wanted_overlap == 2


def test_before_the_end_a_sample_of_the_sure_labels_is_looked_at() -> None:
    job = make.published_job(n_tasks=8, min_overlap=2, max_overlap=2, target_confidence=0.55, review_share=0.5)
    for _ in range(2):
        for held in claim_tasks(job.pk, make.worker().pk, limit=8):
            make.answer(held)
    for task in job.tasks.order_by("ordinal"):
        update_belief(task.pk)
    checks = Task.objects.checks().filter(job=job)
    assert not checks.exists()
    take_last_look(job.pk)
    assert checks.count() == 4
    assert {check.kind for check in checks} == {TaskKind.REVIEW}
    assert len({check.parent_task_id for check in checks}) == 4
    take_last_look(job.pk)
    assert checks.count() == 4  # what the job pays for, and no more


def test_a_run_learns_how_good_its_reviewers_are_and_keeps_their_verdicts_in_its_labels() -> None:
    task = sure()
    request_review(task.pk)
    reviewer = make.worker()
    make.verdict(make.check_of(task, by=reviewer), Verdict.ACCEPT)
    refit_skills(task.job_id)
    record = ReviewerRecord.objects.get(job=task.job, worker=reviewer)
    assert record.n_reviews == 1
    assert record.parameters["accepts"][0] > 19.0
    label = label_of(task)
    assert label.n_reviews == 1
    assert ConsensusRun.objects.get(job=task.job).parameters["n_reviews"] == 1


def test_why_a_label_is_final_tells_of_its_reviews() -> None:
    task = torn()
    for _ in range(2):
        make.verdict(make.check_of(task), None, annotations=DOG)
    label = label_of(task)
    told = explain_label(task.pk, run=label.run)
    assert told["reason"] == "reviewed"
    assert [(each["verdict"], each["kind"]) for each in told["reviews"]] == [("choose", "adjudicate")] * 2
    assert all(each["likelihood_ratio"] > 2 for each in told["reviews"])
    assert all(str(each["reviewer"]).startswith("w-") for each in told["reviews"])
    assert "review_asked" in {each["event"] for each in told["events"]}


def test_who_asks_for_a_review_is_told_why_there_is_none() -> None:
    task = sure(n_tasks=2, review_share=0.5)
    open_task = Task.objects.annotations().filter(job=task.job, state="open")[0]
    with pytest.raises(WrongState):
        request_review(open_task.pk)
    request_review(task.pk)
    with pytest.raises(ReviewUnderWay):
        request_review(task.pk)
    make.verdict(make.check_of(task), Verdict.ACCEPT)
    Task.objects.filter(parent_task=task).update(state="retired", retired_reason="confident")
    with pytest.raises(NoReviewLeft, match="pays for"):
        request_review(task.pk)


def test_a_check_that_nobody_is_left_to_make_is_given_up() -> None:
    home = make.organization()
    people = [make.worker(home), make.worker(home)]
    reviewer = make.worker(home)
    task = torn(home=home, workforce="private", by=people)
    check = Task.objects.get(parent_task=task)
    reviewer.is_active = False
    reviewer.save()
    weigh_review(check.pk)
    check.refresh_from_db()
    assert (check.state, check.retired_reason) == ("retired", "supply")
    assert LabelingJob.objects.get(pk=task.job_id).review_reserve_micros > 0
    assert set(invariants.broken()) <= {"a stream has a gap or an unnumbered event"}  # these get theirs at the commit
