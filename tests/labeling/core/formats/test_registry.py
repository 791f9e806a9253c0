"""The formats there are, and how much memory they take."""

import tracemalloc
from collections.abc import Iterator

import pytest

from labeling.core.formats import FORMATS, LabeledTask, RawAnswer, formats_of
from tests.labeling.core.formats.tasks import AT, exporting, labeled, thing, with_objects


def test_each_annotation_type_names_its_formats() -> None:
    assert formats_of("image_classification") == ["csv", "jsonl"]
    assert formats_of("bounding_box") == ["coco", "jsonl"]
    assert formats_of("telepathy") == []


def test_no_two_formats_write_a_file_of_one_name() -> None:
    names = [form.file_name for form in FORMATS.values()]
    assert len({*names, "manifest.json"}) == len(names) + 1


@pytest.mark.parametrize("name", list(FORMATS))
def test_tasks_are_gone_through_as_often_as_announced(name: str) -> None:
    passes = []

    def tasks() -> list[LabeledTask]:
        passes.append(name)
        return [labeled(value=with_objects() | {"class": "cat"})]

    list(FORMATS[name].write(exporting(tasks)))
    assert len(passes) == FORMATS[name].n_passes


@pytest.mark.parametrize("name", list(FORMATS))
def test_memory_does_not_grow_with_the_number_of_tasks(name: str) -> None:
    def many() -> Iterator[LabeledTask]:
        for n in range(20_000):
            value = with_objects(*[thing("cat")] * 5) | {"class": "cat"}
            given = RawAnswer(worker="w1", annotations=[thing("cat")] * 5, active_ms=None, submitted_at=AT)
            yield labeled(n, value=value, answers=(given,))

    n_bytes = 0
    tracemalloc.start()
    try:
        for piece in FORMATS[name].write(exporting(many)):
            n_bytes += len(piece)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_bytes > 500_000
    assert peak_bytes < 200_000
