"""Organizations and who belongs to them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from marketplace.accounts.errors import (
    AccountsError,
    AlreadyMember,
    HandleTaken,
    InvalidHandle,
    LastManager,
    TooManyWorkers,
    UnknownUser,
)
from marketplace.accounts.models import ApiToken, Membership, Organization, Role, User, WorkerProfile
from marketplace.accounts.services.tokens import IssuedToken, prepare_token
from marketplace.accounts.services.users import RESERVED_DOMAIN

MAX_WORKERS_A_CALL = 500
_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class NewWorker:
    """What became of one handle of a bulk creation: an account with its token, or the reason against it."""

    handle: str
    user_id: UUID | None = None
    secret: str | None = None
    error: AccountsError | None = None


@transaction.atomic
def create_organization(name: str, *, owner_id: UUID, now: datetime) -> Organization:
    """Found an organization; its founder manages it and orders for it."""
    organization = Organization.objects.create(name=name, created_at=now)
    Membership.objects.bulk_create(
        Membership(user_id=owner_id, organization=organization, role=role, created_at=now)
        for role in (Role.MANAGER, Role.REQUESTER)
    )
    return organization


@transaction.atomic
def add_member(organization_id: UUID, *, user_id: UUID, role: Role, now: datetime) -> Membership:
    """Give a user a role in an organization.

    Raises
    ------
    UnknownUser
        There is no such active user.
    AlreadyMember
        The user has this role there.
    """
    if not User.objects.filter(pk=user_id, is_active=True).exists():
        raise UnknownUser("There is no such user.", field="user_id")
    try:
        with transaction.atomic():
            return Membership.objects.create(
                user_id=user_id, organization_id=organization_id, role=role, created_at=now
            )
    except IntegrityError as error:
        raise AlreadyMember("The user has this role already.", field="role") from error


@transaction.atomic
def remove_member(organization_id: UUID, *, membership_id: UUID) -> None:
    """Take a role in an organization away; what its holder did there stays, and is paid.

    Raises
    ------
    LastManager
        Nobody would be left to look after the organization.
    """
    # One change of managers at a time: two who remove each other at once would both go.
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    memberships = Membership.objects.filter(organization_id=organization_id)
    leaving = memberships.filter(pk=membership_id).first()
    if leaving is None:
        return
    others = memberships.filter(role=Role.MANAGER, user__is_active=True).exclude(pk=membership_id)
    if leaving.role == Role.MANAGER and not others.exists():
        raise LastManager("An organization keeps at least one manager; give somebody else the role first.")
    leaving.delete()


@transaction.atomic
def create_members_in_bulk(organization_id: UUID, *, handles: Sequence[str], now: datetime) -> list[NewWorker]:
    """Create the accounts of a private workforce, one result per handle in their order.

    Such workers have no e-mail and no password: their login cannot receive anything, their token is shown once.

    Raises
    ------
    TooManyWorkers
        More handles than one call may bring.
    """
    if len(handles) > MAX_WORKERS_A_CALL:
        raise TooManyWorkers(f"At most {MAX_WORKERS_A_CALL} a call.", field="handles", limit=MAX_WORKERS_A_CALL)
    # One creation at a time and organization, so that looking for taken handles suffices.
    Organization.objects.select_for_update().get(pk=organization_id)
    logins = [_login(handle, organization_id) for handle in handles]
    taken = set(User.objects.filter(email__in=logins).values_list("email", flat=True))
    results: list[NewWorker] = []
    issued: list[IssuedToken] = []
    for index, (handle, login) in enumerate(zip(handles, logins, strict=True)):
        error = _objection(handle, index, is_taken=login in taken)
        if error is not None:
            results.append(NewWorker(handle=handle, error=error))
            continue
        taken.add(login)
        user = User(email=login, display_name=handle, password=make_password(None), created_at=now)
        token = prepare_token(user, name=handle, now=now)
        issued.append(token)
        results.append(NewWorker(handle=handle, user_id=user.pk, secret=token.secret))
    _insert(organization_id, issued, now)
    return results


def _insert(organization_id: UUID, issued: Sequence[IssuedToken], now: datetime) -> None:
    users = [entry.token.user for entry in issued]
    User.objects.bulk_create(users)
    WorkerProfile.objects.bulk_create(WorkerProfile(user=user, created_at=now) for user in users)
    Membership.objects.bulk_create(
        Membership(user=user, organization_id=organization_id, role=Role.WORKER, created_at=now) for user in users
    )
    ApiToken.objects.bulk_create(entry.token for entry in issued)


def _login(handle: str, organization_id: UUID) -> str:
    # What is no handle must not reach the database either: a NUL there is an error of its own.
    folded = unicodedata.normalize("NFKC", handle).lower()
    return f"{folded}@{organization_id}{RESERVED_DOMAIN}" if _HANDLE.fullmatch(folded) else ""


def _objection(handle: str, index: int, *, is_taken: bool) -> AccountsError | None:
    field = f"handles[{index}]"
    if _HANDLE.fullmatch(unicodedata.normalize("NFKC", handle).lower()) is None:
        return InvalidHandle("Use 1 to 40 letters a-z, digits, and . _ - inside.", field=field)
    if is_taken:
        return HandleTaken("A worker with this handle exists.", field=field)
    return None
