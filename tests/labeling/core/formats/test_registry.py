"""The formats there are, and how much memory they take."""

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from tempfile import TemporaryFile
from uuid import uuid4

import pytest

from labeling.core.formats import FORMATS, LabeledTask, RawAnswer, formats_of
from tests.labeling.core.formats.samples import classes_for, conclusion, sample
from tests.labeling.core.formats.tasks import AT, exporting, thing


def test_each_annotation_type_names_its_formats() -> None:
    named = ["csv", "cvat", "jsonl", "label_studio", "yolo_classify"]
    assert set(formats_of("image_classification")) >= set(named)
    assert set(formats_of("bounding_box")) >= {"coco", "cvat", "jsonl", "label_studio", "voc", "yolo_detect"}
    assert set(formats_of("panoptic_segmentation")) >= {"coco", "coco_panoptic", "cvat", "jsonl", "label_studio"}
    assert formats_of("telepathy") == []


def test_no_two_formats_write_a_file_of_one_name() -> None:
    names = [form.file_name for form in FORMATS.values()]
    assert len({*names, "manifest.json"}) == len(names) + 1


@pytest.mark.parametrize("name", list(FORMATS))
def test_tasks_are_gone_through_as_often_as_announced(name: str) -> None:
    kind = next(iter(sorted(FORMATS[name].annotation_types)))
    passes = []

    def tasks() -> list[LabeledTask]:
        passes.append(name)
        return [sample(kind)]

    list(FORMATS[name].write(exporting(tasks, annotation_type=kind, classes=classes_for(kind))))
    assert len(passes) == FORMATS[name].n_passes


@pytest.mark.parametrize("name", list(FORMATS))
def test_memory_does_not_grow_with_the_number_of_tasks(name: str) -> None:
    kind = next(iter(sorted(FORMATS[name].annotation_types)))

    def many(n_tasks: int) -> Iterator[LabeledTask]:
        value = conclusion(kind)
        for ordinal in range(n_tasks):
            given = RawAnswer(worker="w1", annotations=[thing("cat")] * 5, active_ms=None, submitted_at=AT)
            name = f"{uuid4()}.jpg"
            yield sample(kind, ordinal, external_id=name, value=value, answers=(given,))

    # Of few and of many, so that what is fixed does not count.
    few, most = (_peak_bytes(name, partial(many, n_tasks), kind) for n_tasks in (50, 1_000))
    assert most < few + 200_000


def _peak_bytes(name: str, tasks: Callable[[], Iterator[LabeledTask]], kind: str) -> int:
    export = exporting(tasks, annotation_type=kind, classes=classes_for(kind), scratch=TemporaryFile)
    tracemalloc.start()
    try:
        for _ in FORMATS[name].write(export):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
