"""Organizations: who belongs to them, and who may see that."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.accounts.errors import AlreadyMember, InvalidHandle, LastManager, TooManyWorkers, UnknownUser
from marketplace.accounts.models import ApiToken, Membership, Organization, Role, User, WorkerProfile
from marketplace.accounts.services import (
    MAX_WORKERS_A_CALL,
    add_member,
    create_members_in_bulk,
    create_organization,
    deactivate_user,
    redeem_token,
    remove_member,
)
from tests import make

pytestmark = pytest.mark.django_db
NOBODY = UUID("0192f000-0000-7000-8000-000000000000")


@pytest.fixture
def home(caller: User) -> Organization:
    return make.organization(owner=caller)


def bearer(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {make.token(user)}"})


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(path, body, content_type="application/json", headers=headers)


# --- services -------------------------------------------------------------------------------------------------------
def test_founder_manages_and_orders(caller: User) -> None:
    home = create_organization("Acme", owner_id=caller.pk, now=timezone.now())
    assert Membership.objects.roles_of(caller, home.pk) == {Role.MANAGER, Role.REQUESTER}
    assert caller.has_role(home.pk, Role.MANAGER)
    assert not caller.has_role(home.pk, Role.WORKER, Role.REVIEWER)
    assert not caller.has_role(NOBODY, *Role)


def test_roles_are_read_once_per_request(
    caller: User, home: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = User.objects.get(pk=caller.pk)
    with django_assert_num_queries(1):
        assert [user.has_role(home.pk, role) for role in Role] == [True, True, False, False]


def test_role_is_taken_away_and_may_be_given_again(home: Organization) -> None:
    user = make.user()
    given = add_member(home.pk, user_id=user.pk, role=Role.REVIEWER, now=timezone.now())
    for _ in range(2):
        remove_member(home.pk, membership_id=given.pk)
    assert not Membership.objects.roles_of(user, home.pk)
    add_member(home.pk, user_id=user.pk, role=Role.REVIEWER, now=timezone.now())


def test_membership_elsewhere_stays(home: Organization) -> None:
    elsewhere = make.organization().memberships.filter(role=Role.REQUESTER).get()
    remove_member(home.pk, membership_id=elsewhere.pk)
    assert Membership.objects.filter(pk=elsewhere.pk).exists()


def test_last_manager_stays(caller: User, home: Organization) -> None:
    first = home.memberships.get(role=Role.MANAGER)
    gone = make.user()
    deactivate_user(gone.pk, now=timezone.now())
    Membership.objects.create(user=gone, organization=home, role=Role.MANAGER)
    with pytest.raises(LastManager):
        remove_member(home.pk, membership_id=first.pk)
    add_member(home.pk, user_id=make.user().pk, role=Role.MANAGER, now=timezone.now())
    remove_member(home.pk, membership_id=first.pk)
    assert Membership.objects.roles_of(caller, home.pk) == {Role.REQUESTER}


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_remove_each_other_do_not_both_go() -> None:
    home = make.organization()
    add_member(home.pk, user_id=make.user().pk, role=Role.MANAGER, now=timezone.now())

    def remove(membership_id: UUID) -> bool:
        try:
            remove_member(home.pk, membership_id=membership_id)
        except LastManager:
            return False
        finally:
            connection.close()
        return True

    managers = home.memberships.filter(role=Role.MANAGER).values_list("pk", flat=True)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, managers)) == [False, True]


def test_role_is_given_once(home: Organization) -> None:
    user = make.user()
    add_member(home.pk, user_id=user.pk, role=Role.REVIEWER, now=timezone.now())
    with pytest.raises(AlreadyMember):
        add_member(home.pk, user_id=user.pk, role=Role.REVIEWER, now=timezone.now())
    add_member(home.pk, user_id=user.pk, role=Role.WORKER, now=timezone.now())
    with pytest.raises(UnknownUser):
        add_member(home.pk, user_id=NOBODY, role=Role.WORKER, now=timezone.now())


def test_database_knows_the_roles(home: Organization, caller: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=caller, organization=home, role="emperor")


def test_workforce_is_created_with_tokens(home: Organization) -> None:
    created = create_members_in_bulk(home.pk, handles=["ann", "Bob.2"], now=timezone.now())
    for handle, entry in zip(["ann", "Bob.2"], created, strict=True):
        assert (entry.handle, entry.error) == (handle, None)
        assert entry.secret is not None
        user = redeem_token(entry.secret, now=timezone.now()).user
        assert user.pk == entry.user_id
        assert user.email == f"{handle.lower()}@{home.pk}.invalid"
        assert not user.has_usable_password()
        assert Membership.objects.roles_of(user, home.pk) == {Role.WORKER}
        assert WorkerProfile.objects.filter(user=user).exists()


def test_each_handle_has_its_own_result(home: Organization) -> None:
    create_members_in_bulk(home.pk, handles=["ann"], now=timezone.now())
    handles = ["bob", "ann", "", "a b", "\u0430nn", "BOB", "x" * 41, "nul\x00", "-a", "\uff43arl"]
    results = create_members_in_bulk(home.pk, handles=handles, now=timezone.now())
    codes = [entry.error.code if entry.error else None for entry in results]
    invalid = InvalidHandle.code
    assert codes == [None, "handle_taken", invalid, invalid, invalid, "handle_taken", invalid, invalid, invalid, None]
    assert results[1].error is not None
    assert results[1].error.field == "handles[1]"
    assert [entry.secret is None for entry in results] == [code is not None for code in codes]


def test_two_organizations_may_use_one_handle(home: Organization) -> None:
    other = make.organization()
    for place in (home, other):
        assert create_members_in_bulk(place.pk, handles=["ann"], now=timezone.now())[0].error is None


def test_call_is_bounded_in_number_and_queries(
    home: Organization, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    handles = [f"w{n}" for n in range(MAX_WORKERS_A_CALL + 1)]
    with pytest.raises(TooManyWorkers):
        create_members_in_bulk(home.pk, handles=handles, now=timezone.now())
    with django_assert_max_num_queries(20):
        create_members_in_bulk(home.pk, handles=handles[:-1], now=timezone.now())
    assert (
        ApiToken.objects.filter(user__memberships__organization=home, user__memberships__role=Role.WORKER).count()
        == MAX_WORKERS_A_CALL
    )


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_create_a_handle_once() -> None:
    home = make.organization()

    def create(_: int) -> int:
        try:
            results = create_members_in_bulk(home.pk, handles=[f"w{n}" for n in range(20)], now=timezone.now())
            return sum(entry.error is None for entry in results)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(create, range(8))) == [0] * 7 + [20]


# --- what one sees --------------------------------------------------------------------------------------------------
def test_workers_never_see_other_workers(home: Organization) -> None:
    one, other = make.worker(home), make.worker(home)
    assert set(User.objects.visible_to(one)) == {one}
    assert set(Membership.objects.visible_to(one).values_list("user_id", flat=True)) == {one.pk}
    assert WorkerProfile.objects.visible_to(one).get() == one.worker_profile
    assert set(Organization.objects.visible_to(one)) == {home}
    assert not Organization.objects.with_role(one, Role.MANAGER, Role.REQUESTER).exists()
    assert other in User.objects.visible_to(make.owner_of(home))


def test_managers_see_their_own_members_only(caller: User, home: Organization) -> None:
    member = make.worker(home)
    stranger = make.user(Role.WORKER)
    assert set(User.objects.visible_to(caller)) == {caller, member}
    assert stranger not in User.objects.visible_to(caller)


def test_nobody_sees_nothing() -> None:
    from django.contrib.auth.models import AnonymousUser

    make.user(Role.MANAGER)
    for model in (User, Organization, Membership, WorkerProfile, ApiToken):
        assert not model.objects.visible_to(AnonymousUser()).exists()


# --- over HTTP ------------------------------------------------------------------------------------------------------
def test_organizations_are_founded_and_listed(client: Client) -> None:
    make.organization("Somebody else's")
    answer = post(client, "/api/v1/organizations", {"name": "Acme"})
    assert answer.status_code == 201
    assert answer.json()["roles"] == ["manager", "requester"]
    assert client.get("/api/v1/organizations").json() == {"items": [answer.json()], "next": None}


def test_founding_again_with_the_key_founds_nothing(client: Client) -> None:
    answers = [post(client, "/api/v1/organizations", {"name": "Acme"}, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert Organization.objects.count() == 1


def test_list_of_organizations_costs_the_same_however_long(
    client: Client, caller: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/api/v1/organizations")
    for n in range(4):
        make.organization(str(n), owner=caller)
        with django_assert_num_queries(3):
            client.get("/api/v1/organizations")


def test_manager_takes_a_role_away(client: Client, home: Organization) -> None:
    path = f"/api/v1/organizations/{home.pk}/members"
    member = make.user(Role.REVIEWER, home=home).memberships.get()
    assert post(client, f"{path}/{member.pk}/remove", {}).status_code == 204
    assert post(client, f"{path}/{member.pk}/remove", {}).status_code == 404
    own = home.memberships.get(role=Role.MANAGER)
    refused = post(client, f"{path}/{own.pk}/remove", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "last_manager")


def test_member_leaves_and_takes_nobody_along(home: Organization) -> None:
    path = f"/api/v1/organizations/{home.pk}/members"
    worker, fellow = make.worker(home), make.worker(home)
    client = bearer(worker)
    own = client.get("/api/v1/me").json()["memberships"][0]["id"]
    for other in (fellow.memberships.get().pk, NOBODY):
        refused = post(client, f"{path}/{other}/remove", {})
        assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    assert post(client, f"{path}/{own}/remove", {}).status_code == 204
    assert not worker.memberships.exists()
    assert fellow.memberships.exists()


def test_members_are_listed_without_their_addresses(
    client: Client, home: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = f"/api/v1/organizations/{home.pk}/members"
    workers = [make.worker(home) for _ in range(5)]
    client.get(path)
    with django_assert_num_queries(4):
        answer = client.get(f"{path}?role=worker&limit=3")
    assert len(answer.json()["items"]) == 3
    assert workers[0].email.encode() not in client.get(path).content
    assert client.get(path, {"role": "emperor"}).json()["field"] == "role"


def test_workforce_over_http_is_shown_once(client: Client, home: Organization) -> None:
    path = f"/api/v1/organizations/{home.pk}/workers"
    answer = post(client, path, {"handles": ["ann", "ann"]}, **{"Idempotency-Key": "k"})
    assert answer.status_code == 201
    first, second = answer.json()["items"]
    assert Client(headers={"Authorization": f"Bearer {first['token']}"}).get("/api/v1/me").json()["id"] == first["id"]
    assert second == {
        "handle": "ann",
        "id": None,
        "token": None,
        "error": {"field": "handles[1]", "code": "handle_taken", "detail": "A worker with this handle exists."},
    }
    again = post(client, path, {"handles": ["ann", "ann"]}, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()["code"]) == (409, "already_done")
    too_many = post(client, path, {"handles": [f"w{n}" for n in range(501)]})
    assert (too_many.status_code, too_many.json()["code"]) == (400, "too_many_workers")


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.REVIEWER, Role.WORKER])
@pytest.mark.parametrize(("method", "tail"), [("GET", "members"), ("POST", "members"), ("POST", "workers")])
def test_other_members_may_not(home: Organization, role: Role, method: str, tail: str) -> None:
    member = bearer(make.user(role, home=home))
    answer = member.generic(method, f"/api/v1/organizations/{home.pk}/{tail}", "{}", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_required")


@pytest.mark.parametrize(("method", "tail"), [("GET", "members"), ("POST", "members"), ("POST", "workers")])
def test_to_strangers_it_does_not_exist(home: Organization, method: str, tail: str) -> None:
    stranger = bearer(make.user(Role.MANAGER))
    answers = [
        stranger.generic(method, f"/api/v1/organizations/{place}/{tail}", "{}", "application/json")
        for place in (home.pk, NOBODY)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_role_taken_away_is_gone_at_the_next_request(home: Organization) -> None:
    manager = make.user(Role.MANAGER, home=home)
    client = bearer(manager)
    assert client.get(f"/api/v1/organizations/{home.pk}/members").status_code == 200
    Membership.objects.filter(user=manager).delete()
    assert client.get(f"/api/v1/organizations/{home.pk}/members").status_code == 404
