"""Every annotation type over the real path: answers in PostgreSQL, belief, fit, label, explanation, agreement, gold."""

from typing import Any

import pytest

from labeling.models import AnnotationTypeName, LabelingJob, OntologyVersion
from labeling.services import add_ontology
from marketplace.accounts.models import User
from quality.models import GoldScore, LabelState, TaskBelief
from quality.services import (
    compare_runs,
    explain_label,
    finalise_labels,
    flips,
    job_agreement,
    refit_skills,
    score_gold,
    weigh_review,
)
from tests import make
from tests.labeling.core.annotations.examples import EXAMPLES, ONTOLOGY_DOCUMENT
from tests.quality.answering import answer_task, believed

pytestmark = pytest.mark.django_db

Json = dict[str, Any]
KINDS = sorted(AnnotationTypeName.values)
MASKS = ("instance_segmentation", "semantic_segmentation", "panoptic_segmentation")
SIZE = (20, 10)


def words() -> OntologyVersion:
    return add_ontology(make.project().pk, **ONTOLOGY_DOCUMENT)


def drafted(kind: str, *, n_tasks: int, **changes: Any) -> LabelingJob:
    """Return a draft whose assets are of the examples' size."""
    ontology = words()
    photos = make.dataset(ontology.project.organization)
    for number in range(1, n_tasks + 1):
        make.asset(photos, external_id=f"asset-{number}", width=SIZE[0], height=SIZE[1])
    settings: dict[str, Any] = {"min_overlap": 2, "max_overlap": 4, "target_confidence": 0.7} | changes
    return make.job(photos=photos, words=ontology, annotation_type=kind, **settings)


def described(kind: str) -> list[Json]:
    """Return the type's example with an attribute and, where it has two parts, a relation."""
    first, *rest = EXAMPLES[kind].given
    told = first | {"attributes": {"weather": "rain"}}
    if rest and kind != "semantic_segmentation":
        told["relations"] = [{"name": "beside", "to": "2"}]
    return [told, *rest]


def other(kind: str) -> list[Json]:
    """Return another answer than the example."""
    if kind == "image_classification":
        return [{"class": "vehicle"}]
    if kind in {"semantic_segmentation", "panoptic_segmentation"}:
        return [{"class": "unknown", "mask": {"size": [SIZE[1], SIZE[0]], "counts": [0, SIZE[0] * SIZE[1]]}}]
    return []


def answered(job: LabelingJob, kind: str, crowd: list[User]) -> None:
    """Let a crowd agree on two tasks, and be divided on the third."""
    agreed, again, divided = job.tasks.order_by("ordinal")
    for task in (agreed, again):
        believed(answer_task(task, {worker: described(kind) for worker in crowd[:3]}))
    believed(answer_task(divided, {crowd[0]: described(kind), crowd[1]: described(kind), crowd[2]: other(kind)}))


@pytest.mark.parametrize("kind", KINDS)
def test_answers_become_labels_that_are_explained_and_measured(kind: str) -> None:
    job = make.published_job(drafted(kind, n_tasks=3))
    crowd = [make.worker() for _ in range(3)]
    answered(job, kind, crowd)
    belief = TaskBelief.objects.get(task__job=job, task__ordinal=1)
    assert belief.n_answers == 3
    refit_skills(job.pk)
    ended = make.ended_job(job)
    finalise_labels(ended.pk)
    run = ended.consensus_runs.get()
    labels = {label.task.ordinal: label for label in run.labels.select_related("task")}
    assert labels[1].state == LabelState.FINAL
    _check_details(kind, labels[1].value)

    told = explain_label(labels[3].task_id, run=run)
    assert len(told["votes"]) == 3
    if kind == "image_classification":
        assert all(vote["weight"] for vote in told["votes"])
    else:
        assert told["objects"]
        assert all(len(each["drawn_by"]) + len(each["left_out_by"]) == 3 for each in told["objects"])

    found = job_agreement(ended)
    # All say the same on two of three tasks.
    assert found["percentage"]["value"] == pytest.approx(2 / 3)
    assert 0.0 < found["pairwise"]["value"] < 1.0
    assert found["scale"]


def _check_details(kind: str, value: Json) -> None:
    """See that what all said of the first thing is in the conclusion."""
    if kind == "multi_label_classification":
        assert value["classes"] == ["car", "road"]
        return
    things = [value] if kind == "image_classification" else value["objects"]
    [told] = [each for each in things if each.get("attributes")]
    assert (told["attributes"], told["attribute_shares"]) == ({"weather": "rain"}, {"weather": 1.0})
    if kind == "image_classification":
        return
    numbers = [each["id"] for each in things]
    assert numbers == [str(number) for number in range(1, len(things) + 1)]
    if len(EXAMPLES[kind].given) > 1 and kind != "semantic_segmentation":
        related = [(each["id"], relation) for each in things for relation in each.get("relations", [])]
        ends = [{origin, relation["to"]} for origin, relation in related]
        assert [(relation["name"], relation["share"]) for _, relation in related] == [("beside", 1.0)]
        assert ends[0] <= set(numbers)


@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_of_the_same_answers_differ_in_nothing(kind: str) -> None:
    job = make.published_job(drafted(kind, n_tasks=3))
    answered(job, kind, [make.worker() for _ in range(3)])
    ended = make.ended_job(job)
    finalise_labels(ended.pk)
    finalise_labels(ended.pk)
    first, second = ended.consensus_runs.order_by("number")
    compared = compare_runs(first, second)
    assert (compared["n_flipped"], compared["agreement"], compared["differences"]) == (0, pytest.approx(1.0), {})
    assert flips(first, second, after=0, limit=10) == ([], None)


@pytest.mark.parametrize("kind", KINDS)
def test_gold_is_scored_by_what_it_says(kind: str) -> None:
    draft = drafted(kind, n_tasks=2)
    make.gold(draft, annotations=described(kind))
    job = make.published_job(draft)
    right = make.answer(make.gold_lease(job), annotations=described(kind))
    bare = make.answer(make.gold_lease(job), annotations=EXAMPLES[kind].given)
    wrong = make.answer(make.gold_lease(job), annotations=other(kind))
    scores = {}
    for answer in (right, bare, wrong):
        score_gold(answer.pk)
        scores[answer.pk] = GoldScore.objects.get(pk=answer.pk)
    assert (scores[right.pk].score, scores[right.pk].conflicts) == (1.0, [])
    assert scores[wrong.pk].score == 0.0
    assert scores[wrong.pk].conflicts
    assert 0.5 <= scores[bare.pk].score < 1.0
    kinds = {conflict["kind"] for conflict in scores[bare.pk].conflicts}
    assert "mismatching_attributes" in kinds
    assert ("mismatching_groups" in kinds) == any("relations" in each for each in described(kind))
    finalise_labels(make.ended_job(job).pk)
    label = job.consensus_runs.get().labels.get(task__is_gold=True)
    assert label.confidence == 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_of_a_label_is_weighed(kind: str) -> None:
    job = make.published_job(drafted(kind, n_tasks=1, review_share=1.0, max_overlap=2, target_confidence=0.99))
    task = believed(answer_task(job.tasks.get(), [described(kind), other(kind)]))
    assert task.retired_reason == "disputed"
    review = task.children.get()
    shown = review.proposals.order_by("position").values_list("annotations", flat=True)
    assert len(shown) == 2
    held = make.lease(job)
    assert held.task_id == review.pk
    make.answer(held, annotations=described(kind))
    weigh_review(review.pk)
    belief = TaskBelief.objects.get(pk=task.pk)
    assert belief.n_reviews == 1
    assert belief.value.get("class") == "car" or belief.value.get("classes") or belief.value.get("objects")
