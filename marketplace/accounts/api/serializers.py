"""Shapes of accounts at the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.accounts.models import ApiToken, Membership, Organization, Role, User
from marketplace.operations.api.serializers import ProblemFieldSerializer, StrictSerializer


class RegistrationSerializer(StrictSerializer):
    """A person who joins."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=256, trim_whitespace=False, write_only=True)
    display_name = serializers.CharField(max_length=120)
    country = serializers.CharField(required=False, allow_blank=True, default="", max_length=2)


class UserSerializer(serializers.ModelSerializer[User]):
    """A person, as shown to that person."""

    country = serializers.CharField(source="worker_profile.country", read_only=True, default="")

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
    """A role of the person who asks."""

    organization = OrganizationRefSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ["organization", "role"]
        read_only_fields = fields


class MeSerializer(UserSerializer):
    """The person who asks, and where that person belongs."""

    memberships = OwnMembershipSerializer(many=True, read_only=True)

    class Meta(UserSerializer.Meta):
        fields = [*UserSerializer.Meta.fields, "memberships"]
        read_only_fields = fields


class NewTokenSerializer(StrictSerializer):
    """A token to be issued: by e-mail and password, or by a session or token without them."""

    name = serializers.CharField(max_length=120)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    email = serializers.CharField(required=False, max_length=254)
    password = serializers.CharField(required=False, max_length=256, trim_whitespace=False, write_only=True)

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
    name = serializers.CharField(max_length=200)


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
    email = serializers.CharField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)


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


class NewWorkersSerializer(StrictSerializer):
    handles = serializers.ListField(child=serializers.CharField(max_length=100), allow_empty=False)


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
