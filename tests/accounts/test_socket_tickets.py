"""Websocket tickets: once, and within seconds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import serializers
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from marketplace.accounts.errors import TicketRefused
from marketplace.accounts.models import SocketTicket, User
from marketplace.accounts.services import (
    deactivate_user,
    issue_socket_ticket,
    redeem_socket_ticket,
    sweep_socket_tickets,
)
from tests import make


def test_ticket_opens_once(caller: User) -> None:
    now = timezone.now()
    secret = issue_socket_ticket(caller.pk, now=now).secret
    assert redeem_socket_ticket(secret, now=now) == caller
    with pytest.raises(TicketRefused):
        redeem_socket_ticket(secret, now=now)


def test_ticket_ends_after_thirty_seconds(caller: User) -> None:
    now = timezone.now()
    secret = issue_socket_ticket(caller.pk, now=now).secret
    with pytest.raises(TicketRefused):
        redeem_socket_ticket(secret, now=now + timedelta(seconds=30))
    assert redeem_socket_ticket(secret, now=now + timedelta(seconds=29)) == caller


@pytest.mark.parametrize("secret", ["", "x", "é", "\x00", "\ud800", "0" * 64])
def test_other_texts_open_nothing(caller: User, secret: str) -> None:
    issue_socket_ticket(caller.pk, now=timezone.now())
    with pytest.raises(TicketRefused):
        redeem_socket_ticket(secret, now=timezone.now())


def test_ticket_of_somebody_shut_out_opens_nothing(caller: User) -> None:
    secret = issue_socket_ticket(caller.pk, now=timezone.now()).secret
    User.objects.filter(pk=caller.pk).update(is_active=False)
    with pytest.raises(TicketRefused):
        redeem_socket_ticket(secret, now=timezone.now())
    deactivate_user(caller.pk, now=timezone.now())
    assert not SocketTicket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_try_one_succeeds() -> None:
    now = timezone.now()
    secret = issue_socket_ticket(make.user().pk, now=now).secret

    def attempt(_: int) -> bool:
        try:
            redeem_socket_ticket(secret, now=now)
        except TicketRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(attempt, range(32))) == 1


def test_secret_is_not_kept_and_old_tickets_are_swept(caller: User) -> None:
    now = timezone.now()
    secret = issue_socket_ticket(caller.pk, now=now).secret
    assert secret not in serializers.serialize("json", SocketTicket.objects.all())
    assert sweep_socket_tickets(now) == 0
    assert sweep_socket_tickets(now + timedelta(seconds=30)) == 1


def test_ticket_is_issued_to_who_asks(client: Client, caller: User) -> None:
    answer = client.post("/api/v1/socket-tickets", content_type="application/json")
    assert answer.status_code == 201
    expires_at = parse_datetime(answer.json()["expires_at"])
    assert expires_at is not None
    assert timedelta(seconds=20) < expires_at - timezone.now() <= timedelta(seconds=30)
    assert redeem_socket_ticket(answer.json()["ticket"], now=timezone.now()) == caller
    assert Client().post("/api/v1/socket-tickets").status_code == 401


def test_body_is_refused_as_everywhere_where_none_is_wanted(client: Client) -> None:
    address = "/api/v1/socket-tickets"
    assert client.generic("POST", address).status_code == 201
    assert client.post(address, {}, content_type="application/json").status_code == 201
    unknown = client.post(address, {"for": "x"}, content_type="application/json")
    assert (unknown.status_code, unknown.json()["field"]) == (400, "for")
    assert client.generic("POST", address, "x", content_type="text/plain").status_code == 415
    assert client.generic("POST", address, "{", content_type="application/json").status_code == 400
    assert SocketTicket.objects.count() == 2
