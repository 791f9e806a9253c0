"""Agreement of a job: figures as the core computes them, bounded work, and nobody's name."""

from typing import Any

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from labeling.core.geometry.registry import GEOMETRIES
from labeling.models import AnnotationTypeName, LabelingJob
from quality.core.agreement.alpha import krippendorff_alpha
from quality.core.agreement.answers import ShapeDifference
from quality.core.agreement.percentages import fleiss_kappa
from quality.core.labels import index_labels
from quality.core.shapes.scoring import NamedShapes
from quality.services import job_agreement
from quality.services.agreement_measures import MEASURES
from tests import make
from tests.api.expect import body_of, problem_of
from tests.conftest import Cast, ClientFactory
from tests.quality.answering import answer_task

pytestmark = pytest.mark.django_db

ANSWERS = [["cat", "cat", "cat"], ["dog", "dog", "cat"], ["dog", "dog", "dog"], ["cat", "dog", "dog"], ["cat"]]
LEFT, RIGHT = [10, 10, 110, 110], [300, 200, 400, 300]


def answered(answers: list[list[Any]], **changes: Any) -> LabelingJob:
    """Return a job in which the same workers gave these answers to its tasks in order."""
    job = make.published_job(n_tasks=len(answers), **({"max_overlap": 5} | changes))
    crowd = [make.worker() for _ in range(max(map(len, answers)))]
    for task, given in zip(job.tasks.order_by("ordinal"), answers, strict=True):
        answer_task(task, dict(zip(crowd, given, strict=False)))
    return job


def box(*boxes: list[int], name: str = "cat") -> list[dict[str, Any]]:
    return [{"class": name, "box": each} for each in boxes]


def test_every_annotation_type_has_a_measure() -> None:
    assert set(MEASURES) == set(AnnotationTypeName.values)


def test_figures_of_classes_are_those_of_the_core() -> None:
    found = job_agreement(answered(ANSWERS))
    rows = [(n, worker, name) for n, given in enumerate(ANSWERS) for worker, name in enumerate(given)]
    labels = index_labels(rows, classes=make.CLASSES).matrix
    assert found["alpha"]["value"] == pytest.approx(krippendorff_alpha(labels).value)
    assert found["fleiss"]["value"] == pytest.approx(fleiss_kappa(labels).value)
    # By hand: unanimous on two of four tasks; agreeing pairs 1, 1/3, 1, 1/3.
    assert found["percentage"]["value"] == pytest.approx(1 / 2)
    assert found["pairwise"]["value"] == pytest.approx((1 + 1 / 3 + 1 + 1 / 3) / 4)
    assert (found["scale"], found["alpha"]["n_tasks"], found["alpha"]["n_labels"]) == ("nominal", 4, 12)
    interval = found["alpha"]["interval"]
    assert interval["low"] <= found["alpha"]["value"] <= interval["high"]
    assert found["sample"] | {"input_sha256": ""} == {
        "n_tasks": 4,
        "n_tasks_used": 4,
        "n_answers_used": 12,
        "complete": True,
        "input_sha256": "",
    }


def in_folders(job: LabelingJob) -> LabelingJob:
    """Move the first two assets into a folder, the next into another, and leave the rest in none."""
    for ordinal, folder in ((1, "night/"), (2, "night/"), (3, "day/close/")):
        asset = job.tasks.get(ordinal=ordinal).asset
        asset.external_id = f"{folder}{asset.external_id}"
        asset.save()
    return job


def test_folders_of_assets_are_measured_apart() -> None:
    found = job_agreement(in_folders(answered(ANSWERS)))
    night = index_labels(
        [(n, worker, name) for n, given in enumerate(ANSWERS[:2]) for worker, name in enumerate(given)],
        classes=make.CLASSES,
    ).matrix
    assert [(each["folder"], each["n_labels"]) for each in found["folders"]] == [
        ("", 3),
        ("day/close", 3),
        ("night", 6),
    ]
    assert found["folders"][2]["alpha"]["value"] == pytest.approx(krippendorff_alpha(night).value)
    assert found["folders"][2]["pairwise"]["value"] == pytest.approx((1 + 1 / 3) / 2)
    assert job_agreement(answered(ANSWERS))["folders"] == []


def test_boxes_are_measured_by_folder_too() -> None:
    answers = [[box(LEFT), box(LEFT)], [box(LEFT), box(RIGHT)], [box(RIGHT), box(RIGHT)]]
    found = job_agreement(in_folders(answered(answers, annotation_type="bounding_box")))
    assert {each["folder"]: each["pairwise"]["value"] for each in found["folders"]} == {
        "night": pytest.approx(0.5),
        "day/close": pytest.approx(1.0),
    }


def test_each_class_stands_against_the_rest() -> None:
    found = job_agreement(answered(ANSWERS, classes=("cat", "dog", "eel")))
    assert [(each["class"], each["n_labels"]) for each in found["classes"]] == [("cat", 5), ("dog", 7)]
    # With two classes in use, each against the rest is the same question.
    assert [each["alpha"]["value"] for each in found["classes"]] == [pytest.approx(found["alpha"]["value"])] * 2


def test_pairs_are_named_by_pseudonym_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    job = answered(ANSWERS)
    found = job_agreement(job)
    pseudonyms = set(job.workers.values_list("pseudonym", flat=True))
    assert len(found["pairs"]) == 3
    assert {name for pair in found["pairs"] for name in pair["workers"]} == pseudonyms
    shares = sorted(pair["agreement"]["value"] for pair in found["pairs"])
    assert shares == [0.5, 0.75, 0.75]
    monkeypatch.setattr("quality.services.agreement_measures.base.MAX_PAIRS", 1)
    bounded = job_agreement(job)
    assert (len(bounded["pairs"]), bounded["n_pairs_left_out"]) == (1, 2)


def test_what_has_no_value_says_why() -> None:
    untouched = job_agreement(make.published_job())
    assert (untouched["alpha"]["value"], untouched["alpha"]["undefined"]) == (None, "no_labels")
    assert untouched["alpha"]["interval"] is None
    lonely = job_agreement(answered([["cat"], ["dog"]]))
    assert (lonely["alpha"]["value"], lonely["alpha"]["undefined"]) == (None, "nothing_pairable")
    same = job_agreement(answered([["cat", "cat"], ["cat", "cat"]]))
    assert (same["alpha"]["value"], same["alpha"]["undefined"]) == (None, "no_variation")
    assert same["percentage"]["value"] == 1.0


@pytest.mark.parametrize("annotation_type", ["image_classification", "bounding_box"])
def test_the_same_answers_give_the_same_figures(annotation_type: str) -> None:
    given: list[list[Any]] = ANSWERS
    if annotation_type == "bounding_box":
        given = [[box(LEFT, name=name) for name in names] for names in ANSWERS]
    job = answered(given, annotation_type=annotation_type)
    assert job_agreement(job) == job_agreement(job)


def test_a_large_job_is_sampled_and_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    job = answered([["cat", "dog"]] * 8)
    monkeypatch.setattr(MEASURES[job.annotation_type], "max_answers", 10)
    found = job_agreement(job)
    sample = found["sample"]
    assert (sample["n_tasks"], sample["n_tasks_used"], sample["n_answers_used"]) == (8, 5, 10)
    assert sample["complete"] is False
    assert found["alpha"]["n_labels"] == 10


def test_boxes_are_compared_as_whole_answers() -> None:
    nothing: list[dict[str, Any]] = []
    answers = [
        [box(LEFT), box([12, 10, 112, 110])],  # alike
        [box(LEFT, RIGHT), box(LEFT)],  # F1 2/3
        [nothing, nothing],  # alike
        [box(RIGHT), box(RIGHT, name="dog")],  # not alike: other names
    ]
    found = job_agreement(answered(answers, annotation_type="bounding_box"))
    assert found["percentage"]["value"] == pytest.approx(2 / 4)
    assert found["pairwise"]["value"] == pytest.approx((1 + 2 / 3 + 1 + 0) / 4)
    assert 0 < found["alpha"]["value"] < 1
    assert (found["fleiss"]["value"], found["fleiss"]["undefined"]) == (None, "not_defined_for_type")
    assert found["pairs"][0]["agreement"]["value"] == pytest.approx(found["pairwise"]["value"])
    assert [(each["class"], each["n_labels"]) for each in found["classes"]] == [("cat", 6), ("dog", 1)]
    assert found["scale"] == "box_f1_at_iou_0.5"


def test_alpha_of_boxes_by_hand() -> None:
    # Two tasks of two equal answers each, the tasks' answers wholly different: nothing observed, much expected.
    perfect = job_agreement(answered([[box(LEFT)] * 2, [box(RIGHT)] * 2], annotation_type="bounding_box"))
    assert perfect["alpha"]["value"] == 1.0
    # Observed: one of two tasks differs. Expected over 4 answers L, L, L, R: 3 of 6 pairs. 1 - (1/2) / (1/2).
    chance = job_agreement(answered([[box(LEFT)] * 2, [box(LEFT), box(RIGHT)]], annotation_type="bounding_box"))
    assert chance["alpha"]["value"] == pytest.approx(0.0)


def test_answers_of_boxes_differ_by_what_is_not_matched() -> None:
    def drawn(*names: str) -> NamedShapes:
        return NamedShapes(shapes=np.array([LEFT, RIGHT], dtype=np.float64)[: len(names)], labels=names)

    answers = [drawn(), drawn("cat"), drawn("cat", "dog"), drawn("dog")]
    difference = ShapeDifference(GEOMETRIES["box"](), answers)
    first, second = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 2, 3])
    assert difference(first, second) == pytest.approx([0, 1, 0, 1 / 3, 1])
    assert difference.of_class("dog")(np.array([1, 2]), np.array([0, 0])) == pytest.approx([0, 1])


@pytest.mark.parametrize("n_tasks", [2, 6])
def test_it_takes_the_same_queries_however_large(
    n_tasks: int, cast: Cast, client_of: ClientFactory, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = answered([["cat", "dog", "cat"]] * n_tasks, home=cast.home)
    client = client_of(cast.reviewer)
    with django_assert_max_num_queries(8):
        client.get(f"/api/v1/jobs/{job.pk}/agreement")


def test_the_answer_over_http_names_nobody(cast: Cast, client_of: ClientFactory) -> None:
    job = answered(ANSWERS, home=cast.home)
    response = client_of(cast.owner).get(f"/api/v1/jobs/{job.pk}/agreement")
    found = body_of(response)
    assert set(found) == {
        "job",
        "annotation_type",
        "scale",
        "sample",
        "percentage",
        "pairwise",
        "alpha",
        "fleiss",
        "classes",
        "n_classes_left_out",
        "folders",
        "n_folders_left_out",
        "pairs",
        "n_pairs_left_out",
    }
    assert set(found["alpha"]) == {"value", "undefined", "n_tasks", "n_labels", "interval"}
    for worker_id in job.workers.values_list("worker_id", flat=True):
        assert str(worker_id) not in response.content.decode()


def test_unknown_parameters_are_refused(cast: Cast, client_of: ClientFactory) -> None:
    job = make.published_job(home=cast.home)
    problem_of(client_of(cast.owner).get(f"/api/v1/jobs/{job.pk}/agreement?n=1"), 400, "unknown_parameter", "n")
