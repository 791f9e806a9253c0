"""The log: numbered by the commit, without gaps, whoever writes at the same time."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from marketplace.live.models import Delivery, Event, Stream, StreamType
from marketplace.live.services.log import append_event
from marketplace.operations.core.ids import new_id
from tests import invariants
from tests.choreography.crowd import run_together

pytestmark = pytest.mark.django_db(transaction=True)


def _append(subject_id: UUID, event_type: str = "job_paused", **deltas: int) -> None:
    append_event(StreamType.JOB, subject_id, event_type=event_type, data={}, deltas=deltas)


def _events(subject_id: UUID) -> list[tuple[int | None, str]]:
    events = Event.objects.filter(stream__subject_id=subject_id)
    return list(events.order_by("seq").values_list("seq", "type"))


def test_events_are_numbered_in_the_order_of_their_transaction() -> None:
    job_id = new_id()
    with transaction.atomic():
        _append(job_id, "one")
        _append(job_id, "two")
        assert {seq for seq, _ in _events(job_id)} == {None}  # until the commit
    _append(job_id, "three")
    assert _events(job_id) == [(1, "one"), (2, "two"), (3, "three")]


def test_counters_are_the_sum_of_what_the_events_add() -> None:
    job_id = new_id()
    with transaction.atomic():
        _append(job_id, leased=3)
        _append(job_id, leased=-1, answers=1)
    _append(job_id, answers=2)
    assert Stream.objects.get(subject_id=job_id).counters == {"leased": 2, "answers": 3}


def test_a_transaction_that_rolls_back_leaves_no_number_and_no_duty() -> None:
    job_id = new_id()
    _append(job_id, "one")
    with pytest.raises(RuntimeError), transaction.atomic():
        _append(job_id, "answer_submitted", answers=1)
        raise RuntimeError
    _append(job_id, "two")
    assert _events(job_id) == [(1, "one"), (2, "two")]
    assert Stream.objects.get(subject_id=job_id).counters == {}
    assert not Delivery.objects.exists()


def test_an_event_gives_rise_to_one_delivery_for_each_of_its_consumers() -> None:
    _append(new_id(), "answer_submitted")
    assert sorted(Delivery.objects.values_list("consumer", flat=True)) == ["orders.accept", "quality.belief"]
    twin = Delivery.objects.all()[0]
    twin.pk = None
    with pytest.raises(IntegrityError, match="delivery_once"):
        twin.save(force_insert=True)


def test_numbers_follow_the_commits_and_not_the_inserts() -> None:
    job_id = new_id()
    _append(job_id, "first")
    inserted, committed = threading.Event(), threading.Event()

    def begin_early_and_commit_late() -> None:
        with transaction.atomic():
            _append(job_id, "inserted early")
            inserted.set()
            assert committed.wait(timeout=20)

    def commit_at_once() -> None:
        assert inserted.wait(timeout=20)
        _append(job_id, "committed early")
        committed.set()

    run_together([begin_early_and_commit_late, commit_at_once])
    assert _events(job_id) == [(1, "first"), (2, "committed early"), (3, "inserted early")]


def test_eight_writers_leave_no_gap_for_any_reader() -> None:
    job_id = new_id()
    added: Counter[str] = Counter()
    n_writing = 8

    def write(thread: int) -> None:
        nonlocal n_writing
        for turn in range(12):
            name = f"n{turn % 3}"
            try:
                with transaction.atomic():
                    for _ in range(1 + turn % 3):
                        append_event(
                            StreamType.JOB, job_id, event_type="job_paused", data={}, deltas={name: thread + 1}
                        )
                    if turn % 4 == 3:
                        raise InterruptedError
            except InterruptedError:
                continue
            added[name] += (thread + 1) * (1 + turn % 3)
        n_writing -= 1

    def read() -> None:
        while n_writing:
            seqs = [seq for seq, _ in _events(job_id)]
            assert seqs == list(range(1, len(seqs) + 1))

    parts: list[Callable[[], None]] = [partial(write, thread) for thread in range(8)]
    run_together([*parts, read])
    stream = Stream.objects.get(subject_id=job_id)
    assert stream.seq == len(_events(job_id)) == 8 * (24 - 6)  # of 24 events, 6 were rolled back
    assert stream.counters == added
    assert invariants.broken() == {}


def test_transactions_that_write_to_two_streams_crosswise_do_not_deadlock() -> None:
    one, other = new_id(), new_id()
    for job_id in (one, other):
        _append(job_id)

    def write(first: UUID, second: UUID) -> None:
        for _ in range(15):
            with transaction.atomic():
                _append(first)
                _append(second)

    parts: list[Callable[[], None]] = [partial(write, one, other), partial(write, other, one)]
    run_together(parts * 2)
    assert [len(_events(job_id)) for job_id in (one, other)] == [61, 61]
    assert invariants.broken() == {}
