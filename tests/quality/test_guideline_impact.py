"""Which labels to ask again after a change of guidelines."""

from typing import Any

import pytest

from labeling.errors import InvalidInput
from labeling.models import LabelingJob
from quality.errors import NoConsensusYet
from quality.services import ClassChange, guideline_impact
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of
from tests.conftest import Cast, ClientFactory

pytestmark = pytest.mark.django_db

# Of three cats the second might be a dog, and of two dogs the second might be a cat.
POSTERIORS = ({"cat": 0.98}, {"cat": 0.6}, {"cat": 0.99}, {"cat": 0.01}, {"cat": 0.3})


def concluded(**changes: Any) -> LabelingJob:
    """Return an ended job with these beliefs."""
    values = {}
    for ordinal, belief in enumerate(POSTERIORS, start=1):
        cat = belief["cat"]
        values[ordinal] = {"class": "cat" if cat > 0.5 else "dog", "posterior": {"cat": cat, "dog": 1 - cat}}
    return make.run(n_tasks=5, values=values, **changes).job


SPLIT = ClassChange(name="cat", becomes={"cat": 0.7, "kitten": 0.3}, carry_to="cat")


def impact(job: LabelingJob, *changes: ClassChange, least: float = 0.05, budget: int | None = None) -> dict[str, Any]:
    return guideline_impact(job, changes, min_change=least, budget_micros=budget)


def test_labels_of_a_class_that_was_split_are_asked_again_and_others_are_not() -> None:
    found = impact(concluded(), SPLIT)
    assert [item["external_id"] for item in found["items"]] == ["asset-3", "asset-1", "asset-2", "asset-5"]
    assert found["items"][0]["p_change"] == pytest.approx(0.3 * 0.99)
    assert found["expected_changes"] == pytest.approx(0.3 * sum(belief["cat"] for belief in POSTERIORS))
    assert found["n_to_ask"] == 4


def test_a_renamed_class_needs_no_asking_and_a_removed_one_always_does() -> None:
    job = concluded()
    assert impact(job, ClassChange(name="cat", becomes={"feline": 1.0}, carry_to="feline"))["n_to_ask"] == 0
    removed = impact(job, ClassChange(name="dog", becomes={"cat": 1.0}, carry_to=None))
    assert [item["external_id"] for item in removed["items"][:2]] == ["asset-4", "asset-5"]


def test_a_budget_takes_the_likeliest_changes() -> None:
    job = concluded()
    found = impact(job, SPLIT, budget=2 * job.pay_micros * job.min_overlap)
    assert [item["external_id"] for item in found["items"]] == ["asset-3", "asset-1"]
    assert found["pay_micros"] == 2 * job.pay_micros * job.min_overlap


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ([ClassChange("bird", {"bird": 1.0}, None)], "changes[0].class"),
        ([SPLIT, SPLIT], "changes[1].class"),
        ([ClassChange("cat", {"cat": 0.7}, "cat")], "changes[0].becomes"),
    ],
)
def test_changes_that_make_no_sense_are_refused_by_name(changes: list[ClassChange], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        impact(concluded(), *changes)
    assert refused.value.field == field


def test_labels_must_have_been_concluded() -> None:
    with pytest.raises(NoConsensusYet):
        impact(make.published_job(), SPLIT)


def test_the_impact_over_http_writes_nothing(cast: Cast, client_of: ClientFactory) -> None:
    job = concluded(home=cast.home)
    http, url = client_of(cast.owner), f"/api/v1/jobs/{job.pk}/guideline-impact"
    change = {"class": "cat", "becomes": {"cat": 0.7, "kitten": 0.3}, "carry_to": "cat"}
    with nothing_written():
        found = body_of(http.post(url, {"changes": [change]}))
    assert (found["n_to_ask"], found["currency"], found["complete"]) == (4, "USD", True)
    for bad, field in (
        ({"changes": []}, "changes"),
        ({"changes": [change], "budget": 5}, "budget"),
        ({"changes": [change], "min_change": 2}, "min_change"),
        ({"changes": [change | {"becomes": {"cat": "1"}}]}, "changes[0].becomes.cat"),
        ({"changes": [change | {"becomes": {}}]}, "changes[0].becomes"),
    ):
        problem_of(http.post(url, bad), 400, "invalid", field)


@pytest.mark.parametrize("name", ["cat ", " cat", "c" * 201])
def test_a_share_is_of_a_class_by_its_very_name(name: str, cast: Cast, client_of: ClientFactory) -> None:
    job = concluded(home=cast.home)
    body = {"changes": [{"class": "cat", "becomes": {name: 1.0}, "carry_to": "cat"}]}
    refused = client_of(cast.owner).post(f"/api/v1/jobs/{job.pk}/guideline-impact", body)
    assert refused.status_code == 400
    assert "becomes" in refused.content.decode()
