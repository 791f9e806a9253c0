"""Looking again: follow-up jobs on some of the assets, and the labels of all rounds together."""

from typing import Any

import pytest

from labeling.errors import InvalidInput, NothingToDo, WrongState
from labeling.models import LabelingJob, PreLabel, SnapshotOmission
from labeling.services import NamedAsset, RoundSpec, claim_tasks, find_assets
from quality.errors import NoConsensusYet
from quality.models import ConsensusLabel, ConsensusRun, LabelState
from quality.services import doubted_assets, draft_round, finalise_labels, latest_labels
from tests import make
from tests.api.expect import body_of, with_key
from tests.conftest import ClientFactory
from tests.labeling.test_splitting import TILES
from tests.releases.test_parts import BOXES, answered

pytestmark = pytest.mark.django_db

DOG = {"class": "dog", "posterior": {"cat": 0.1, "dog": 0.9}}


def _named(*names: str, **errors: float) -> list[NamedAsset]:
    return [NamedAsset(external_id=name, error=errors.get(name.replace("-", "_"), 0.0)) for name in names]


def _round(run: ConsensusRun, *names: str, unaided_share: float | None = None, **changes: Any) -> LabelingJob:
    job = run.job
    asset_ids, _ = find_assets(job, _named(*names))
    spec = RoundSpec(
        name="Again",
        ontology=changes.pop("ontology", job.ontology),
        guideline=changes.pop("guideline", job.guideline),
        changes=changes,
    )
    made, _ = draft_round(
        job, asset_ids=asset_ids, spec=spec, unaided_share=unaided_share, created_by_id=job.created_by_id
    )
    return made


def _names(job: LabelingJob) -> list[str]:
    return list(job.snapshot.members.order_by("ordinal").values_list("asset__external_id", flat=True))


def _answered(run: ConsensusRun) -> ConsensusRun:
    """Return a run anew whose labels are of one answer each: `make.run` makes them of none."""
    labels = list(run.labels.all())
    later = ConsensusRun.objects.create(
        job=run.job,
        number=run.number + 1,
        method="majority",
        parameters={},
        code_version="1",
        n_answers=1,
        converged=True,
    )
    ConsensusLabel.objects.bulk_create(
        ConsensusLabel(
            run=later, task_id=each.task_id, state=each.state, confidence=each.confidence, value=each.value, n_answers=1
        )
        for each in labels
    )
    run.job.consensus_runs.update(is_current=False)
    ConsensusRun.objects.filter(pk=later.pk).update(is_current=True)
    later.refresh_from_db()
    return later


def test_a_round_is_a_draft_on_those_assets_alone_with_the_terms_of_its_parent() -> None:
    run = make.run(n_tasks=4, max_overlap=4, lease_s=77)
    made = _round(run, "asset-3", "asset-1", target_confidence=0.97)
    assert sorted(_names(made)) == ["asset-1", "asset-3"]
    assert (made.state, made.parent_job, made.n_tasks) == ("draft", run.job, 0)
    assert (made.max_overlap, made.lease_s, made.target_confidence, made.deadline) == (4, 77, 0.97, None)
    assert made.snapshot != run.job.snapshot
    opened = make.published_job(made)
    assert [lease.task.asset.external_id for lease in claim_tasks(opened.pk, make.worker().pk, limit=9)] == _names(made)


def test_a_round_may_have_a_new_ontology_and_new_guidelines() -> None:
    run = make.run(n_tasks=2)
    words, told = make.ontology(run.job.project, classes=("cat", "dog", "fox")), make.guideline(run.job.project)
    made = _round(run, "asset-1", ontology=words, guideline=told)
    assert (made.ontology, made.guideline) == (words, told)


def test_the_most_wrong_come_first_each_once_and_what_is_not_there_is_told() -> None:
    job = make.run(n_tasks=3).job
    named = _named("asset-1", "asset-2", "nobody", "asset-3", "asset-2", asset_2=0.9, asset_3=0.5)
    asset_ids, missing = find_assets(job, named)
    names = dict(job.snapshot.members.values_list("asset_id", "asset__external_id"))
    assert [names[each] for each in asset_ids] == ["asset-2", "asset-3", "asset-1"]
    assert {index: error.code for index, error in missing.items()} == {2: "not_found"}
    assert find_assets(job, [NamedAsset(asset_id=make.asset().pk)])[0] == []


def test_a_copy_stands_for_what_it_is_a_copy_of_and_is_labeled_with_it_again() -> None:
    photos = make.dataset()
    first = make.image_asset(photos, external_id="first")
    make.image_asset(photos, external_id="copy")
    make.image_asset(photos, external_id="other", colour="red")
    run = make.run(make.ended_job(make.published_job(make.job(photos=photos))))
    if not SnapshotOmission.objects.filter(snapshot=run.job.snapshot).exists():
        pytest.fail("The copy was not noticed.")
    made = _round(run, "copy")
    assert _names(made) == ["first"]
    [omission] = made.snapshot.omissions.all()
    assert (omission.asset.external_id, omission.labeled_as) == ("copy", first)


def test_doubted_are_the_disputed_and_the_unsure_the_least_sure_first() -> None:
    run = make.run(n_tasks=3, states={2: LabelState.DISPUTED})
    ids = dict(run.job.tasks.values_list("asset__external_id", "asset_id"))
    assert doubted_assets(run.job, below=0.5, limit=10) == [ids["asset-2"]]
    assert set(doubted_assets(run.job, below=0.96, limit=10)) == set(ids.values())
    assert len(doubted_assets(run.job, below=0.96, limit=2)) == 2
    with pytest.raises(NoConsensusYet):
        doubted_assets(make.ended_job(), below=0.5, limit=10)


def test_earlier_labels_are_shown_as_pre_labels_where_they_fit_the_new_ontology() -> None:
    run = _answered(make.run(n_tasks=3, values={2: DOG}))
    words = make.ontology(run.job.project, classes=("cat", "fox"))
    made = _round(run, "asset-1", "asset-2", ontology=words, unaided_share=0.0)
    [shown] = PreLabel.objects.filter(job=made)
    assert (shown.asset.external_id, shown.annotations, shown.score) == ("asset-1", [{"id": "1", "class": "cat"}], 0.95)
    leases = claim_tasks(make.published_job(made).pk, make.worker().pk, limit=2)
    assert {lease.task.asset.external_id: lease.aided for lease in leases} == {"asset-1": True, "asset-2": False}


def test_the_latest_round_that_came_to_an_answer_wins_and_says_so() -> None:
    first = _answered(make.run(n_tasks=3))
    second = _round(first, "asset-1", "asset-2")
    run = make.run(make.ended_job(make.published_job(second)), values={1: DOG, 2: DOG})
    ids = dict(first.job.tasks.values_list("asset__external_id", "asset_id"))
    unanswered = latest_labels(first.job, list(ids.values()))
    assert {latest.round for latest in unanswered.values()} == {0}

    run = _answered(run)
    merged = latest_labels(second, list(ids.values()))
    assert {name: merged[asset_id].round for name, asset_id in ids.items()} == {
        "asset-1": 1,
        "asset-2": 1,
        "asset-3": 0,
    }
    assert (merged[ids["asset-1"]].job_id, merged[ids["asset-1"]].run_id) == (second.pk, run.pk)
    assert merged[ids["asset-1"]].value["class"] == "dog"
    assert merged[ids["asset-3"]].run_id == first.pk


def test_an_asset_in_parts_has_one_label_and_it_is_what_a_round_shows() -> None:
    job = make.published_job(
        n_tasks=1, annotation_type="bounding_box", split=TILES, min_overlap=2, max_overlap=2, units_per_asset=3.0
    )
    done = answered(job, [{"class": "cat", "box": box} for box in BOXES])
    [asset_id] = done.snapshot.members.values_list("asset_id", flat=True)
    label = latest_labels(done, [asset_id])[asset_id]
    found = sorted(each["box"] for each in label.value["objects"])
    assert found == [pytest.approx(box, abs=0.5) for box in BOXES]
    assert doubted_assets(done, below=1.0, limit=1) == [asset_id]

    run = ConsensusRun.objects.get(job=done, is_current=True)
    made = _round(run, "asset-1", unaided_share=0.0)
    [shown] = PreLabel.objects.filter(job=made)
    assert sorted(each["box"] for each in shown.annotations) == [pytest.approx(box, abs=0.5) for box in BOXES]

    again = make.published_job(made)
    make.answer(claim_tasks(again.pk, make.worker().pk, limit=1)[0], annotations=[])
    make.ended_job(again)
    finalise_labels(again.pk)
    assert latest_labels(done, [asset_id])[asset_id].round == 0  # three tiles were not looked at again


def test_rounds_are_of_work_that_has_ended_and_of_something() -> None:
    run = make.run(n_tasks=1)
    with pytest.raises(NothingToDo):
        _round(run, "nobody")
    opened = make.published_job()
    spec = RoundSpec(name="Again", ontology=opened.ontology, guideline=opened.guideline, changes={})
    whole = list(opened.snapshot.members.values_list("asset_id", flat=True))
    with pytest.raises(WrongState):
        draft_round(opened, asset_ids=whole, spec=spec, unaided_share=None, created_by_id=opened.created_by_id)
    course = make.ended_job(make.course())
    with pytest.raises(InvalidInput):
        draft_round(course, asset_ids=whole, spec=spec, unaided_share=None, created_by_id=course.created_by_id)


def test_a_round_over_http_from_what_a_model_got_wrong(client_of: ClientFactory) -> None:
    run = _answered(make.run(n_tasks=3))
    client = client_of(run.job.created_by)
    listed = ['"asset-2", "error": 0.2', '"nobody"', '"asset-3", "score": 0.1']
    lines = "\n".join(f'{{"external_id": {each}}}' for each in listed)
    body = {"name": "Again", "model_errors": lines, "show_labels": True, "unaided_share": 0.5}
    made = body_of(client.post(f"/api/v1/jobs/{run.job_id}/rounds", body, headers=with_key()), 201)
    assert (made["n_assets"], made["n_shown"], made["job"]["parent_job"]) == (2, 2, str(run.job_id))
    assert [(each["index"], each["problem"]["code"]) for each in made["items"]] == [(1, "not_found")]
    assert _names(LabelingJob.objects.get(pk=made["job"]["id"])) == ["asset-3", "asset-2"]
    page = body_of(client.get(f"/api/v1/jobs/{made['job']['id']}/latest-labels"))
    assert [(each["external_id"], each["round"], each["state"]) for each in page["items"]] == [
        ("asset-1", 0, "final"),
        ("asset-2", 0, "final"),
        ("asset-3", 0, "final"),
    ]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "assets"),
        ({"assets": ["0" * 32], "doubted_below": 0.5}, "assets"),
        ({"assets": "all"}, "assets"),
        ({"model_errors": "nonsense\n"}, "model_errors"),
        ({"model_errors": '{"external_id": 7}'}, "model_errors"),
        ({"model_errors": "external_id,error\na,NaN"}, "model_errors"),
        ({"model_errors": "external_id,error\na"}, "model_errors"),
        ({"model_errors": "external_id\na\x01b"}, "model_errors"),
        ({"doubted_below": 2}, "doubted_below"),
        ({"doubted_below": 0.99, "ontology": "0" * 32}, "ontology"),
        ({"doubted_below": 0.99, "min_overlap": 50}, "max_overlap"),
    ],
)
def test_what_is_not_said_well_is_refused_by_name(said: dict[str, Any], field: str, client_of: ClientFactory) -> None:
    run = make.run(n_tasks=2)
    client = client_of(run.job.created_by)
    response = client.post(f"/api/v1/jobs/{run.job_id}/rounds", {"name": "Again"} | said, headers=with_key())
    assert response.status_code in {400, 404}
    assert field in response.content.decode()
    assert not run.job.rounds.exists()
