"""Shapes of accounts at the API."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.accounts.models import (
    ApiToken,
    Invitation,
    InvitationState,
    Membership,
    Organization,
    Role,
    User,
)
from marketplace.accounts.services import MAX_WORKERS_A_CALL
from marketplace.operations.api.fields import NameField, TextField, TimestampField
from marketplace.operations.api.serializers import ProblemFieldSerializer, StrictSerializer

CREDENTIAL_MISSING = serializers.ErrorDetail("This field is required where nobody is signed in.", code="required")


class RegistrationSerializer(StrictSerializer):
    """A person who joins."""

    email = TextField(max_length=254)
    password = TextField(max_length=256, trim_whitespace=False, write_only=True)
    display_name = NameField(max_length=120)
    country = TextField(
        required=False, allow_blank=True, default="", max_length=2, help_text="ISO 3166-1 alpha-2, or empty"
    )


class UserSerializer(serializers.ModelSerializer[User]):
    """A person, as shown to that person."""

    country = serializers.CharField(source="worker_profile.country", read_only=True, allow_null=True)

    class Meta:
        model = User
        fields = ["id", "email", "display_name", "country", "created_at"]
        read_only_fields = fields


class OrganizationRefSerializer(serializers.ModelSerializer[Organization]):
    class Meta:
        model = Organization
        fields = ["id", "name"]
        read_only_fields = fields


class OwnMembershipSerializer(serializers.ModelSerializer[Membership]):
    """A role of the person who asks; its `id` is what `/organizations/{id}/members/{id}/remove` takes."""

    organization = OrganizationRefSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "organization", "role"]
        read_only_fields = fields


class MeSerializer(UserSerializer):
    """The person who asks, and where that person belongs."""

    memberships = OwnMembershipSerializer(many=True, read_only=True)

    class Meta(UserSerializer.Meta):
        fields = [*UserSerializer.Meta.fields, "memberships"]
        read_only_fields = fields


class NewTokenSerializer(StrictSerializer):
    """A token to be issued: by e-mail and password, or by a session or token without them."""

    name = NameField(max_length=120)
    expires_at = TimestampField(required=False, allow_null=True, default=None)
    email = TextField(required=False, max_length=254)
    password = TextField(required=False, max_length=256, trim_whitespace=False, write_only=True)

    def to_internal_value(self, data: Any) -> Any:
        """Name all that is missing at once, the credentials too where nobody is signed in."""
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not isinstance(data, Mapping) or not isinstance(error.detail, dict):
                raise
            if isinstance(self.context["request"].user, User):
                raise
            missing = {name: [CREDENTIAL_MISSING] for name in ("email", "password") if name not in data}
            raise serializers.ValidationError({**error.detail, **missing}) from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse half of the credentials."""
        if ("email" in attrs) != ("password" in attrs):
            missing = "password" if "email" in attrs else "email"
            raise serializers.ValidationError({missing: ["E-mail and password go together."]}, code="required")
        return attrs


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "created_at", "expires_at", "revoked_at", "last_used_on"]
        read_only_fields = fields


class IssuedTokenSerializer(TokenSerializer):
    """A token with its secret, shown this once."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]
        read_only_fields = fields


class NewOrganizationSerializer(StrictSerializer):
    """An organization to be founded."""

    name = NameField()


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """An organization, with the roles that the person who asks has in it."""

    roles = serializers.SerializerMethodField()

    class Meta:
        model = Organization
        fields = ["id", "name", "roles", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Role.choices)))
    def get_roles(self, organization: Organization) -> list[str]:
        """Return the roles, sorted."""
        user: User = self.context["request"].user
        return sorted(user.roles_in(organization.pk))


class NewMemberSerializer(StrictSerializer):
    """Somebody to be invited, and to what."""

    email = TextField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation, as shown to managers."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = ["id", "organization", "email", "role", "state", "invited_by", "created_at", "expires_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=InvitationState.choices))
    def get_state(self, invitation: Invitation) -> str:
        """Return the state of now."""
        return invitation.state_at(timezone.now())


class ReceivedInvitationSerializer(InvitationSerializer):
    """An invitation, as shown to whom it was sent."""

    organization = OrganizationRefSerializer(read_only=True)

    class Meta(InvitationSerializer.Meta):
        fields = ["id", "organization", "role", "state", "created_at", "expires_at"]
        read_only_fields = fields


class MemberUserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "display_name"]
        read_only_fields = fields


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A member, as shown to managers."""

    user = MemberUserSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "user", "role", "created_at"]
        read_only_fields = fields


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]{0,38}[A-Za-z0-9])?$"},
        "minItems": 1,
        "maxItems": MAX_WORKERS_A_CALL,
        "description": "Upper case is taken for lower case.",
    }
)
class HandlesField(serializers.ListField):
    """Handles, which the service looks at one by one."""

    child = TextField(max_length=100)


class NewWorkersSerializer(StrictSerializer):
    """Workers to be created, by handle."""

    handles = HandlesField(allow_empty=False)


class NewWorkerSerializer(serializers.Serializer[Any]):
    """What became of one handle: an account with its token, shown this once, or the reason against it."""

    handle = serializers.CharField()
    id = serializers.UUIDField(source="user_id", allow_null=True)
    token = serializers.CharField(source="secret", allow_null=True)
    error = serializers.SerializerMethodField()

    @extend_schema_field(ProblemFieldSerializer(allow_null=True))
    def get_error(self, worker: Any) -> dict[str, str | None] | None:
        """Return why there is no account."""
        return worker.error.entry() if worker.error else None


class NewWorkerListSerializer(serializers.Serializer[Any]):
    items = NewWorkerSerializer(many=True)


class SocketTicketSerializer(serializers.Serializer[Any]):
    """A one-use ticket for a websocket."""

    ticket = serializers.CharField()
    expires_at = serializers.DateTimeField()
