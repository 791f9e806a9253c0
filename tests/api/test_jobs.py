"""Projects, jobs and what came of them, as requesters see them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.core.annotations.templates import TEMPLATES
from labeling.models import LabelingJob, OntologyVersion, TaskOffer
from quality.models import ConsensusLabel, ConsensusRun, TaskBelief
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


# --- projects -------------------------------------------------------------------------------------------------------
def test_a_project_gets_versions_of_ontology_and_guidelines(owner: JsonClient, cast: Cast) -> None:
    project = body_of(owner.post("/api/v1/projects", {"organization": cast.home.pk, "name": " Pets "}), 201)
    assert (project["organization"], project["name"]) == (str(cast.home.pk), "Pets")
    url = f"/api/v1/projects/{project['id']}"
    for number in (1, 2):
        made = body_of(owner.post(f"{url}/ontologies", {"classes": [{"name": "cat"}]}), 201)
        assert (made["project"], made["number"]) == (project["id"], number)
        assert made["classes"] == [{"name": "cat", "description": ""}]
        assert body_of(owner.post(f"{url}/guidelines", {"text": "# Look\n\ntwice"}), 201)["number"] == number
    assert [entry["number"] for entry in body_of(owner.get(f"{url}/ontologies"))["items"]] == [1, 2]
    assert [entry["number"] for entry in body_of(owner.get(f"{url}/guidelines"))["items"]] == [1, 2]
    assert body_of(owner.get(url)) == project


def test_lists_are_of_ones_own_organizations(owner: JsonClient, cast: Cast, client_of: ClientFactory) -> None:
    mine, other = make.project(cast.home), make.project()
    assert [item["id"] for item in body_of(owner.get("/api/v1/projects"))["items"]] == [str(mine.pk)]
    foreign = {"organization": str(other.organization_id)}
    assert body_of(owner.get("/api/v1/projects", foreign))["items"] == []
    assert body_of(client_of(cast.worker).get("/api/v1/projects"))["items"] == []
    problem_of(owner.get("/api/v1/projects", {"organization": "x"}), 400, "invalid_parameter", "organization")
    problem_of(owner.get("/api/v1/projects", {"colour": "x"}), 400, "unknown_parameter", "colour")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"classes": []}, "invalid_input", "classes"),
        ({"classes": [{"name": ""}]}, "invalid_input", "classes[0].name"),
        ({"classes": [{"name": "x" * 101}]}, "invalid_input", "classes[0].name"),
        ({"classes": [{"name": "cat", "colour": "red"}]}, "invalid_input", "classes[0].colour"),
        ({"classes": [{"name": "cat"}, {"name": "cat"}]}, "invalid_input", "classes[1].name"),
        ({"classes": [{"name": "cat"}], "attributes": {"wild": True}}, "invalid_input", "attributes"),
        ({"classes": [{"name": "cat"}], "relations": None}, "invalid", "relations"),
        ({"classes": [{"name": "cat"}], "colours": []}, "invalid", "colours"),
        ({"classes": [{"name": "cat"}], "template": "retail"}, "invalid", "template"),
        ({"template": "alchemy"}, "invalid", "template"),
        ({}, "invalid", "classes"),
    ],
)
def test_a_bad_ontology_is_refused_by_name(owner: JsonClient, cast: Cast, body: Any, code: str, field: str) -> None:
    url = f"/api/v1/projects/{make.project(cast.home).pk}/ontologies"
    with nothing_written():
        problem_of(owner.post(url, body, headers=with_key()), 400, code, field)


def test_an_ontology_comes_back_as_it_is_kept_and_workers_see_all_of_it(
    owner: JsonClient, cast: Cast, client_of: ClientFactory
) -> None:
    project = make.project(cast.home)
    stated = {
        "classes": [{"name": "cat", "color": "#FF8800", "attributes": [{"name": "asleep", "type": "boolean"}]}],
        "attributes": [{"name": "light", "type": "enum", "values": ["day", "night"], "required": True}],
        "relations": [{"name": "chases", "from": ["cat"]}],
    }
    kept = {
        "classes": [
            {
                "name": "cat",
                "description": "",
                "color": "#ff8800",
                "attributes": [{"name": "asleep", "type": "boolean", "required": False}],
            }
        ],
        "attributes": [{"name": "light", "type": "enum", "required": True, "values": ["day", "night"]}],
        "relations": [{"name": "chases", "from": ["cat"], "directed": True}],
    }
    made = body_of(owner.post(f"/api/v1/projects/{project.pk}/ontologies", stated), 201)
    assert {name: made[name] for name in kept} == kept
    ontology = OntologyVersion.objects.get(pk=made["id"])
    lease = make.lease(make.published_job(home=cast.home, words=ontology), by=cast.worker)
    told = body_of(client_of(cast.worker).get(f"/api/v1/assignments/{lease.pk}"))["ontology"]
    assert {name: told[name] for name in kept} == kept


def test_a_template_is_listed_and_becomes_an_ontology(owner: JsonClient, cast: Cast) -> None:
    listed = {item["name"]: item for item in body_of(owner.get("/api/v1/ontology-templates"))["items"]}
    assert set(listed) == set(TEMPLATES)
    project = make.project(cast.home)
    made = body_of(owner.post(f"/api/v1/projects/{project.pk}/ontologies", {"template": "autonomous_driving"}), 201)
    names = [each["name"] for each in listed["autonomous_driving"]["classes"]]
    assert [each["name"] for each in made["classes"]] == names
    assert "tows" in [each["name"] for each in made["relations"]]


def test_an_object_of_another_organization_cannot_be_named(owner: JsonClient, cast: Cast) -> None:
    foreign = make.organization().pk
    for path in ("projects", "datasets"):
        with nothing_written():
            response = owner.post(f"/api/v1/{path}", {"organization": foreign, "name": "x"})
            problem_of(response, 404, "not_found", "organization")


# --- jobs -----------------------------------------------------------------------------------------------------------
def _body(cast: Cast, **changes: Any) -> dict[str, Any]:
    project = make.project(cast.home)
    return {
        "ontology": make.ontology(project).pk,
        "guideline": make.guideline(project).pk,
        "dataset": make.dataset(cast.home, n_assets=2).pk,
        "name": "Cats",
        "annotation_type": "bounding_box",
        **changes,
    }


def test_a_job_is_drafted_with_defaults(owner: JsonClient, cast: Cast) -> None:
    body = _body(cast)
    job = body_of(owner.post("/api/v1/jobs", body), 201)
    expected = {
        "organization": str(cast.home.pk),
        "ontology": str(body["ontology"]),
        "guideline": str(body["guideline"]),
        "name": "Cats",
        "annotation_type": "bounding_box",
        "state": "draft",
        "close_reason": "",
        "workforce": "public",
        "by_offer_only": False,
        "min_overlap": 2,
        "max_overlap": 5,
        "target_confidence": 0.98,
        "least_gain": 0.0,
        "review_share": 0.0,
        "purpose": "work",
        "n_learners": 0,
        "pass_share": 0.8,
        "attests": "",
        "requires": None,
        "expertise": "",
        "reviewed_by": "peer",
        "units_per_asset": 1.0,
        "lease_s": 600,
        "deadline": None,
        "split": {"strategy": "one_asset_per_task"},
        "order_by": "dataset",
        "order_source": "",
        "order_version": "",
        "parent_job": None,
        "n_tasks": 0,
        "pay": "0.00",
        "currency": "USD",
        "opened_at": None,
        "closed_at": None,
    }
    assert {name: job[name] for name in expected} == expected
    assert set(job) - set(expected) == {"id", "project", "snapshot", "created_at"}
    assert body_of(owner.get(f"/api/v1/jobs/{job['id']}")) == job


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"min_overlap": 0}, (400, "invalid", "min_overlap")),
        ({"currency": "XXX"}, (400, "invalid", "currency")),
        ({"currency": "eur"}, (400, "invalid", "currency")),
        ({"currency": None}, (400, "invalid", "currency")),
        ({"min_overlap": 4, "max_overlap": 3}, (400, "invalid", "max_overlap")),
        ({"max_overlap": 101}, (400, "invalid", "max_overlap")),
        ({"target_confidence": 1}, (400, "invalid", "target_confidence")),
        ({"target_confidence": "nan"}, (400, "invalid", "target_confidence")),
        ({"units_per_asset": "inf"}, (400, "invalid", "units_per_asset")),
        ({"units_per_asset": 0}, (400, "invalid", "units_per_asset")),
        ({"lease_s": 10**9}, (400, "invalid", "lease_s")),
        ({"lease_s": "1_0"}, (400, "invalid", "lease_s")),
        ({"lease_s": "60"}, (400, "invalid", "lease_s")),
        ({"lease_s": 60.0}, (400, "invalid", "lease_s")),
        ({"lease_s": True}, (400, "invalid", "lease_s")),
        ({"by_offer_only": "yes"}, (400, "invalid", "by_offer_only")),
        ({"by_offer_only": 1}, (400, "invalid", "by_offer_only")),
        ({"dataset": 5}, (400, "invalid", "dataset")),
        ({"dataset": "{00000000-0000-0000-0000-000000000000}"}, (400, "invalid", "dataset")),
        ({"dataset": "0_0000000000000000000000000000_00"}, (400, "invalid", "dataset")),
        ({"deadline": "2999-01-01"}, (400, "invalid", "deadline")),
        ({"name": 5}, (400, "invalid", "name")),
        ({"annotation_type": "hexagon"}, (400, "invalid", "annotation_type")),
        ({"deadline": (timezone.now() - timedelta(days=1)).isoformat()}, (400, "invalid", "deadline")),
        ({"deadline": "tomorrow"}, (400, "invalid", "deadline")),
        ({"name": "two\nlines"}, (400, "invalid", "name")),
        ({"state": "open"}, (400, "invalid", "state")),
        ({"dataset": "x"}, (400, "invalid", "dataset")),
        ({"dataset": "00000000-0000-0000-0000-000000000000"}, (404, "not_found", "dataset")),
    ],
)
def test_a_bad_job_is_refused_by_name(
    owner: JsonClient, cast: Cast, changes: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    body = _body(cast, **changes)
    with nothing_written():
        problem_of(owner.post("/api/v1/jobs", body, headers=with_key()), *refusal)


def test_a_job_is_in_the_currency_that_it_names(owner: JsonClient, cast: Cast) -> None:
    job = body_of(owner.post("/api/v1/jobs", _body(cast, currency="JPY")), 201)
    assert (job["currency"], LabelingJob.objects.get(pk=job["id"]).currency) == ("JPY", "JPY")


def test_parts_that_do_not_belong_together_make_no_job(owner: JsonClient, cast: Cast) -> None:
    other_guideline = _body(cast, guideline=make.guideline(make.project(cast.home)).pk)
    empty = _body(cast, dataset=make.dataset(cast.home).pk)
    foreign = _body(cast, dataset=make.dataset(n_assets=1).pk)
    with nothing_written():
        problem_of(owner.post("/api/v1/jobs", other_guideline), 400, "invalid_input", "guideline")
        problem_of(owner.post("/api/v1/jobs", empty), 409, "empty_dataset", "dataset")
        problem_of(owner.post("/api/v1/jobs", foreign), 404, "not_found", "dataset")


def test_jobs_are_listed_by_state(
    owner: JsonClient, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    opened, drafts = make.published_job(home=cast.home), [make.job(home=cast.home) for _ in range(2)]
    make.published_job()
    listed = body_of(owner.get("/api/v1/jobs", {"state": "open"}))["items"]
    assert [item["id"] for item in listed] == [str(opened.pk)]
    with django_assert_max_num_queries(2):
        assert len(body_of(owner.get("/api/v1/jobs"))["items"]) == 1 + len(drafts)
    problem_of(owner.get("/api/v1/jobs", {"state": "lost"}), 400, "invalid_parameter", "state")


def test_a_split_plan_says_how_much_work_it_is(owner: JsonClient, cast: Cast) -> None:
    job = make.job(home=cast.home, n_tasks=4, min_overlap=2, max_overlap=3)
    assert body_of(owner.get(f"/api/v1/jobs/{job.pk}/split-plan")) == {
        "strategy": "one_asset_per_task",
        "n_assets": 4,
        "n_tasks": 4,
        "n_batches": 0,
        "n_aided": 0,
        "effort_s_per_answer": 5.1,
        "effort_s_per_aided_answer": 1.6014,
        "effort_s_min": 40.8,
        "effort_s_max": 61.2,
    }


def test_a_job_is_paused_resumed_and_closed(owner: JsonClient, cast: Cast) -> None:
    url = f"/api/v1/jobs/{make.published_job(home=cast.home).pk}"
    assert body_of(owner.post(f"{url}/pause", {}))["state"] == "paused"
    assert problem_of(owner.post(f"{url}/pause", {}), 409, "wrong_state")["allowed_states"] == ["open", "pilot"]
    assert body_of(owner.post(f"{url}/resume", {}))["state"] == "open"
    closed = body_of(owner.post(f"{url}/close", {}))
    assert (closed["state"], closed["close_reason"]) == ("cancelled", "manual")
    assert closed["closed_at"]
    for action in ("pause", "resume", "close"):
        problem_of(owner.post(f"{url}/{action}", {}), 409, "wrong_state")
    problem_of(owner.post(f"{url}/close", {"reason": "x"}), 400, "invalid", "reason")


# --- offers ---------------------------------------------------------------------------------------------------------
def _offer(client: JsonClient, job: LabelingJob, *offers: dict[str, Any]) -> Any:
    return client.post(f"/api/v1/jobs/{job.pk}/offers", {"offers": list(offers)})


def test_offers_stand_or_are_refused_each_for_itself(owner: JsonClient, cast: Cast) -> None:
    job = make.published_job(home=cast.home, n_tasks=2, by_offer_only=True)
    first, second = job.tasks.order_by("ordinal")
    elsewhere = make.task()
    worker = cast.worker.pk
    answer = body_of(
        _offer(
            owner,
            job,
            {"worker": worker, "asset": "asset-1", "rank": 7},
            {"worker": worker, "task": second.pk},
            {"worker": worker, "asset": "asset-9"},
            {"worker": worker, "task": elsewhere.pk},
            {"worker": cast.stranger.pk, "asset": "asset-1"},
        )
    )
    assert answer["given"] == 2
    refused = {item["index"]: (item["problem"]["code"], item["problem"]["field"]) for item in answer["items"]}
    assert refused == {
        2: ("invalid_input", "offers[2].asset"),
        3: ("invalid_input", "offers[3].task"),
        4: ("invalid_input", "offers[4].worker"),
    }
    standing = TaskOffer.objects.values_list("task_id", "worker_id", "rank")
    assert sorted(standing) == sorted([(first.pk, worker, 7), (second.pk, worker, 0)])
    assert body_of(_offer(owner, job, {"worker": worker, "asset": "asset-1"}))["given"] == 1
    assert TaskOffer.objects.count() == 2


def test_an_offer_names_its_task_in_one_way(owner: JsonClient, cast: Cast) -> None:
    job = make.published_job(home=cast.home)
    worker = cast.worker.pk
    with nothing_written():
        problem_of(_offer(owner, job, {"worker": worker}), 400, "invalid", "offers[0].task")
        both = {"worker": worker, "asset": "asset-1", "task": job.tasks.all()[0].pk}
        problem_of(_offer(owner, job, both), 400, "invalid", "offers[0].task")
        problem_of(_offer(owner, job), 400, "invalid", "offers")


def test_offers_need_tasks(owner: JsonClient, cast: Cast) -> None:
    job = make.job(home=cast.home)
    with nothing_written():
        problem_of(_offer(owner, job, {"worker": cast.worker.pk, "asset": "asset-1"}), 409, "wrong_state")


def test_many_offers_take_few_queries(
    owner: JsonClient, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = make.published_job(home=cast.home, n_tasks=3)
    offers = [{"worker": cast.worker.pk, "asset": f"asset-{1 + n % 3}"} for n in range(5_000)]
    with django_assert_max_num_queries(14):
        assert body_of(_offer(owner, job, *offers))["given"] == 5_000
    assert TaskOffer.objects.count() == 3


# --- what came of it ------------------------------------------------------------------------------------------------
def test_answers_are_shown_under_pseudonyms(
    owner: JsonClient, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = make.published_job(home=cast.home, n_tasks=2)
    answers = [make.answer(make.lease(job, by=cast.worker)) for _ in range(2)]
    url = f"/api/v1/jobs/{job.pk}/answers"
    owner.get(url)
    with django_assert_max_num_queries(3):
        items = body_of(owner.get(url))["items"]
    place = job.workers.get()
    assert items[0] == {
        "id": str(answers[0].pk),
        "task": str(answers[0].task_id),
        "external_id": "asset-1",
        "worker": place.pseudonym,
        "counted": True,
        "uncounted_reason": "",
        "annotations": [{"id": "1", "class": "cat"}],
        "active_ms": None,
        "submitted_at": answers[0].submitted_at.isoformat().replace("+00:00", "Z"),
    }
    assert len(items) == 2
    assert str(cast.worker.pk) not in owner.get(url).content.decode()


def test_tasks_are_shown_with_what_is_believed(
    owner: JsonClient, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = make.published_job(home=cast.home, n_tasks=2)
    first = job.tasks.get(ordinal=1)
    believed = {"confidence": 0.75, "value": {"class": "cat"}, "n_answers": 1, "n_reviews": 0}
    TaskBelief.objects.create(task=first, job=job, updated_at=timezone.now(), **believed)
    url = f"/api/v1/jobs/{job.pk}/tasks"
    owner.get(url)
    with django_assert_max_num_queries(3):
        items = body_of(owner.get(url))["items"]
    assert items[0] == {
        "id": str(first.pk),
        "ordinal": 1,
        "asset": str(first.asset_id),
        "external_id": "asset-1",
        "state": "open",
        "retired_reason": "",
        "priority": 0,
        "wanted_overlap": 1,
        "max_overlap": 3,
        "n_counted": 0,
        "pay": "0.017",
        "belief": believed,
    }
    assert items[1]["belief"] is None
    assert body_of(owner.get(url, {"state": "retired"}))["items"] == []
    assert body_of(owner.get(url, {"retired_reason": "confident"}))["items"] == []
    problem_of(owner.get(url, {"retired_reason": ""}), 400, "invalid_parameter", "retired_reason")


def _run(job: LabelingJob, number: int) -> ConsensusRun:
    job.consensus_runs.update(is_current=False)
    run = ConsensusRun.objects.create(
        is_current=True,
        job=job,
        number=number,
        method="majority",
        parameters={},
        code_version="1",
        n_answers=2,
        converged=True,
    )
    for task in job.tasks.order_by("ordinal"):
        ConsensusLabel.objects.create(
            run=run, task=task, state="final", confidence=0.9, value={"class": "cat"}, n_answers=2
        )
    return run


def test_labels_are_those_of_the_current_run_unless_another_is_asked_for(
    owner: JsonClient, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = make.published_job(home=cast.home, n_tasks=2)
    url = f"/api/v1/jobs/{job.pk}/consensus"
    problem_of(owner.get(url), 404, "no_consensus_yet")
    old, latest = _run(job, 1), _run(job, 2)
    with django_assert_max_num_queries(4):
        page = body_of(owner.get(url, {"limit": 1}))
    assert (page["run"]["id"], page["run"]["number"], page["run"]["method"]) == (str(latest.pk), 2, "majority")
    [label] = page["items"]
    assert {name: label[name] for name in ("external_id", "state", "confidence", "value", "n_answers")} == {
        "external_id": "asset-1",
        "state": "final",
        "confidence": 0.9,
        "value": {"class": "cat"},
        "n_answers": 2,
    }
    rest = body_of(owner.get(url, {"after": page["next"]}))
    assert ([item["external_id"] for item in rest["items"]], rest["next"]) == (["asset-2"], None)
    assert body_of(owner.get(url, {"run": str(old.pk)}))["run"]["number"] == 1
    problem_of(owner.get(url, {"run": str(job.pk)}), 404, "no_consensus_yet")
    problem_of(owner.get(url, {"run": "1"}), 400, "invalid_parameter", "run")


@pytest.mark.parametrize("text", ["a\u202eb", "\ufeff", "two\nlines", "a\x1bb", 5])
def test_a_class_is_described_in_one_printable_line(owner: JsonClient, cast: Cast, text: Any) -> None:
    url = f"/api/v1/projects/{make.project(cast.home).pk}/ontologies"
    for name, entry in (("name", {"name": text}), ("description", {"name": "cat", "description": text})):
        with nothing_written():
            problem_of(owner.post(url, {"classes": [entry]}), 400, "invalid_input", f"classes[0].{name}")
    body_of(owner.post(url, {"classes": [{"name": "cat", "description": "any \u05d7\u05ea\u05d5\u05dc, \u732b"}]}), 201)
