"""Final labels: a new consensus run over all counted answers, each with how far it can be relied on."""

import hashlib
from typing import Any

import pytest

from labeling.models import Answer, LabelingJob
from marketplace.live.models import Event
from quality.models import ConsensusLabel, ConsensusRun
from quality.services import finalise_labels
from tests import make
from tests.quality.answering import answer_task

pytestmark = pytest.mark.django_db

BOX = {"class": "cat", "box": [10, 10, 100, 100]}


def _concluded(answers: list[list[Any]], **changes: Any) -> tuple[LabelingJob, ConsensusRun]:
    """Return a job in which these answers were given to its tasks in order, and its run."""
    changes = {"min_overlap": 1, "max_overlap": 4, "target_confidence": 0.8} | changes
    job = make.published_job(n_tasks=len(answers), **changes)
    for task, given in zip(job.tasks.order_by("ordinal"), answers, strict=True):
        if given:
            answer_task(task, given)
    finalise_labels(job.pk)
    return job, job.consensus_runs.get()


def _labels(run: ConsensusRun) -> dict[int, ConsensusLabel]:
    return {label.task.ordinal: label for label in run.labels.select_related("task")}


def test_each_label_says_how_far_it_can_be_relied_on() -> None:
    agreed, too_few, split, unanswered = ["cat"] * 4, ["dog"], ["cat", "dog", "dog", "cat"], list[str]()
    _, run = _concluded([agreed, too_few, split, unanswered])
    labels = _labels(run)
    assert {ordinal: label.state for ordinal, label in labels.items()} == {
        1: "final",
        2: "provisional",
        3: "disputed",
    }
    assert labels[1].value["class"] == "cat"
    assert labels[1].confidence >= 0.8 > labels[2].confidence
    assert [labels[n].n_answers for n in range(1, 4)] == [4, 1, 4]


def test_a_tie_has_no_class() -> None:
    _, run = _concluded([["cat", "dog"]])
    label = run.labels.get()
    assert (label.state, label.value["class"]) == ("disputed", None)
    assert label.value["posterior"] == {"cat": 0.5, "dog": 0.5}


def test_boxes_are_concluded_too() -> None:
    near = BOX | {"box": [12, 10, 102, 100]}
    _, run = _concluded([[[BOX], [near], [BOX]], [[], [], []]], annotation_type="bounding_box")
    labels = _labels(run)
    [thing] = labels[1].value["objects"]
    assert (thing["class"], thing["box"]) == ("cat", [10, 10, 100, 100])  # the median of three
    assert labels[2].value["objects"] == []
    assert (labels[1].state, labels[2].state) == ("final", "final")
    assert run.method == "matched_clusters"


def test_a_run_says_which_answers_it_saw_and_can_be_repeated() -> None:
    job, run = _concluded([["cat", "dog"], ["cat"]])
    seen = hashlib.sha256()
    for answer_id in sorted(Answer.objects.values_list("id", flat=True)):
        seen.update(answer_id.bytes)
    assert (run.number, run.n_answers, run.input_sha256) == (1, 3, seen.hexdigest())
    assert (run.method, run.converged) == ("two_views", True)
    finalise_labels(job.pk)
    again = job.consensus_runs.get(number=2)
    assert again.input_sha256 == run.input_sha256
    assert [label.value for label in _labels(again).values()] == [label.value for label in _labels(run).values()]


def test_an_uncounted_answer_is_not_in_the_run() -> None:
    job = make.published_job(n_tasks=1)
    LabelingJob.objects.filter(pk=job.pk).update(late_reserve_micros=job.pay_micros)
    late = make.let_expire(make.lease(job))
    counted = make.answer(make.lease(job))
    assert not make.answer(late).counted
    finalise_labels(job.pk)
    run = job.consensus_runs.get()
    assert (run.n_answers, run.input_sha256) == (1, hashlib.sha256(counted.pk.bytes).hexdigest())


@pytest.mark.parametrize("kind", ["image_classification", "bounding_box"])
def test_a_job_without_answers_has_a_run_without_labels(kind: str) -> None:
    _, run = _concluded([[]], annotation_type=kind)
    assert (run.n_answers, run.labels.count()) == (0, 0)
    assert Event.objects.get(type="labels_finalised").data["n_labels"] == 0
