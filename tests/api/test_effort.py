"""The explanation of a price over HTTP."""

import pytest
from django.utils import timezone

from pricing.services import refit
from tests import make
from tests.api.expect import body_of, problem_of
from tests.conftest import Cast, ClientFactory
from tests.pricing.timing import timed_job

pytestmark = pytest.mark.django_db


def test_anybody_signed_in_sees_what_answers_of_each_type_take(client_of: ClientFactory, cast: Cast) -> None:
    timed_job(active_s=15.0, n_tasks=6)
    refit("bounding_box", now=timezone.now())
    items = {
        item["annotation_type"]: item
        for item in body_of(client_of(cast.stranger).get("/api/v1/effort-models"))["items"]
    }
    assert len(items) == 14
    points, boxes = items["point"], items["bounding_box"]
    assert (points["version"], points["seconds_per_asset"], points["seconds_per_unit"]) == (0, 2.0, 2.4)
    assert (points["n_answers"], points["fitted_at"]) == (0, None)
    assert (boxes["version"], boxes["n_answers"], boxes["n_workers"], boxes["n_jobs"]) == (1, 18, 3, 1)
    assert boxes["seconds_per_unit"] < 12.5
    level = boxes["coefficients"][0]
    assert level["name"] == "level"
    assert level["low80"] < level["value"] < level["high80"]


def test_a_job_says_what_its_answers_take_and_why(client_of: ClientFactory, cast: Cast) -> None:
    job = make.job(home=cast.home, n_tasks=2, annotation_type="bounding_box", units_per_asset=5.0)
    told = body_of(client_of(cast.owner).get(f"/api/v1/jobs/{job.pk}/effort"))
    assert (told["version"], told["units_per_asset"], told["units_source"]) == (0, 5.0, "requester")
    assert (told["answer"]["p50_s"], told["aided_answer"]["p50_s"], told["review"]["p50_s"]) == (70.3, 24.605, 24.605)
    low, high = told["answer"]["interval80_s"]
    assert low < 70.3 < high
    assert told["answer"]["answers80_s"][0] < low < high < told["answer"]["answers80_s"][1]
    assert [(factor["name"], factor["value"], factor["source"]) for factor in told["factors"]] == [
        ("look_s", "7.8", "prior"),
        ("unit_s", "12.5", "prior"),
        ("units", "5.0", "requester"),
        ("level", "1", "prior"),
    ]
    assert told["images"] == {"n_measured": 0, "histogram": [0] * 10, "factor": 1.0}
    problem_of(client_of(cast.stranger).get(f"/api/v1/jobs/{job.pk}/effort"), 404, "not_found")
