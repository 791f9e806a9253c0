"""Websocket tickets: a socket cannot send a header, and a URL ends up in logs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from marketplace.accounts.core.secrets import hash_of, new_ticket_secret
from marketplace.accounts.errors import TicketRefused
from marketplace.accounts.models import SocketTicket, User

TICKET_LIFE = timedelta(seconds=30)


@dataclass(frozen=True)
class IssuedTicket:
    """A new ticket and, this once, its secret."""

    ticket: SocketTicket
    secret: str


def issue_socket_ticket(user_id: UUID, *, now: datetime) -> IssuedTicket:
    """Give a user a ticket for one websocket, good for 30 seconds."""
    secret = new_ticket_secret()
    ticket = SocketTicket.objects.create(user_id=user_id, secret_hash=hash_of(secret), expires_at=now + TICKET_LIFE)
    return IssuedTicket(ticket=ticket, secret=secret)


def redeem_socket_ticket(secret: str, *, now: datetime) -> User:
    """Use a ticket up and return its user; of two who try, one succeeds.

    Raises
    ------
    TicketRefused
        Unknown, used, expired, or the user is inactive; the caller cannot tell which.
    """
    hashed = hash_of(secret)
    unused = SocketTicket.objects.filter(secret_hash=hashed, used_at=None, expires_at__gt=now, user__is_active=True)
    if not SocketTicket.objects.filter(pk__in=unused.values("pk"), used_at=None).update(used_at=now):
        raise TicketRefused("This ticket is not valid.")
    return User.objects.get(socket_tickets__secret_hash=hashed)


def sweep_socket_tickets(now: datetime) -> int:
    """Delete expired tickets and return how many."""
    return SocketTicket.objects.filter(expires_at__lte=now).delete()[0]
