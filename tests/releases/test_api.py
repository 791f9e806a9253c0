"""Releases over HTTP: shapes, permissions, downloads."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from pytest_django import DjangoAssertNumQueries

from labeling.models import LabelingJob
from marketplace.accounts.models import Role, User
from marketplace.releases.models import Release
from marketplace.releases.services import build_release
from tests import make
from tests.conftest import ClientFactory
from tests.releases.completed import built, content, pets_job, requested

pytestmark = pytest.mark.django_db

API = "/api/v1"

Ask = Callable[..., Any]


@pytest.fixture
def ask(client_of: ClientFactory) -> Ask:
    """Return what asks for a release of a job, as its owner unless told otherwise."""

    def post(job: LabelingJob, formats: list[Any], *, by: User | None = None, **headers: str) -> Any:
        client = client_of(by or make.owner_of(job.organization))
        return client.post(f"{API}/jobs/{job.pk}/releases", {"formats": formats}, headers=headers)

    return post


# --- asking ---------------------------------------------------------------------------------------------------------
def test_release_is_asked_for_built_and_taken_home(ask: Ask, client_of: ClientFactory) -> None:
    job = pets_job()
    owner = make.owner_of(job.organization)
    answer = ask(job, ["csv", "jsonl"], by=owner)
    assert answer.status_code == 202
    asked = answer.json()
    assert set(asked) == {
        "id", "job", "run", "formats", "wishes", "since", "operation", "state", "manifest", "files", "created_at"
    }  # fmt: skip
    assert (asked["state"], asked["manifest"], asked["files"]) == ("queued", None, [])
    build_release(asked["id"])
    client = client_of(owner)
    release = client.get(f"{API}/releases/{asked['id']}").json()
    assert release["state"] == "succeeded"
    assert [file["name"] for file in release["files"]] == ["labels.csv", "labels.jsonl", "manifest.json"]
    for file in release["files"]:
        download = client.get(file["url"])
        data = download.getvalue()
        assert download.status_code == 200
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["n_bytes"], file["sha256"])
        assert download["Content-Disposition"] == f'attachment; filename="{file["name"]}"'
        assert download["X-Content-Type-Options"] == "nosniff"
        assert download["Content-Type"] == file["content_type"]
        assert download["Content-Length"] == str(file["n_bytes"])


def test_same_request_with_a_key_asks_once(ask: Ask) -> None:
    job = pets_job()
    owner = make.owner_of(job.organization)
    first = ask(job, ["csv"], by=owner, **{"Idempotency-Key": "k1"})
    second = ask(job, ["csv"], by=owner, **{"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert Release.objects.count() == 1


def test_open_job_answers_409_with_the_states_that_allow_it(ask: Ask) -> None:
    job = make.published_job()
    answer = ask(job, ["csv"])
    assert answer.status_code == 409
    assert answer.json()["code"] == "wrong_state"
    assert answer.json()["allowed_states"] == ["completed", "cancelled"]


def test_unfit_format_answers_400_naming_the_field(ask: Ask) -> None:
    job = pets_job()
    answer = ask(job, ["coco"])
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == ("unsupported_format", "formats")
    assert {"csv", "jsonl"} <= set(answer.json()["supported"])
    assert "coco" not in answer.json()["supported"]


@pytest.mark.parametrize("formats", [[], ["yolo"], ["csv", 7], ["csv"] * 100])
def test_senseless_formats_answer_400_naming_the_field(ask: Ask, formats: list[Any]) -> None:
    job = pets_job()
    answer = ask(job, formats)
    assert answer.status_code == 400
    assert answer.json()["field"].startswith("formats")
    assert not Release.objects.exists()


# --- who may --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("role", "status"), [(Role.REQUESTER, 202), (Role.MANAGER, 202), (Role.REVIEWER, 403)])
def test_staff_that_orders_may_ask_and_reviewers_may_not(ask: Ask, role: Role, status: int) -> None:
    job = pets_job()
    assert ask(job, ["csv"], by=make.user(role, home=job.organization)).status_code == status


@pytest.mark.parametrize("member", [True, False])
def test_to_workers_and_strangers_the_job_does_not_exist(ask: Ask, member: bool) -> None:
    job = pets_job()
    user = make.worker(job.organization) if member else make.user(Role.REQUESTER, Role.MANAGER)
    assert ask(job, ["csv"], by=user).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [(Role.REQUESTER, 200), (Role.MANAGER, 200), (Role.REVIEWER, 404), (Role.WORKER, 404)]
)
def test_release_and_its_files_are_for_those_who_order(client_of: ClientFactory, role: Role, status: int) -> None:
    release = built()
    client = client_of(make.user(role, home=release.job.organization))
    seen = [release] if status == 200 else []
    assert [item["id"] for item in client.get(f"{API}/releases").json()["items"]] == [str(r.pk) for r in seen]
    assert client.get(f"{API}/releases/{release.pk}").status_code == status
    download = client.get(f"{API}/releases/{release.pk}/files/labels.csv")
    assert download.status_code == status
    download.close()


def test_foreign_release_looks_like_none(client_of: ClientFactory) -> None:
    release = built()
    client = client_of(make.user(Role.REQUESTER, Role.MANAGER))
    foreign = client.get(f"{API}/releases/{release.pk}/files/labels.csv")
    none = client.get(f"{API}/releases/{uuid4()}/files/labels.csv")
    assert foreign.status_code == none.status_code == 404
    assert foreign.content == none.content
    assert client.get(f"{API}/releases/{release.pk}").content == client.get(f"{API}/releases/{uuid4()}").content


def test_without_a_token_nothing_is_shown(client_of: ClientFactory) -> None:
    release = built()
    client = client_of()
    assert client.get(f"{API}/releases").status_code == 401
    assert client.get(f"{API}/releases/{release.pk}/files/labels.csv").status_code == 401


# --- lists and files ------------------------------------------------------------------------------------------------
def test_list_is_newest_first_and_filtered_by_job(
    client_of: ClientFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    home = make.organization()
    job, other = pets_job(home), pets_job(home)
    releases = [built(job), requested(other), requested(job)]
    client = client_of(make.owner_of(home))
    client.get(f"{API}/releases")  # the first use of a token on a day is noted
    with django_assert_num_queries(3):  # the token, the releases, their files
        listed = client.get(f"{API}/releases").json()
    assert [item["id"] for item in listed["items"]] == [str(release.pk) for release in reversed(releases)]
    of_job = client.get(f"{API}/releases", {"job": str(other.pk)}).json()
    assert [item["id"] for item in of_job["items"]] == [str(releases[1].pk)]
    assert client.get(f"{API}/releases", {"job": "x"}).json()["field"] == "job"
    assert client.get(f"{API}/releases", {"jobs": "x"}).status_code == 400


@pytest.mark.parametrize(
    "name", ["coco.json", "..%2f..%2fmanifest.json", "labels.csv%00", "%ff", "LABELS.CSV", "%F0%9F"]
)
def test_file_that_the_release_lacks_is_not_found(client_of: ClientFactory, name: str) -> None:
    release = built()
    client = client_of(make.owner_of(release.job.organization))
    assert client.get(f"{API}/releases/{release.pk}/files/{name}").status_code == 404


def test_files_of_an_unfinished_release_are_not_found(client_of: ClientFactory) -> None:
    release = requested()
    client = client_of(make.owner_of(release.job.organization))
    assert client.get(f"{API}/releases/{release.pk}/files/manifest.json").status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_download_is_whole_under_asgi() -> None:
    release = await sync_to_async(built)()
    token = await sync_to_async(lambda: make.token(make.owner_of(release.job.organization)))()
    path = f"{API}/releases/{release.pk}/files/labels.jsonl"
    answer: Any = await AsyncClient().get(path, headers={"authorization": f"Bearer {token}"})
    data = b"".join([piece async for piece in answer])
    assert data == await sync_to_async(content)(release, "labels.jsonl")
    await sync_to_async(answer.close)()


# --- wishes ---------------------------------------------------------------------------------------------------------
def test_wishes_are_taken_and_told_again(client_of: ClientFactory) -> None:
    job = pets_job()
    client = client_of(make.owner_of(job.organization))
    wishes = {
        "what": "final",
        "class_remap": {"cat": "feline", "dog": None},
        "split": {"train": 0.75, "test": 0.25, "seed": 5},
        "licence": {"name": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        "options": {"voc_one_based": True},
        "augmentation": {"library": "torchvision", "steps": [{"name": "flip", "parameters": {"axes": [0, 1]}}]},
    }
    answer = client.post(f"{API}/jobs/{job.pk}/releases", {"formats": ["jsonl"], **wishes})
    assert answer.status_code == 202
    told = answer.json()["wishes"]
    assert told["split"] == {"shares": {"train": 0.75, "test": 0.25}, "seed": 5}
    assert {name: told[name] for name in ("what", "class_remap", "licence", "options")} == {
        name: wishes[name] for name in ("what", "class_remap", "licence", "options")
    }
    assert told["augmentation"]["steps"][0] == {"name": "flip", "probability": 1.0, "parameters": {"axes": [0, 1]}}
    build_release(answer.json()["id"])
    later = client.post(f"{API}/jobs/{job.pk}/releases", {"formats": ["jsonl"], **wishes, "since": answer.json()["id"]})
    assert (later.status_code, later.json()["since"]) == (202, answer.json()["id"])


def deep(depth: int) -> dict[str, Any]:
    """Return objects in objects."""
    return {"a": deep(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"what": "some"}, "what"),
        ({"class_remap": {"cow": "animal"}}, "class_remap.cow"),
        ({"class_remap": {"cat": "two\nlines"}}, "class_remap"),
        ({"class_remap": ["cat"]}, "class_remap"),
        ({"split": {"train": 0.5}}, "split"),
        ({"split": {"train": 0.5, "dev": 0.5}}, "split.dev"),
        ({"split": {"train": "1"}}, "split.train"),
        ({"split": {"train": True}}, "split.train"),
        ({"split": {"train": 1, "seed": "5"}}, "split.seed"),
        ({"split": {"train": 1, "seed": 5.0}}, "split.seed"),
        ({"class_remap": {"cat": 5}}, "class_remap.cat"),
        ({"licence": {"name": "two\nlines"}}, "licence.name"),
        ({"licence": {"name": 5}}, "licence.name"),
        ({"augmentation": {"library": "x", "steps": [{"name": "y", "probability": "0.5"}]}}, "augmentation.steps"),
        ({"since": "01a214dc-f8cd-75f7-9c33-18e390bfaa10"}, "since"),
        ({"licence": {"url": "javascript:alert(1)", "name": "x"}}, "licence.url"),
        ({"augmentation": {"library": "x", "steps": []}}, "augmentation.steps"),
        ({"augmentation": {"library": "x", "steps": [{"name": "y", "parameters": deep(6)}]}}, "augmentation"),
        ({"augmentation": {"library": "x", "steps": [{"name": "y", "parameters": {"a": [0] * 600}}]}}, "augmentation"),
        ({"options": {"voc_one_based": "maybe"}}, "options.voc_one_based"),
        ({"options": {"voc_one_based": "yes"}}, "options.voc_one_based"),
    ],
)
def test_senseless_wish_is_refused_naming_the_field(client_of: ClientFactory, wish: Any, field: str) -> None:
    job = pets_job()
    client = client_of(make.owner_of(job.organization))
    answer = client.post(f"{API}/jobs/{job.pk}/releases", {"formats": ["jsonl"], **wish})
    assert answer.status_code in {400, 404}
    assert answer.json()["field"].startswith(field)
    assert not Release.objects.exists()
