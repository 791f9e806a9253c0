"""Annotations made elsewhere, stated as known answers."""

from typing import Any

import pytest

from labeling.errors import WrongState
from labeling.models import ImportPurpose
from quality.models import GoldTask
from tests import make
from tests.labeling.importing import coco, imported, told

pytestmark = pytest.mark.django_db

BOX = [10, 20, 30, 40]
GOLD: dict[str, Any] = {"purpose": ImportPurpose.GOLD}


def test_known_answers_are_stated_each_for_itself() -> None:
    drafted = make.job(n_tasks=3, annotation_type="bounding_box")
    content = coco(("asset-1", "cat", BOX), ("asset-2", "bus", BOX), names=("asset-3",))
    assert told(imported(content, job=drafted, **GOLD)) == [
        ("asset-1", "taken", None),
        ("asset-2", "refused", "unknown_class"),
        ("asset-3", "taken", None),
    ]
    known = {gold.asset.external_id: gold.truth for gold in GoldTask.objects.select_related("asset")}
    assert known == {"asset-1": [{"id": "1", "class": "cat", "box": [10.0, 20.0, 40.0, 60.0]}], "asset-3": []}


def test_the_last_task_of_a_job_is_not_taken_for_gold() -> None:
    drafted = make.job(n_tasks=2, annotation_type="bounding_box")
    made = imported(coco(("asset-1", "cat", BOX), ("asset-2", "cat", BOX)), job=drafted, **GOLD)
    assert told(made) == [("asset-1", "taken", None), ("asset-2", "refused", "too_much_gold")]


def test_an_answer_that_is_stated_already_stays() -> None:
    drafted = make.job(n_tasks=3, annotation_type="bounding_box")
    imported(coco(("asset-1", "cat", BOX)), job=drafted, **GOLD)
    assert told(imported(coco(("asset-1", "cat", BOX)), job=drafted, **GOLD)) == [("asset-1", "unchanged", None)]
    assert told(imported(coco(("asset-1", "dog", BOX)), job=drafted, **GOLD)) == [
        ("asset-1", "refused", "invalid_input")
    ]
    assert GoldTask.objects.count() == 1


def test_a_job_that_is_no_draft_takes_none() -> None:
    opened = make.published_job(n_tasks=3, annotation_type="bounding_box")
    with pytest.raises(WrongState):
        imported(coco(("asset-1", "cat", BOX)), job=opened, **GOLD)
