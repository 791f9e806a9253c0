"""What a websocket tells: a snapshot, then every event once and in order, whatever happens to the connections."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from socket import SHUT_RDWR
from uuid import UUID

import pytest
import redis
from websockets.exceptions import ConnectionClosedError

from labeling.models import LabelingJob
from marketplace.live.adapters import HintSender, group_of
from marketplace.live.consumers.feeds import POLL_S, TAIL
from marketplace.live.models import Stream, StreamType
from tests import make
from tests.live.serving import TIMEOUT_S, Service, close_code, hear, hear_events, serve, tell, tell_at_once, telling

SERVICE_RESTART, TOO_MANY_SOCKETS = 1012, 4429

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def service(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serve(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def job() -> LabelingJob:
    return make.job(n_tasks=1)


@pytest.fixture
def token(job: LabelingJob) -> str:
    return make.token(job.created_by)


def seqs(messages: list[dict[str, object]]) -> list[object]:
    return [message["seq"] for message in messages]


def test_a_socket_opens_with_a_snapshot_and_tells_what_follows(service: Service) -> None:
    opened = make.published_job(n_tasks=2)
    with service.open(opened.pk, token=make.token(opened.created_by)) as client:
        snapshot = hear(client)
        make.answer(make.lease(opened))
        leased, answered = hear_events(client, 2)
    assert snapshot["type"] == "snapshot"
    assert snapshot["job"]["id"] == str(opened.pk)
    assert snapshot["job"]["state"] == "open"
    assert snapshot["counters"] == {"tasks": 2}
    assert seqs([leased, answered]) == [snapshot["seq"] + 1, snapshot["seq"] + 2]
    assert leased["event"] == "tasks_leased"
    assert answered["event"] == "answer_submitted"
    assert answered["data"]["counted"] is True
    assert answered["deltas"] == {"answers": 1, "leased": -1}


def test_a_job_without_events_opens_with_an_empty_snapshot(service: Service, job: LabelingJob, token: str) -> None:
    with service.open(job.pk, token=token) as client:
        snapshot = hear(client)
        tell(job.pk, 7)
        [event] = hear_events(client, 1)
    assert (snapshot["seq"], snapshot["counters"]) == (0, {})
    assert (event["seq"], event["data"]) == (1, {"mark": 7})


def test_a_client_resumes_after_the_last_event_it_saw(service: Service, job: LabelingJob, token: str) -> None:
    tell(job.pk, *range(1, 11))
    with service.open(job.pk, token=token, query="last_seq=4") as client:
        events = hear_events(client, 6)
    assert seqs(events) == [5, 6, 7, 8, 9, 10]


def test_a_client_that_knows_more_than_the_log_gets_a_snapshot(service: Service, job: LabelingJob, token: str) -> None:
    tell(job.pk, 1)
    with service.open(job.pk, token=token, query="last_seq=2") as client:
        snapshot = hear(client)
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 1)


def test_a_backlog_longer_than_what_is_kept_at_hand_is_told_whole(
    service: Service, job: LabelingJob, token: str
) -> None:
    tell(job.pk, 1)
    with service.open(job.pk, token=token) as present:
        hear(present)
        n_events = TAIL + 250
        tell_at_once(job.pk, *range(2, n_events + 1))
        hear_events(present, n_events - 1)  # by now the first events are no longer at hand
        with service.open(job.pk, token=token, query="last_seq=0") as late:
            events = hear_events(late, n_events)
            tell(job.pk, n_events + 1)
            assert seqs(hear_events(late, 1)) == [n_events + 1]
    assert seqs(events) == list(range(1, n_events + 1))


def test_cut_sockets_miss_nothing_and_repeat_nothing(service: Service, job: LabelingJob, token: str) -> None:
    rng = random.Random(7)
    n_events, n_cuts = 300, 20
    cuts = sorted(rng.sample(range(1, n_events), n_cuts))
    writers = telling(job.pk, n_writers=3, n_each=n_events // 3, pause_s=0.01)
    heard: list[dict[str, object]] = []
    for cut in [*cuts, n_events]:
        query = f"last_seq={len(heard)}"
        with service.open(job.pk, token=token, query=query) as client:
            while len(heard) < cut:
                heard.append(hear(client))
            client.socket.shutdown(SHUT_RDWR)  # without a farewell, with whatever was under way
    for writer in writers:
        writer.join()
    assert seqs(heard) == list(range(1, n_events + 1))
    marks = [message["data"]["mark"] for message in heard]  # type: ignore[index]
    assert sorted(marks) == list(range(1, n_events + 1))
    with service.open(job.pk, token=token) as client:
        assert hear(client)["counters"] == {"marks": n_events}


def test_every_socket_of_a_job_is_told_the_same(service: Service, job: LabelingJob, token: str) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(service.open(job.pk, token=token, query="last_seq=0")) for _ in range(4)]
        for writer in telling(job.pk, n_writers=2, n_each=20, pause_s=0.0):
            writer.join()
        told = [hear_events(client, 40) for client in clients]
    assert seqs(told[0]) == list(range(1, 41))
    assert all(other == told[0] for other in told)


def test_a_reader_that_stopped_reading_holds_up_nobody_and_is_told_the_rest(
    service: Service, job: LabelingJob, token: str
) -> None:
    n_events = 1_500
    with (
        service.open(job.pk, token=token, query="last_seq=0", max_queue=1) as slow,
        service.open(job.pk, token=token, query="last_seq=0") as quick,
    ):
        tell_at_once(job.pk, *range(1, n_events + 1))
        assert seqs(hear_events(quick, n_events)) == list(range(1, n_events + 1))
        assert seqs(hear_events(slow, n_events)) == list(range(1, n_events + 1))


def test_a_hint_brings_news_sooner_than_the_poll(service: Service, job: LabelingJob, token: str) -> None:
    hints = HintSender()
    with service.open(job.pk, token=token) as client:
        hear(client)
        _until_joined(job.pk)
        delays_s = []
        for mark in range(1, 6):
            tell(job.pk, mark)
            hints.send([f"{StreamType.JOB}:{job.pk}"])
            began = time.monotonic()
            hear(client)
            delays_s.append(time.monotonic() - began)
    hints.close()
    # Polls alone would take half their interval on average.
    assert sorted(delays_s)[1] < POLL_S / 4


def test_losing_redis_loses_no_event_and_closes_no_socket(service: Service, job: LabelingJob, token: str) -> None:
    with service.open(job.pk, token=token, query="last_seq=0") as client:
        tell(job.pk, 1, 2)
        told = hear_events(client, 2)
        service.redis.cut()
        try:
            tell(job.pk, *range(3, 41))
            told += hear_events(client, 38)
            with service.open(job.pk, token=token, query="last_seq=38") as other:
                assert seqs(hear_events(other, 2)) == [39, 40]
        finally:
            service.redis.mend()
        _forget_groups()
        tell(job.pk, 41)
        told += hear_events(client, 1)
        _until_joined(job.pk)
    assert seqs(told) == list(range(1, 42))


def test_a_restarted_redis_that_forgot_its_groups_is_joined_again(
    service: Service, job: LabelingJob, token: str
) -> None:
    with service.open(job.pk, token=token, query="last_seq=0") as client:
        _until_joined(job.pk)
        _forget_groups()
        tell(job.pk, *range(1, 11))
        assert seqs(hear_events(client, 10)) == list(range(1, 11))
        _until_joined(job.pk)


def test_a_closed_socket_leaves_its_group(service: Service, job: LabelingJob, token: str) -> None:
    with service.open(job.pk, token=token) as client:
        hear(client)
        _until_joined(job.pk)
    _until(lambda: _members(job.pk) == 0)


def test_a_snapshot_is_one_instant_while_events_are_committed(service: Service, job: LabelingJob, token: str) -> None:
    writers = telling(job.pk, n_writers=2, n_each=60, pause_s=0.005)
    n_seen = 0
    while any(writer.is_alive() for writer in writers):
        with service.open(job.pk, token=token) as client:
            try:
                snapshot = hear(client)
            except ConnectionClosedError as closed:  # a busy server is still ending the sockets before this one
                if closed.rcvd is None or closed.rcvd.code != TOO_MANY_SOCKETS:
                    raise
                continue
        n_seen += 1
        assert snapshot["counters"].get("marks", 0) == snapshot["seq"]
    assert n_seen
    assert Stream.objects.get(subject_id=job.pk).seq == 120


def test_a_server_that_stops_tells_its_clients_to_come_back(
    job: LabelingJob, token: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ExitStack() as stack:
        with serve(tmp_path_factory.mktemp("stopping")) as stopping:
            client = stack.enter_context(stopping.open(job.pk, token=token))
            hear(client)
        assert close_code(client) == SERVICE_RESTART
    assert "Traceback" not in stopping.log.read_text()


def _redis() -> redis.Redis:
    return redis.Redis.from_url(os.environ["REDIS_URL"])


def _members(job_id: UUID) -> int:
    with _redis() as client:
        n_members = client.zcard(f"plenum:ws:group:{group_of(f'{StreamType.JOB}:{job_id}')}")
    assert isinstance(n_members, int)
    return n_members


def _forget_groups() -> None:
    """Leave Redis as a restart does: there, and empty."""
    with _redis() as client:
        for key in list(client.scan_iter("plenum:ws*")):
            client.delete(key)


def _until_joined(job_id: UUID) -> None:
    _until(lambda: _members(job_id) == 1)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
