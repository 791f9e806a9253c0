"""Splitting over HTTP: stated in a draft, shown to workers, changed while the job runs."""

from typing import Any

import pytest

from labeling.models import PreLabel
from tests import make
from tests.api.expect import body_of, problem_of
from tests.conftest import Cast, ClientFactory, JsonClient

pytestmark = pytest.mark.django_db

TILES = {"strategy": "tiles", "tile_px": 320, "margin_px": 20}


@pytest.fixture
def owner(client_of: ClientFactory, cast: Cast) -> JsonClient:
    return client_of(cast.owner)


def _draft(cast: Cast, **changes: Any) -> dict[str, Any]:
    plan = make.project(cast.home)
    return {
        "ontology": make.ontology(plan).pk,
        "guideline": make.guideline(plan).pk,
        "dataset": make.dataset(cast.home, n_assets=2).pk,
        "name": "Cats",
        "annotation_type": "bounding_box",
        **changes,
    }


def test_a_split_is_stated_with_the_job_and_told_with_all_its_parameters(owner: JsonClient, cast: Cast) -> None:
    job = body_of(owner.post("/api/v1/jobs", _draft(cast, split={"strategy": "tiles", "tile_px": 320})), 201)
    assert job["split"] == {"strategy": "tiles", "tile_px": 320, "margin_px": 128}
    plan = body_of(owner.get(f"/api/v1/jobs/{job['id']}/split-plan"))
    assert (plan["strategy"], plan["n_assets"], plan["n_tasks"]) == ("tiles", 2, 8)


@pytest.mark.parametrize(
    ("split", "field"),
    [
        ("tiles", "split"),
        (None, "split"),
        ({"strategy": 5}, "split.strategy"),
        ({"strategy": "tiles", "tile_px": 10**15}, "split.tile_px"),
        ({"strategy": "tiles", "tiles": 4}, "split.tiles"),
    ],
)
def test_a_wrong_split_is_refused_with_the_place_at_fault(
    split: Any, field: str, owner: JsonClient, cast: Cast
) -> None:
    answer = owner.post("/api/v1/jobs", _draft(cast, split=split))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_workers_are_told_which_part_they_are_asked_about(client_of: ClientFactory, cast: Cast) -> None:
    job = make.published_job(home=cast.home, n_tasks=1, annotation_type="bounding_box", split=TILES)
    worker = client_of(cast.worker)
    [item] = body_of(worker.post(f"/api/v1/jobs/{job.pk}/claim", {"limit": 1}))["items"]
    assert item["scope"] == {"tile": [0, 0, 340, 260], "core": [0, 0, 320, 240]}
    assert body_of(worker.get(f"/api/v1/assignments/{item['id']}"))["scope"] == item["scope"]


def test_a_prelabel_comes_with_the_task(client_of: ClientFactory, cast: Cast) -> None:
    job = make.job(home=cast.home, n_tasks=2, split={"strategy": "verify_prelabels"})
    said = [{"id": "1", "class": "dog"}]
    PreLabel.objects.create(
        project=job.project,
        asset=job.snapshot.members.get(ordinal=1).asset,
        ontology=job.ontology,
        annotation_type=job.annotation_type,
        schema_version=1,
        source="detector",
        annotations=said,
        n_annotations=1,
    )
    make.published_job(job)
    worker = client_of(cast.worker)
    items = body_of(worker.post(f"/api/v1/jobs/{job.pk}/claim", {"limit": 2}))["items"]
    shown = {"source": "detector", "version": "", "score": None, "annotations": said}
    assert [(item["aided"], item["prelabels"]) for item in items] == [(True, [shown]), (False, [])]
    listed = body_of(worker.get("/api/v1/assignments"))["items"]
    assert sorted((each["prelabels"] for each in listed), key=len) == [[], [shown]]


def test_a_job_is_split_again_within_the_money_agreed(owner: JsonClient, cast: Cast) -> None:
    job = make.published_job(home=cast.home, n_tasks=2, annotation_type="bounding_box", split=TILES)
    url = f"/api/v1/jobs/{job.pk}/split"
    whole = body_of(owner.post(url, {"split": {"strategy": "one_asset_per_task"}}))
    assert (whole["split"], whole["n_tasks"]) == ({"strategy": "one_asset_per_task"}, 2)
    finer = {"split": {"strategy": "tiles", "tile_px": 64, "margin_px": 0}}
    problem_of(owner.post(url, finer), 409, "split_refused")
    assert body_of(owner.get(f"/api/v1/jobs/{job.pk}"))["n_tasks"] == 2
