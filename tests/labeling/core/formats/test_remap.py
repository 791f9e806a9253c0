"""Renaming, merging and dropping classes."""

from typing import Any

import numpy as np
import pytest

from labeling.core.formats import read_classes
from labeling.core.formats.final import final_annotations
from labeling.core.formats.masks import mask_of, pixels_of
from labeling.core.formats.remap import Names, Remap, RemapConflict, remapped_classes
from tests.labeling.core.formats.samples import CLASSES, sample

LEFT = np.tile([True, False, False], (2, 1))
MIDDLE = np.tile([False, True, False], (2, 1))


def remapped(kind: str, names: Names, **changes: Any) -> Any:
    """Return a task of a type under the new names."""
    classes = remapped_classes(read_classes(CLASSES), names)
    return Remap.of(names, classes, kind).task(sample(kind, **changes))


def test_order_follows_the_ontology_and_parents_are_renamed_with_their_classes() -> None:
    classes = remapped_classes(read_classes(CLASSES), {"vehicle": "thing on wheels", "road": None})
    assert [(label.name, label.parent) for label in classes] == [
        ("thing on wheels", ""), ("car", "thing on wheels"), ("person", ""), ("unknown", "")
    ]  # fmt: skip


def test_classes_that_become_one_have_the_attributes_of_both() -> None:
    [merged, *_] = remapped_classes(read_classes(CLASSES), {"vehicle": "car"})
    assert (merged.name, merged.color) == ("car", "#ff8800")
    assert [attribute.name for attribute in merged.attributes] == ["occluded", "colour"]


@pytest.mark.parametrize("names", [{"person": "car"}, {"road": "car"}, {"unknown": "road"}, {"bus": "car"}])
def test_classes_that_differ_in_kind_or_skeleton_do_not_become_one(names: Names) -> None:
    with pytest.raises(RemapConflict):
        remapped_classes(read_classes(CLASSES), names)


def test_attributes_of_one_name_that_differ_do_not_become_one() -> None:
    one = {"name": "a", "attributes": [{"name": "size", "type": "enum", "values": ["s", "l"]}]}
    other = {"name": "b", "attributes": [{"name": "size", "type": "number"}]}
    with pytest.raises(RemapConflict, match="size"):
        remapped_classes(read_classes([one, other]), {"a": "b"})


def test_dropped_objects_are_gone_and_so_are_relations_to_them() -> None:
    task = remapped("bounding_box", {"car": None})
    assert [found.class_name for found in final_annotations(task)] == ["person"]
    assert task.value["objects"][0]["relations"] == []


def test_of_several_classes_the_surest_speaks_for_those_that_become_one() -> None:
    value = {
        "classes": ["car", "road", "person"],
        "posterior": {"car": 0.9, "vehicle": 0.4, "person": 0.8, "road": 0.7},
    }
    task = remapped("multi_label_classification", {"vehicle": "car", "person": None}, value=value)
    assert task.value == {"classes": ["car", "road"], "posterior": {"car": 0.9, "road": 0.7}}


@pytest.mark.parametrize(("kind", "n_masks"), [("semantic_segmentation", 1), ("panoptic_segmentation", 2)])
def test_a_class_of_one_mask_keeps_one_when_two_become_one(kind: str, n_masks: int) -> None:
    things = [
        {"id": "1", "class": "car", "mask": mask_of(LEFT), "confidence": 0.9},
        {"id": "2", "class": "vehicle", "mask": mask_of(MIDDLE), "confidence": 0.7},
    ]
    task = remapped(kind, {"vehicle": "car"}, value={"objects": things})
    found = list(final_annotations(task))
    assert len(found) == n_masks
    if n_masks == 1:
        assert (pixels_of(found[0].shape) == (LEFT | MIDDLE)).all()
        assert found[0].confidence == 0.7
