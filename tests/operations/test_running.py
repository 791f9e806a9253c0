"""Long work: leased by one runner at a time, finished once."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from marketplace.accounts.models import Organization, Role, User
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import DomainError, LeaseLost, OperationFinished
from marketplace.operations.models import MAX_LOG_LINE_CHARS, MAX_LOG_LINES, Operation, OperationState
from marketplace.operations.services import (
    cancel_operation,
    claim_operation,
    fail_operation,
    record_progress,
    start_operation,
    succeed_operation,
)
from marketplace.operations.services.running import LEASE, MAX_STARTS
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def home(db: None) -> Organization:
    return make.organization()


@pytest.fixture
def queued(home: Organization, now: datetime) -> Operation:
    return start_operation(kind="export", organization_id=home.pk, now=now)


def claimed(operation: Operation, now: datetime) -> Operation:
    running = claim_operation(operation.pk, now=now)
    assert running is not None
    return running


def test_one_runner_at_a_time(queued: Operation, now: datetime) -> None:
    running = claimed(queued, now)
    assert (running.state, running.runner_until) == (OperationState.RUNNING, now + LEASE)
    assert claim_operation(queued.pk, now=now + LEASE - timedelta(seconds=1)) is None


def test_progress_renews_the_lease_and_never_falls(queued: Operation, now: datetime) -> None:
    running = claimed(queued, now)
    later = now + timedelta(seconds=100)
    record_progress(running, percent=40, line="forty", now=later)
    record_progress(running, percent=30, now=later)
    record_progress(running, percent=100, now=later)
    running.refresh_from_db()
    assert (running.percent, running.runner_until, running.log_lines) == (99, later + LEASE, ["forty"])


def test_runner_that_lost_its_lease_writes_nothing(queued: Operation, now: datetime) -> None:
    slow = claimed(queued, now)
    quick = claimed(queued, now + LEASE)
    with pytest.raises(LeaseLost):
        record_progress(slow, percent=90, now=now)
    with pytest.raises(LeaseLost):
        succeed_operation(slow, result={"by": "slow"}, now=now)
    with pytest.raises(LeaseLost):
        fail_operation(slow, error=DomainError("slow"), now=now)
    succeed_operation(quick, result={"by": "quick"}, now=now + LEASE)
    queued.refresh_from_db()
    assert (queued.state, queued.result, queued.percent) == (OperationState.SUCCEEDED, {"by": "quick"}, 100)
    assert queued.started_at == now


def test_failure_keeps_the_refusal(queued: Operation, now: datetime) -> None:
    running = claimed(queued, now)
    fail_operation(running, error=DomainError("No room.", field="rows", limit=5), now=now)
    queued.refresh_from_db()
    assert queued.state == OperationState.FAILED
    assert queued.error == {"code": "refused", "detail": "No room.", "field": "rows", "limit": 5}
    assert claim_operation(queued.pk, now=now + timedelta(days=1)) is None


def test_work_that_kills_its_runners_fails(queued: Operation, now: datetime) -> None:
    for n in range(MAX_STARTS):
        claimed(queued, now + n * LEASE)
    assert claim_operation(queued.pk, now=now + MAX_STARTS * LEASE) is None
    queued.refresh_from_db()
    assert queued.state == OperationState.FAILED
    assert queued.error["code"] == "gave_up"


def test_cancelled_work_stops_its_runner(queued: Operation, now: datetime) -> None:
    running = claimed(queued, now)
    cancel_operation(queued.pk, now=now)
    with pytest.raises(LeaseLost):
        record_progress(running, now=now)
    with pytest.raises(OperationFinished) as refusal:
        cancel_operation(queued.pk, now=now)
    assert refusal.value.data["allowed_states"] == ["queued", "running"]


def test_log_is_bounded(queued: Operation, now: datetime) -> None:
    running = claimed(queued, now)
    for n in range(MAX_LOG_LINES + 5):
        running.append_log(f"line {n}")
    running.append_log("a\r\nb\x00\x1b[31m" + "x" * 1000)
    assert len(running.log_lines) == MAX_LOG_LINES
    assert running.log_lines[0] == "line 6"
    assert len(running.log_lines[-1]) == MAX_LOG_LINE_CHARS
    assert running.log_lines[-1].startswith("a b")
    running.save()


@pytest.mark.parametrize(
    "columns",
    [
        {"percent": 101},
        {"state": "done"},
        {"state": "running"},
        {"state": "succeeded"},
        {"finished_at": datetime(2026, 1, 1, tzinfo=timezone.get_default_timezone())},
    ],
)
def test_database_refuses_impossible_states(queued: Operation, columns: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Operation.objects.filter(pk=queued.pk).update(**columns)


def test_clock_is_the_database_s(db: None) -> None:
    first, second = database_now(), database_now()
    assert first < second
    assert first.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.REQUESTER, True), (Role.MANAGER, True), (Role.REVIEWER, False), (Role.WORKER, False)]
)
def test_requesters_and_managers_watch(home: Organization, queued: Operation, role: Role, sees: bool) -> None:
    answer = _client(make.user(role, home=home)).get(f"/api/v1/operations/{queued.pk}")
    assert answer.status_code == (200 if sees else 404)


def test_strangers_learn_nothing(queued: Operation) -> None:
    stranger = _client(make.user(Role.MANAGER))
    foreign = stranger.get(f"/api/v1/operations/{queued.pk}")
    absent = stranger.get("/api/v1/operations/0192f000-0000-7000-8000-000000000000")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.content == absent.content


def test_answer_says_how_far_it_is(home: Organization, queued: Operation, now: datetime) -> None:
    record_progress(claimed(queued, now), percent=5, line="five", now=now)
    answer = _client(make.owner_of(home)).get(f"/api/v1/operations/{queued.pk}").json()
    assert (answer["state"], answer["percent"], answer["log"]) == ("running", 5, ["five"])
    assert not {"runner_id", "params", "created_by"} & set(answer)


def _client(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {make.token(user)}"})
