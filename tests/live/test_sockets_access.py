"""Who gets a websocket, how it is refused, and when it is taken away."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import ApiToken, Membership, Role, SocketTicket, User
from marketplace.accounts.services import issue_socket_ticket
from marketplace.live.consumers.limits import MESSAGES_A_SECOND, SOCKETS_OF_A_USER, MessageRate
from tests import make
from tests.live.serving import Service, close_code, hear, serve, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def service(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serve(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def job() -> LabelingJob:
    return make.job(n_tasks=1)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def ticket_of(user: User) -> str:
    return issue_socket_ticket(user.pk, now=timezone.now()).secret


def accepted(service: Service, job: LabelingJob, **credentials: Any) -> bool:
    with service.open(job.pk, **credentials) as client:
        return bool(hear(client)["type"] == "snapshot")


def test_a_token_a_ticket_and_a_session_from_our_page_open_a_socket(service: Service, job: LabelingJob) -> None:
    user = job.created_by
    assert accepted(service, job, token=make.token(user))
    assert accepted(service, job, token=make.token(user), origin=service.origin)
    assert accepted(service, job, query=f"ticket={ticket_of(user)}")
    assert accepted(service, job, session=session_of(user), origin=service.origin)


def test_nothing_or_nothing_good_opens_no_socket(service: Service, job: LabelingJob) -> None:
    user = job.created_by
    assert service.refusal(job.pk)[0] == 401
    assert service.refusal(job.pk, origin=service.origin)[0] == 401
    assert service.refusal(job.pk, token="plm_000000000000_" + "0" * 64)[0] == 401
    assert service.refusal(job.pk, query="ticket=")[0] == 401
    assert service.refusal(job.pk, session="a" * 32, origin=service.origin)[0] == 401
    assert service.refusal(job.pk, session="\\000" * 32, origin=service.origin)[0] == 401
    # A bad token is not made up for by a good session beside it.
    session = session_of(user)
    assert service.refusal(job.pk, token="none", session=session, origin=service.origin)[0] == 401


def test_a_session_counts_only_from_pages_of_this_site(service: Service, job: LabelingJob) -> None:
    session = session_of(job.created_by)
    assert service.refusal(job.pk, session=session)[0] == 401


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1.evil.example",
        "file://",
        "chrome-extension://abcdefgh",
        "http://[",
    ],
)
def test_a_foreign_page_is_refused_whatever_it_brings(service: Service, job: LabelingJob, origin: str) -> None:
    user = job.created_by
    for credentials in (
        {"session": session_of(user)},
        {"token": make.token(user)},
        {"query": f"ticket={ticket_of(user)}"},
    ):
        status, body = service.refusal(job.pk, origin=origin, **credentials)
        assert (status, json.loads(body)["code"]) == (403, "foreign_origin")


def test_a_page_that_calls_our_address_by_another_name_is_refused(service: Service, job: LabelingJob) -> None:
    host = "rebound.example"
    token = make.token(job.created_by)
    assert service.refusal(job.pk, token=token, host=host, origin=f"http://{host}:{service.port}")[0] == 400


def test_a_ticket_is_good_once_soon_and_never_written_down(service: Service, job: LabelingJob) -> None:
    late = ticket_of(job.created_by)
    SocketTicket.objects.update(expires_at=timezone.now())
    assert service.refusal(job.pk, query=f"ticket={late}")[0] == 401
    used = ticket_of(job.created_by)
    assert accepted(service, job, query=f"last_seq=99&ticket={used}")
    assert service.refusal(job.pk, query=f"ticket={used}")[0] == 401
    assert service.refusal(job.pk, query=f"ticket={used}&ticket={ticket_of(job.created_by)}")[0] == 401
    log = service.log.read_text()
    assert f"/ws/v1/jobs/{job.pk}?last_seq=99" in log
    assert used not in log
    assert late not in log
    assert "ticket" not in log


def test_a_foreign_job_is_refused_as_one_that_does_not_exist(service: Service, job: LabelingJob) -> None:
    worker, stranger = make.worker(job.organization), make.job(n_tasks=1).created_by
    absent = service.refusal(new_id(), token=make.token(stranger))
    assert absent[0] == 404
    assert service.refusal(job.pk, token=make.token(stranger)) == absent
    assert service.refusal(job.pk, token=make.token(worker)) == absent
    assert service.refusal("elsewhere", token=make.token(stranger)) == absent


def test_every_role_of_the_staff_may_watch(service: Service, job: LabelingJob) -> None:
    for role in Role.staff():
        assert accepted(service, job, token=make.token(make.user(role, home=job.organization)))


@pytest.mark.parametrize("query", ["last_seq=-1", "last_seq=x", "last_seq=1&last_seq=2", "since=1", "last_seq=%D9%A1"])
def test_a_query_that_is_not_understood_is_refused(service: Service, job: LabelingJob, query: str) -> None:
    assert service.refusal(job.pk, token=make.token(job.created_by), query=query)[0] == 400


def test_a_socket_closes_soon_after_its_reader_lost_the_right(service: Service, job: LabelingJob) -> None:
    by_token, by_session, by_ticket, fired, gone = (make.user(Role.REVIEWER, home=job.organization) for _ in range(5))
    client_of_session = Client()
    client_of_session.force_login(by_session)
    with ExitStack() as stack:
        session = client_of_session.cookies["sessionid"].value
        revoked = stack.enter_context(service.open(job.pk, token=make.token(by_token)))
        signed_out = stack.enter_context(service.open(job.pk, session=session, origin=service.origin))
        deactivated = stack.enter_context(service.open(job.pk, query=f"ticket={ticket_of(by_ticket)}"))
        dismissed = stack.enter_context(service.open(job.pk, token=make.token(fired)))
        kept = stack.enter_context(service.open(job.pk, token=make.token(gone)))
        for client in (revoked, signed_out, deactivated, dismissed, kept):
            hear(client)
        ApiToken.objects.filter(user=by_token).revoke(timezone.now())
        client_of_session.logout()
        User.objects.filter(pk=by_ticket.pk).update(is_active=False)
        Membership.objects.filter(user=fired).delete()
        assert close_code(revoked) == 4401
        assert close_code(signed_out) == 4401
        assert close_code(deactivated) == 4401
        assert close_code(dismissed) == 4404
        tell(job.pk, 1)
        assert hear(kept)["seq"] == 1


def test_an_expired_token_ends_its_socket(service: Service, job: LabelingJob) -> None:
    user = job.created_by
    with service.open(job.pk, token=make.token(user)) as client:
        hear(client)
        ApiToken.objects.filter(user=user).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert close_code(client) == 4401


def test_a_user_has_a_few_sockets_and_gets_another_when_one_is_closed(service: Service, job: LabelingJob) -> None:
    token = make.token(job.created_by)
    with ExitStack() as stack:
        for _ in range(SOCKETS_OF_A_USER):
            hear(stack.enter_context(service.open(job.pk, token=token)))
        with service.open(job.pk, token=token) as crowded:
            assert close_code(crowded) == 4429
        colleague = make.user(Role.REVIEWER, home=job.organization)
        assert accepted(service, job, token=make.token(colleague))
    assert accepted(service, job, token=token)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "invalid_json"),
        ("[" * 5_000, "too_deep"),
        ('{"type":"subscribe"}', "unknown_type"),
        ("[]", "unknown_type"),
        ('{"type":"ping","type":"ping"}', "duplicate_key"),
        ('{"type":"\\u0000"}', "invalid_text"),
        (b"\x00\x01", "invalid_message"),
    ],
)
def test_a_message_that_is_not_understood_gets_an_error_and_the_socket_stays(
    service: Service, job: LabelingJob, message: str | bytes, code: str
) -> None:
    with service.open(job.pk, token=make.token(job.created_by)) as client:
        hear(client)
        client.send(message)
        answer = hear(client)
        assert (answer["type"], answer["code"]) == ("error", code)
        client.send('{"type":"ping"}')
        assert hear(client) == {"type": "pong"}


def test_a_flood_of_messages_ends_the_socket(service: Service, job: LabelingJob) -> None:
    with service.open(job.pk, token=make.token(job.created_by)) as client:
        hear(client)
        for _ in range(MESSAGES_A_SECOND + 1):
            client.send('{"type":"ping"}')
        assert close_code(client) == 1008


def test_a_message_of_many_bytes_ends_the_socket(service: Service, job: LabelingJob) -> None:
    with service.open(job.pk, token=make.token(job.created_by)) as client:
        hear(client)
        client.send("x" * 70_000)
        assert close_code(client) == 1009


def test_the_rate_of_messages_is_that_of_the_last_second() -> None:
    now = 0.0
    rate = MessageRate(clock=lambda: now)
    assert not any(rate.is_exceeded() for _ in range(MESSAGES_A_SECOND))
    now = 0.99
    assert rate.is_exceeded()
    now = 3.0
    assert not any(rate.is_exceeded() for _ in range(MESSAGES_A_SECOND))
