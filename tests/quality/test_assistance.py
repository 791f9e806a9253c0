"""Pre-labels shown to workers, and what they do to answers."""

from typing import Any

import pytest

from labeling.errors import InvalidInput, NoSuchObject, WrongState
from labeling.models import Assignment, LabelingJob
from labeling.services import assist, claim_tasks, prelabels_of, submit_answer
from quality.core.assistance import Seen, effects
from quality.services import assistance_report
from tests import make
from tests.api.expect import body_of, with_key
from tests.conftest import ClientFactory
from tests.labeling.importing import coco, imported
from tests.labeling.test_splitting import TILES

pytestmark = pytest.mark.django_db

BOX = [10, 20, 30, 40]
GUESS = [{"id": "1", "class": "cat", "box": [10.0, 20.0, 40.0, 60.0]}]
ELSEWHERE = [{"class": "cat", "box": [300, 300, 400, 400]}]


def _job(*, unaided_share: float, n_tasks: int = 4, n_guesses: int = 4, **changes: Any) -> LabelingJob:
    """Return an open job of boxes, with pre-labels on the first assets."""
    drafted = make.job(n_tasks=n_tasks, annotation_type="bounding_box", **changes)
    imported(coco(*((f"asset-{n}", "cat", BOX) for n in range(1, n_guesses + 1))), job=drafted)
    assist(drafted.pk, source="detector", version="1", unaided_share=unaided_share)
    return make.published_job(drafted)


def _leases(opened: LabelingJob, *, limit: int = 4) -> list[Assignment]:
    return claim_tasks(opened.pk, make.worker().pk, limit=limit)


def test_workers_are_shown_the_prelabel_of_their_task_where_there_is_one() -> None:
    leases = _leases(_job(unaided_share=0.0, n_guesses=3))
    assert [(lease.task.ordinal, lease.aided) for lease in leases] == [(1, True), (2, True), (3, True), (4, False)]
    shown = prelabels_of(leases)
    assert [shown[lease.pk].annotations for lease in leases if lease.aided] == [GUESS] * 3
    assert len(shown) == 3


def test_of_the_hidden_share_nobody_is_shown_anything() -> None:
    leases = _leases(_job(unaided_share=1.0))
    assert not any(lease.aided for lease in leases)
    assert prelabels_of(leases) == {}


def test_who_is_aided_is_drawn_once_for_each_worker_and_task() -> None:
    opened = _job(unaided_share=0.5, n_tasks=20, n_guesses=20)
    somebody = make.worker()
    first = {lease.task_id: lease.aided for lease in claim_tasks(opened.pk, somebody.pk, limit=20)}
    assert set(first.values()) == {True, False}
    Assignment.objects.filter(worker=somebody).update(state="returned")
    opened.tasks.update(n_taken=0)
    again = {lease.task_id: lease.aided for lease in claim_tasks(opened.pk, somebody.pk, limit=20)}
    assert again == first
    opened.tasks.update(n_taken=0)
    others = {lease.task_id: lease.aided for lease in claim_tasks(opened.pk, make.worker().pk, limit=20)}
    assert others != first


def test_a_job_that_shows_none_costs_nobody_anything() -> None:
    drafted = make.job(n_tasks=2, annotation_type="bounding_box")
    imported(coco(("asset-1", "cat", BOX)), job=drafted)
    opened = make.published_job(drafted)
    assert not any(lease.aided for lease in _leases(opened))
    with pytest.raises(NoSuchObject):
        assistance_report(opened)


def test_what_is_shown_is_settled_before_the_job_opens() -> None:
    with pytest.raises(WrongState):
        assist(make.published_job().pk, source="detector", version="1", unaided_share=0.1)


@pytest.mark.parametrize(("source", "version", "field"), [("nobody", "", "source"), ("detector", "", "version")])
def test_a_source_or_version_that_says_nothing_of_the_job_is_refused(
    source: str, version: str, field: str, client_of: ClientFactory
) -> None:
    drafted = make.job(annotation_type="bounding_box")
    imported(coco(("asset-1", "cat", BOX)), job=drafted)
    body = {"source": source, "version": version}
    response = client_of(drafted.created_by).post(f"/api/v1/jobs/{drafted.pk}/assistance", body, headers=with_key())
    problem = body_of(response, 400)
    assert (problem["code"], problem["field"]) == ("invalid_input", field)
    assert problem.get("versions") == (["1"] if field == "version" else None)


def test_what_was_said_in_another_ontology_is_not_shown() -> None:
    drafted = make.job(n_tasks=1, annotation_type="bounding_box")
    imported(coco(("asset-1", "cat", BOX)), job=drafted)
    later = make.ontology(drafted.project, classes=("cat",))
    LabelingJob.objects.filter(pk=drafted.pk).update(ontology=later)
    with pytest.raises(InvalidInput):
        assist(drafted.pk, source="detector", version="1", unaided_share=0.0)


def test_a_worker_is_told_the_prelabel_with_the_lease(client_of: ClientFactory) -> None:
    opened = _job(unaided_share=0.0, n_tasks=1, n_guesses=1)
    client = client_of(make.worker())
    [item] = body_of(client.post(f"/api/v1/jobs/{opened.pk}/claim", {"limit": 1}, headers=with_key()))["items"]
    shown = {"source": "detector", "version": "1", "score": None, "annotations": GUESS}
    assert (item["aided"], item["prelabels"]) == (True, [shown])
    assert body_of(client.get(f"/api/v1/assignments/{item['id']}"))["prelabels"] == [shown]


def test_the_report_sets_aided_answers_beside_unaided_ones() -> None:
    opened = _job(unaided_share=0.5, n_tasks=20, n_guesses=20)
    for lease in _leases(opened, limit=20):
        answer = GUESS if lease.aided else ELSEWHERE
        submit_answer(lease.pk, annotations=answer, active_ms=1_000 if lease.aided else 4_000)

    [effect] = assistance_report(opened)

    assert effect.class_name == "cat"
    assert effect.aided.n_answers + effect.unaided.n_answers == 20
    assert (effect.time_saved, effect.bias) == (0.75, 1.0)
    assert (effect.error_added, effect.bias_where_wrong) == (None, None)  # nothing is known to be right yet


def test_gold_tells_the_harm_of_a_wrong_prelabel() -> None:
    drafted = make.job(n_tasks=2, annotation_type="bounding_box")
    imported(coco(("asset-1", "cat", BOX)), job=drafted)
    assist(drafted.pk, source="detector", version="1", unaided_share=0.0)
    make.gold(drafted, annotations=ELSEWHERE)
    held = make.gold_lease(make.published_job(drafted))
    assert held.aided  # else gold would stand out
    make.answer(held, annotations=GUESS)

    [effect] = assistance_report(held.job)

    assert (effect.aided.error, effect.aided.likeness_where_wrong) == (1.0, 1.0)
    assert effect.unaided.n_answers == 0


def test_effects_are_differences_of_means_and_a_share_of_medians() -> None:
    def seen(*, aided: bool, active_ms: int, error: float, likeness: float, misled: bool) -> Seen:
        return Seen("cat", aided, active_ms, error, likeness, misled)

    [effect] = effects(
        [
            seen(aided=True, active_ms=100, error=0.5, likeness=1.0, misled=True),
            seen(aided=True, active_ms=300, error=0.0, likeness=0.5, misled=False),
            seen(aided=False, active_ms=400, error=0.0, likeness=0.25, misled=True),
        ]
    )
    assert effect.time_saved == 0.5
    assert (effect.error_added, effect.bias, effect.bias_where_wrong) == (0.25, 0.5, 0.75)
    assert effects([]) == []


def test_of_a_tile_the_part_of_a_pre_label_that_lies_in_it_is_shown_and_can_be_submitted() -> None:
    drafted = make.job(n_tasks=1, annotation_type="bounding_box", split=TILES)
    crossing = [300.0, 20.0, 40.0, 60.0]
    imported(coco(("asset-1", "cat", BOX), ("asset-1", "cat", crossing)), job=drafted)
    assist(drafted.pk, source="detector", version="1", unaided_share=0.0)
    leases = _leases(make.published_job(drafted))
    shown = prelabels_of(leases)
    assert [[each["box"] for each in shown[lease.pk].annotations] for lease in leases] == [
        [[10.0, 20.0, 40.0, 60.0], [300.0, 20.0, 340.0, 80.0]],
        [[300.0, 20.0, 340.0, 80.0]],
        [],
        [],
    ]
    for lease in leases:
        make.answer(lease, annotations=shown[lease.pk].annotations)
    [effect] = assistance_report(drafted)
    assert (effect.aided.n_answers, effect.aided.likeness) == (2, 1.0)
