"""What an answer leads to: one more is wanted, or the task is done with."""

import pytest

from labeling.models import AssignmentState, LabelingJob, Task
from labeling.services import claim_tasks, give_back
from marketplace.live.models import Event
from quality.models import JobModel, TaskBelief
from quality.services import belief, update_belief
from tests import make
from tests.quality.answering import answer_task, believed

pytestmark = pytest.mark.django_db

BOX = {"class": "cat", "box": [10, 10, 100, 100]}


def _task(*, target: float = 0.8, overlap: tuple[int, int] = (2, 4), **changes: object) -> Task:
    return make.task(overlap=overlap[0], max_overlap=overlap[1], target_confidence=target, **changes)


def test_answers_that_agree_retire_the_task_as_confident() -> None:
    task = believed(answer_task(_task(), ["cat", "cat"]))
    assert (task.state, task.retired_reason) == ("retired", "confident")
    stored = TaskBelief.objects.get(task=task)
    assert stored.confidence >= 0.8
    assert (stored.value["class"], stored.n_answers) == ("cat", 2)
    assert sum(stored.value["posterior"].values()) == pytest.approx(1)
    told = Event.objects.get(type="task_retired")
    assert told.data["confidence"] == round(stored.confidence, 6)


def test_answers_that_differ_want_one_more_and_not_two() -> None:
    task = believed(answer_task(_task(), ["cat", "dog"]))
    assert (task.state, task.wanted_overlap) == ("open", 3)
    assert len(claim_tasks(task.job_id, make.worker().pk, limit=5)) == 1
    assert claim_tasks(task.job_id, make.worker().pk, limit=5) == []


def test_fewer_answers_than_the_least_decide_nothing() -> None:
    task = believed(answer_task(_task(target=0.51, overlap=(3, 4)), ["cat", "cat"]))
    assert (task.state, task.wanted_overlap) == ("open", 3)


def test_a_task_that_all_answers_leave_in_doubt_is_disputed() -> None:
    task = believed(answer_task(_task(), ["cat", "dog", "cat", "dog"]))
    assert (task.state, task.retired_reason) == ("retired", "disputed")


def test_where_further_answers_gain_too_little_none_is_bought() -> None:
    doubtful = ["cat", "dog", "cat", "dog"]
    assert believed(answer_task(_task(overlap=(2, 9)), doubtful)).wanted_overlap == 5
    task = believed(answer_task(_task(overlap=(2, 9), least_gain=0.5), doubtful))
    assert (task.state, task.retired_reason, task.n_counted) == ("retired", "disputed", 4)
    assert 0 < Event.objects.get(type="task_retired").data["gain"] < 0.5


def test_further_answers_come_after_the_first_ones_and_first_where_they_gain_most() -> None:
    job = make.published_job(n_tasks=3, min_overlap=2, max_overlap=9, target_confidence=0.99)
    even, leaning, fresh = job.tasks.order_by("ordinal")
    even = believed(answer_task(even, ["cat", "dog"]))
    leaning = believed(answer_task(leaning, ["cat", "cat"]))
    fresh.refresh_from_db()
    assert fresh.priority > even.priority > leaning.priority


def test_a_task_in_doubt_that_nobody_is_left_for_is_retired_for_supply() -> None:
    home = make.organization()
    ann, ben = make.worker(home), make.worker(home)
    task = _task(home=home, workforce="private")
    task = believed(answer_task(task, {ann: "cat", ben: "dog"}))
    assert (task.state, task.retired_reason) == ("retired", "supply")


def test_the_last_worker_who_skips_ends_the_task_too() -> None:
    home = make.organization()
    ann = make.worker(home)
    task = _task(home=home, workforce="private")
    give_back(make.lease(task.job, by=ann).pk, state=AssignmentState.SKIPPED)
    assert believed(task).retired_reason == "supply"
    assert TaskBelief.objects.get(task=task).n_answers == 0


def test_boxes_that_agree_retire_their_task_and_boxes_that_miss_do_not() -> None:
    agreed = _task(annotation_type="bounding_box")
    assert believed(answer_task(agreed, [[BOX], [BOX]])).retired_reason == "confident"
    [thing] = TaskBelief.objects.get(task=agreed).value["objects"]
    assert (thing["class"], thing["box"], thing["n_members"]) == ("cat", [10, 10, 100, 100], 2)
    missed = _task(annotation_type="bounding_box")
    assert believed(answer_task(missed, [[BOX], []])).wanted_overlap == 3


def test_an_uncounted_answer_is_not_believed() -> None:
    task = _task(overlap=(1, 4))
    job = LabelingJob.objects.get(pk=task.job_id)
    LabelingJob.objects.filter(pk=job.pk).update(late_reserve_micros=job.pay_micros)
    late = make.let_expire(make.lease(job))
    make.answer(make.lease(job), annotations=[{"class": "dog"}])
    assert not make.answer(late).counted
    believed(task)
    assert TaskBelief.objects.get(task=task).n_answers == 1
    assert TaskBelief.objects.get(task=task).value["class"] == "dog"


def test_believing_again_changes_nothing_and_counts_every_answer_once() -> None:
    task = answer_task(_task(), ["cat", "dog"])
    for _ in range(3):
        believed(task)
    assert JobModel.objects.get(pk=task.job_id).n_seen == 2
    assert Event.objects.filter(type="overlap_raised").count() == 1
    answer_task(task, ["cat", "cat"])
    for _ in range(3):
        believed(task)
    assert JobModel.objects.get(pk=task.job_id).n_seen == 4
    assert Event.objects.filter(type="task_retired").count() == 1


def test_skills_are_asked_for_when_the_answers_have_grown_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(belief, "REFIT_AT_LEAST", 3)
    monkeypatch.setattr(belief, "REFIT_GROWTH", 0.5)
    job = make.published_job(n_tasks=1, min_overlap=12, max_overlap=12)
    task = job.tasks.get()
    asked_at: list[int] = []
    for n in range(1, 13):
        update_belief(answer_task(task, ["cat"]).pk)
        if Event.objects.filter(type="refit_due").count() > len(asked_at):
            asked_at.append(n)
    # from 0: at 3; from 3: at 3 x 1.5 + 3 = 7.5; from 8 it would be at 15
    assert asked_at == [3, 8]
