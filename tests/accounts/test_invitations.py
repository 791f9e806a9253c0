"""Invitations: nobody joins without wanting to, and managers learn nothing about who has an account."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from marketplace.accounts.errors import (
    AccountsError,
    AlreadyInvited,
    InvalidEmail,
    InvitationClosed,
    TooManyInvitations,
)
from marketplace.accounts.models import Invitation, InvitationState, Membership, Organization, Role, User
from marketplace.accounts.services import (
    accept_invitation,
    add_member,
    create_members_in_bulk,
    decline_invitation,
    invite_member,
    withdraw_invitation,
)
from marketplace.accounts.services import (
    invitations as service,
)
from marketplace.accounts.services.invitations import INVITATION_LIFE
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(caller: User) -> Organization:
    return make.organization("Acme", owner=caller)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def bearer(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {make.token(user)}"})


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


def invite(home: Organization, email: str, role: Role = Role.REVIEWER, *, now: datetime) -> Invitation:
    return invite_member(home.pk, email=email, role=role, invited_by_id=make.owner_of(home).pk, now=now)


# --- services -------------------------------------------------------------------------------------------------------
def test_invitation_makes_nobody_a_member_until_it_is_accepted(home: Organization, now: datetime) -> None:
    user = make.user()
    invitation = invite(home, f" {user.email.upper()} ", now=now)
    assert not Membership.objects.roles_of(user, home.pk)
    assert accept_invitation(invitation.pk, user_id=user.pk, now=now).role == Role.REVIEWER
    assert Membership.objects.roles_of(user, home.pk) == {Role.REVIEWER}


def test_role_is_offered_once_while_the_offer_stands(home: Organization, now: datetime) -> None:
    first = invite(home, "ada@example.org", now=now)
    with pytest.raises(AlreadyInvited):
        invite(home, "ADA@example.org", now=now)
    invite(home, "ada@example.org", Role.WORKER, now=now)
    invite(make.organization(), "ada@example.org", now=now)
    later = now + INVITATION_LIFE
    assert invite(home, "ada@example.org", now=later).pk != first.pk
    first.refresh_from_db()
    assert first.state == InvitationState.EXPIRED


def test_database_knows_one_pending_invitation(home: Organization, now: datetime) -> None:
    first = invite(home, "ada@example.org", now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            organization=home, email=first.email, role=first.role, invited_by_id=first.invited_by_id, expires_at=now
        )


@pytest.mark.parametrize("email", ["", "ada", "ada@example", "\u0430da@example.org", "ada\x00@example.org"])
def test_what_is_no_address_is_not_invited(home: Organization, now: datetime, email: str) -> None:
    with pytest.raises(InvalidEmail):
        invite(home, email, now=now)


def test_workers_of_private_workforces_have_no_address(home: Organization, now: datetime) -> None:
    [worker] = create_members_in_bulk(home.pk, handles=["ann"], now=now)
    assert worker.user_id is not None
    with pytest.raises(InvalidEmail):
        invite(home, User.objects.get(pk=worker.user_id).email, now=now)


def test_invitations_that_stand_are_bounded(home: Organization, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_PENDING", 2)
    first = invite(home, "a@example.org", now=now)
    invite(home, "b@example.org", now=now)
    with pytest.raises(TooManyInvitations):
        invite(home, "c@example.org", now=now)
    withdraw_invitation(first.pk, now=now)
    invite(home, "c@example.org", now=now)


Step = Callable[[UUID, User, datetime], Any]
STEPS: dict[str, Step] = {
    "accepted": lambda pk, user, now: accept_invitation(pk, user_id=user.pk, now=now),
    "declined": lambda pk, _, now: decline_invitation(pk, now=now),
    "withdrawn": lambda pk, _, now: withdraw_invitation(pk, now=now),
}


@pytest.mark.parametrize("second", STEPS)
@pytest.mark.parametrize("first", [*STEPS, "expired"])
def test_what_was_answered_is_closed(home: Organization, now: datetime, first: str, second: str) -> None:
    user = make.user()
    invitation = invite(home, user.email, now=now)
    if first == "expired":
        now += INVITATION_LIFE
    else:
        STEPS[first](invitation.pk, user, now)
    with pytest.raises(InvitationClosed) as refusal:
        STEPS[second](invitation.pk, user, now)
    assert refusal.value.data["state"] == first
    assert Membership.objects.filter(user=user).exists() == (first == "accepted")


def test_one_who_has_the_role_keeps_it(home: Organization, now: datetime) -> None:
    user = make.user()
    invitation = invite(home, user.email, now=now)
    held = add_member(home.pk, user_id=user.pk, role=Role.REVIEWER, now=now)
    assert accept_invitation(invitation.pk, user_id=user.pk, now=now) == held


@pytest.mark.django_db(transaction=True)
def test_of_accepting_and_withdrawing_at_once_one_happens() -> None:
    home, user, now = make.organization(), make.user(), timezone.now()
    invitation = invite(home, user.email, now=now)

    def take(step: Step) -> bool:
        try:
            step(invitation.pk, user, now)
        except AccountsError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(take, [STEPS["accepted"], STEPS["withdrawn"]])) == [False, True]
    invitation.refresh_from_db()
    assert Membership.objects.filter(user=user).exists() == (invitation.state == InvitationState.ACCEPTED)


# --- over HTTP ------------------------------------------------------------------------------------------------------
def test_answer_is_the_same_whether_or_not_somebody_has_the_address(client: Client, home: Organization) -> None:
    path = f"/api/v1/organizations/{home.pk}/members"
    known, unknown = make.user().email, "nobody@example.org"
    member = make.user(Role.REVIEWER, home=home).email
    documents = {}
    for email in (known, unknown, member):
        answer = post(client, path, {"email": email, "role": "reviewer"})
        assert answer.status_code == 201
        documents[email] = answer.json()
        again = post(client, path, {"email": email, "role": "reviewer"})
        assert (again.status_code, again.json()["code"], again.json()["field"]) == (409, "already_invited", "email")
    own = {"id", "email", "created_at", "expires_at"}
    rests = [{name: value for name, value in entry.items() if name not in own} for entry in documents.values()]
    assert rests[0] == rests[1] == rests[2]
    assert set(rests[0]) == {"organization", "role", "state", "invited_by"}
    assert not Membership.objects.filter(user__email=known).exists()


def test_invited_person_finds_and_accepts_it(client: Client, home: Organization) -> None:
    user = make.user()
    post(client, f"/api/v1/organizations/{home.pk}/members", {"email": user.email, "role": "worker"})
    invited = bearer(user)
    [found] = invited.get("/api/v1/invitations").json()["items"]
    assert found["organization"] == {"id": str(home.pk), "name": "Acme"}
    assert (found["role"], found["state"]) == ("worker", "pending")
    assert set(found) == {"id", "organization", "role", "state", "created_at", "expires_at"}
    joined = post(invited, f"/api/v1/invitations/{found['id']}/accept")
    assert joined.status_code == 200
    assert joined.json()["organization"] == {"id": str(home.pk), "name": "Acme"}
    assert joined.json() in invited.get("/api/v1/me").json()["memberships"]
    assert invited.get("/api/v1/invitations").json()["items"] == []
    again = post(invited, f"/api/v1/invitations/{found['id']}/accept")
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "invitation_closed", "accepted")


def test_one_who_registers_later_finds_it_too(client: Client, home: Organization) -> None:
    post(client, f"/api/v1/organizations/{home.pk}/members", {"email": "new@example.org", "role": "worker"})
    user = User.objects.create(email="new@example.org", display_name="New")
    assert len(bearer(user).get("/api/v1/invitations").json()["items"]) == 1


def test_one_declines_and_the_manager_sees_it(client: Client, home: Organization) -> None:
    user = make.user()
    path = f"/api/v1/organizations/{home.pk}"
    invitation = post(client, f"{path}/members", {"email": user.email, "role": "worker"}).json()
    assert post(bearer(user), f"/api/v1/invitations/{invitation['id']}/decline").json()["state"] == "declined"
    [listed] = client.get(f"{path}/invitations").json()["items"]
    assert listed == {**invitation, "state": "declined"}
    assert not user.memberships.exists()


def test_manager_withdraws_and_nothing_is_left_to_accept(client: Client, home: Organization) -> None:
    user = make.user()
    path = f"/api/v1/organizations/{home.pk}"
    invitation = post(client, f"{path}/members", {"email": user.email, "role": "worker"}).json()
    withdrawn = post(client, f"{path}/invitations/{invitation['id']}/withdraw")
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    assert bearer(user).get("/api/v1/invitations").json()["items"] == []
    assert post(bearer(user), f"/api/v1/invitations/{invitation['id']}/accept").status_code == 409


def test_others_neither_see_nor_answer_it(client: Client, home: Organization) -> None:
    body = {"email": make.user().email, "role": "worker"}
    invitation = post(client, f"/api/v1/organizations/{home.pk}/members", body).json()
    other = bearer(make.user())
    assert other.get("/api/v1/invitations").json()["items"] == []
    for step in ("accept", "decline"):
        assert post(other, f"/api/v1/invitations/{invitation['id']}/{step}").status_code == 404
    elsewhere = make.organization(owner=make.user())
    manager = bearer(make.owner_of(elsewhere))
    path = f"/api/v1/organizations/{elsewhere.pk}/invitations/{invitation['id']}/withdraw"
    assert post(manager, path).status_code == 404


def test_what_ran_out_is_listed_as_expired_and_offered_to_nobody(client: Client, home: Organization) -> None:
    user = make.user()
    invite(home, user.email, now=timezone.now() - INVITATION_LIFE - timedelta(seconds=1))
    assert bearer(user).get("/api/v1/invitations").json()["items"] == []
    assert client.get(f"/api/v1/organizations/{home.pk}/invitations").json()["items"][0]["state"] == "expired"
