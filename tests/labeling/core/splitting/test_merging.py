"""Merging: the conclusions of an asset's parts as one."""

from typing import Any

from labeling.core.formats import LabeledTask
from labeling.core.splitting import merged_by_asset

LEFT = {"tile": [0, 0, 120, 100], "core": [0, 0, 100, 100]}
RIGHT = {"tile": [80, 0, 200, 100], "core": [100, 0, 200, 100]}


def part(ordinal: int, asset: str, value: dict[str, Any] | None, **changes: Any) -> LabeledTask:
    """Return a concluded task."""
    facts: dict[str, Any] = {
        "width": 200,
        "height": 100,
        "state": "final",
        "confidence": 0.9,
        "n_answers": 2,
        "retired_reason": "confident",
    }
    return LabeledTask(ordinal=ordinal, asset_id=asset, external_id=asset, value=value, **(facts | changes))


def objects(*boxes: list[float], **more: Any) -> dict[str, Any]:
    """Return a conclusion of boxes."""
    found = [{"id": str(n), "class": "cat", "box": box, "confidence": 0.8} for n, box in enumerate(boxes, start=1)]
    return {"objects": found, "doubted": [], **more}


def test_whole_assets_are_passed_on_as_they_are_even_where_one_has_several_tasks() -> None:
    tasks = [part(1, "a", objects([1, 1, 9, 9])), part(2, "b", None, n_answers=0, state=None), part(3, "b", None)]
    assert list(merged_by_asset(tasks)) == tasks


def test_tiles_become_one_label_that_is_no_surer_than_the_least_sure() -> None:
    tasks = [
        part(1, "a", objects([10, 10, 40, 40], [60, 60, 120, 80], p_complete=0.9), scope=LEFT),
        part(2, "a", objects([80, 60, 150, 80], p_complete=0.7), scope=RIGHT, state="disputed", confidence=0.6),
        part(3, "b", objects([1, 1, 9, 9]), scope=LEFT),
        part(4, "b", objects(), scope=RIGHT),
    ]
    first, second = merged_by_asset(tasks)
    assert (first.ordinal, first.scope, first.state, first.confidence) == (1, None, "disputed", 0.6)
    assert first.value == objects([10, 10, 40, 40], [60, 60, 150, 80], p_complete=0.7)
    assert second.ordinal == 3
    assert second.value is not None
    assert len(second.value["objects"]) == 1


def test_an_asset_of_which_a_part_is_unanswered_has_a_label_that_is_not_final() -> None:
    tasks = [
        part(1, "a", objects([10, 10, 40, 40]), scope=LEFT),
        part(2, "a", None, scope=RIGHT, state=None, confidence=None, n_answers=0, retired_reason="cancelled"),
    ]
    [merged] = merged_by_asset(tasks)
    assert (merged.state, merged.is_answered, merged.retired_reason) == ("provisional", True, "cancelled")
    [bare] = merged_by_asset([task._replace(value=None, state=None, n_answers=0) for task in tasks])
    assert (bare.state, bare.value, bare.is_answered) == (None, None, False)


def test_relations_follow_their_objects_and_those_to_what_is_dropped_are_dropped() -> None:
    here = objects([10, 10, 40, 40], [50, 10, 70, 40], [104, 10, 114, 30])
    here["objects"][0]["relations"] = [{"name": "tows", "to": "2"}, {"name": "tows", "to": "3"}]
    there = objects([150, 10, 170, 40], [120, 60, 130, 80])
    there["objects"][1]["relations"] = [{"name": "tows", "to": "1"}]
    [merged] = merged_by_asset([part(1, "a", here, scope=LEFT), part(2, "a", there, scope=RIGHT)])
    assert merged.value is not None
    assert [(each["id"], each.get("relations")) for each in merged.value["objects"]] == [
        ("1", [{"name": "tows", "to": "2"}]),
        ("2", None),
        ("3", None),
        ("4", [{"name": "tows", "to": "3"}]),
    ]


def test_groups_of_classes_become_one_label() -> None:
    pets, cars = {"classes": ["cat", "dog"], "group": 1}, {"classes": ["car"], "group": 2}
    shapes = [
        part(1, "a", objects([1, 1, 9, 9]), scope=pets),
        part(2, "a", objects([1, 1, 9, 9], [5, 5, 50, 50]), scope=cars),
    ]
    [merged] = merged_by_asset(shapes)
    assert merged.value is not None
    assert [each["id"] for each in merged.value["objects"]] == ["1", "2", "3"]
    words = [
        part(1, "a", {"classes": ["dog"], "posterior": {"cat": 0.1, "dog": 0.9, "car": 0.01}}, scope=pets),
        part(2, "a", {"classes": ["car"], "posterior": {"cat": 0.02, "dog": 0.01, "car": 0.8}}, scope=cars),
    ]
    [merged] = merged_by_asset(words)
    assert merged.value == {"classes": ["dog", "car"], "posterior": {"cat": 0.1, "dog": 0.9, "car": 0.8}}
