"""People, organizations and what proves who is asking; personal data lives here and nowhere else."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from marketplace.accounts.core.emails import normalise_email
from marketplace.accounts.core.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(models.TextChoices):
    """What a membership lets a user do in an organization."""

    REQUESTER = "requester"
    MANAGER = "manager"
    REVIEWER = "reviewer"
    WORKER = "worker"

    @classmethod
    def staff(cls) -> tuple[Role, ...]:
        """Return the roles that look after an organization's work, in contrast to doing it."""
        return (cls.REQUESTER, cls.MANAGER, cls.REVIEWER)


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Return the viewer and the members of the organizations the viewer manages."""
        if not isinstance(viewer, User) or not viewer.is_active:
            return self.none()
        managed = Membership.objects.managed_by(viewer).values("organization_id")
        fellow = Membership.objects.filter(organization_id__in=managed).values("user_id")
        return self.filter(Q(pk=viewer.pk) | Q(pk__in=fellow))


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        """Return users as the query set above."""
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, viewer: User | AnonymousUser) -> UserQuerySet:
        """Return the viewer and the members of the organizations the viewer manages."""
        return self.get_queryset().visible_to(viewer)

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a user by e-mail in whatever case or Unicode form it was typed."""
        return self.get(email=normalise_email(username or ""))

    def create_superuser(self, email: str, password: str, **fields: Any) -> User:
        """Create an administrator; `createsuperuser` calls this."""
        user = self.model(email=normalise_email(email), is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in, or a worker of a private workforce who only holds a token."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.CharField(max_length=254, unique=True)
    display_name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(condition=~Q(email=""), name="user_email_is_given"),
        ]

    def __str__(self) -> str:
        return self.display_name or str(self.pk)

    def has_role(self, organization_id: UUID, *roles: str) -> bool:
        """Return whether the user holds one of the roles there."""
        return not self.roles_in(organization_id).isdisjoint(roles)

    def roles_in(self, organization_id: UUID) -> frozenset[str]:
        """Return the user's roles there; all are read once per instance, so once per request."""
        return frozenset(self._roles_by_organization()[organization_id])

    def _roles_by_organization(self) -> defaultdict[UUID, set[str]]:
        cached: defaultdict[UUID, set[str]] | None = self.__dict__.get("_roles_read")
        if cached is None:
            cached = defaultdict(set)
            for organization_id, role in self.memberships.values_list("organization_id", "role"):
                cached[organization_id].add(role)
            self.__dict__["_roles_read"] = cached
        return cached


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Return the organizations the viewer is a member of, in whatever role."""
        return self.with_role(viewer, *Role)

    def with_role(self, user: User | AnonymousUser, *roles: Role) -> Self:
        """Return the organizations in which the user holds one of the roles."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        held = Membership.objects.filter(user=user, role__in=roles)
        return self.filter(pk__in=held.values("organization_id"))


class Organization(models.Model):
    """Whoever orders work and answers for it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganizationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Return the viewer's own memberships and those of the organizations the viewer manages."""
        if not isinstance(viewer, User) or not viewer.is_active:
            return self.none()
        managed = Membership.objects.managed_by(viewer).values("organization_id")
        return self.filter(Q(user=viewer) | Q(organization_id__in=managed))

    def managed_by(self, viewer: User) -> Self:
        """Return the viewer's own memberships as manager."""
        return self.filter(user=viewer, role=Role.MANAGER)

    def roles_of(self, user: User, organization_id: UUID) -> frozenset[Role]:
        """Return the roles a user holds in an organization."""
        found: Iterable[str] = self.filter(user=user, organization_id=organization_id).values_list("role", flat=True)
        return frozenset(Role(role) for role in found)


class Membership(models.Model):
    """One role of one user in one organization."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization", "role"], name="membership_once_per_role"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.organization_id}"


class InvitationState(models.TextChoices):
    """What became of an invitation; one that nobody answered in time is pending still, and open to nobody."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open_to(self, viewer: User, *, now: datetime) -> Self:
        """Return the invitations that the viewer may accept or decline now."""
        return self.sent_to(viewer).filter(state=InvitationState.PENDING, expires_at__gt=now)

    def sent_to(self, viewer: User) -> Self:
        """Return the invitations to the viewer's address, whatever became of them."""
        return self.filter(email=viewer.email)


class Invitation(models.Model):
    """A role offered to whoever has, or will have, an e-mail; who it is and whether anybody stays unsaid."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="invitations")
    email = models.CharField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=InvitationState.choices, default=InvitationState.PENDING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email", "role"],
                condition=Q(state="pending"),
                name="invitation_once_while_pending",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_is_known"),
            models.CheckConstraint(condition=Q(state__in=InvitationState.values), name="invitation_state_is_known"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invitation_email_is_lower_case"),
        ]
        indexes = [models.Index(fields=["email"], name="invitation_email")]

    def __str__(self) -> str:
        return f"{self.role} of {self.organization_id}"

    def state_at(self, now: datetime) -> InvitationState:
        """Return the state, which is expired where nobody answered in time."""
        if self.state == InvitationState.PENDING and self.expires_at <= now:
            return InvitationState.EXPIRED
        return InvitationState(self.state)


class WorkerProfileQuerySet(models.QuerySet["WorkerProfile"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Return the viewer's own profile and those of members the viewer manages."""
        return self.filter(user__in=User.objects.visible_to(viewer))


class WorkerProfile(models.Model):
    """What the work needs to know about a person who works."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="worker_profile")
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1 alpha-2, or empty")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkerProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex=r"^[A-Z]{2}$"), name="worker_country_is_alpha_2"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class PayoutDestination(models.Model):
    """Where a person's earnings go: the payout provider's own name for it, never an account number."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="payout_destination")
    reference = models.CharField(max_length=100)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Nothing that a spreadsheet would take for a formula either: it is a cell of payout files.
            models.CheckConstraint(
                condition=Q(reference__regex=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$"), name="payout_destination_is_a_word"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Return the viewer's own tokens."""
        return self.filter(user=viewer) if isinstance(viewer, User) and viewer.is_active else self.none()

    def live(self, now: datetime) -> Self:
        """Return tokens that are neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)

    def revoke(self, now: datetime) -> int:
        """Revoke those not yet revoked and return how many."""
        return self.filter(revoked_at=None).update(revoked_at=now)


class ApiToken(models.Model):
    """A bearer token; only the hash of its 256-bit secret is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # A date and not a time, so that using a token writes once a day and not on every request.
    last_used_on = models.DateField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def is_live(self, now: datetime) -> bool:
        """Return whether the token still opens anything; its user must be active besides."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def note_use(self, today: date) -> None:
        """Remember the day of the last use."""
        if self.last_used_on != today:
            ApiToken.objects.filter(pk=self.pk).update(last_used_on=today)


class SocketTicket(models.Model):
    """A secret that opens one websocket, once, within seconds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="socket_tickets")
    secret_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.pk)


class SignInCounter(models.Model):
    """Passwords tried within one window, for one login, one address, or one login from one address; registrations too.

    The key is a hash, so that the table names nobody.
    """

    key = models.CharField(max_length=64, primary_key=True)
    n_tries = models.PositiveIntegerField()
    window_until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
