"""The search for garbage rests, and goes on afterwards."""

import gc
import threading

import pytest

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.core.garbage import no_search_for_garbage
from tests.labeling.core.annotations.examples import EXAMPLES, subject_of


def test_nothing_is_looked_for_while_an_answer_is_judged_however_large() -> None:
    box = EXAMPLES["bounding_box"].given[0]
    answer = [{**box, "id": str(number)} for number in range(5_000)] + [{}]
    answer.pop(0)
    looks: list[str] = []

    def look(phase: str, _info: dict[str, int]) -> None:
        looks.append(phase)

    gc.collect()
    gc.callbacks.append(look)
    try:
        with pytest.raises(Refusal):
            ANNOTATION_TYPES["bounding_box"].parse(answer, subject_of("bounding_box"))
        assert gc.isenabled()
    finally:
        gc.callbacks.remove(look)
    assert looks == []


def test_it_goes_on_whoever_of_two_threads_leaves_last() -> None:
    inside, left = threading.Event(), threading.Event()

    def other() -> None:
        with no_search_for_garbage():
            inside.set()
            left.wait(10)

    thread = threading.Thread(target=other)
    with no_search_for_garbage():
        thread.start()
        assert inside.wait(10)
    assert gc.isenabled()
    left.set()
    thread.join()
    assert gc.isenabled()
