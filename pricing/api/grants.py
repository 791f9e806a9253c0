"""Endpoints of what people are known to know: fields of expertise, attested on evidence."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import named_in, require_role
from labeling.api.filters import named
from labeling.models import WorkerGrant
from labeling.models.grants import MAX_EVIDENCE
from labeling.services import give_expertise
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Membership, Organization, Role, User
from marketplace.operations.adapters import database_now
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.fields import IdField, NameField, TextField, TimestampField
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import StrictSerializer
from pricing.services import own_cards, require_field

EVIDENCE_HELP = "what was seen of it and where that is kept, such as a file number; no personal data"
ORGANIZATION_HELP = "in whose jobs it counts; null: in everybody's, which people of the platform alone give"


class NewGrantSerializer(StrictSerializer):
    """What somebody is known to know."""

    worker = IdField(help_text="of an organization a member; of the platform anybody")
    expertise = NameField(max_length=64, help_text="a field of the rate card")
    organization = IdField(default=None, allow_null=True, help_text=ORGANIZATION_HELP)
    evidence = TextField(max_length=MAX_EVIDENCE, help_text=EVIDENCE_HELP)
    until = TimestampField(default=None, allow_null=True, help_text="when it runs out; never unless given")


class GivenGrantSerializer(serializers.ModelSerializer[WorkerGrant]):
    class Meta:
        model = WorkerGrant
        fields = [
            "id",
            "worker",
            "expertise",
            "organization",
            "evidence",
            "given_by",
            "granted_at",
            "until",
            "revoked_at",
            "revoked_by",
        ]
        read_only_fields = fields
        extra_kwargs = {"organization": {"help_text": ORGANIZATION_HELP}, "evidence": {"help_text": EVIDENCE_HELP}}


class GrantsView(ApiView):
    """Fields attested by a person; what an exam attests is among its learners."""

    pagination_class = KeySetPagination
    query_params = frozenset({"organization"})

    @extend_schema(
        operation_id="grants_list",
        parameters=[OpenApiParameter("organization", UUID)],
        responses=GivenGrantSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List what was attested for the organizations one manages; staff also what counts everywhere."""
        grants = WorkerGrant.objects.managed_by(user_of(request)).filter(**named(request, "organization"))
        return self.page(grants, GivenGrantSerializer)

    @extend_schema(operation_id="grants_create", request=NewGrantSerializer, responses={201: GivenGrantSerializer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Attest that a worker knows a field, so that jobs quoted with it are theirs too; replaces an earlier one."""
        data = self.parse(NewGrantSerializer)
        people = _people(request, data["organization"])
        require_field(data["expertise"], own_cards(database_now()), field="expertise")
        given = give_expertise(
            named_in(people, data["worker"], field="worker").pk,
            expertise=data["expertise"],
            organization_id=data["organization"],
            evidence=data["evidence"],
            given_by_id=user_of(request).pk,
            until=data["until"],
        )
        return Response(GivenGrantSerializer(given).data, status=201)


def _people(request: Request, organization_id: UUID | None) -> QuerySet[User]:
    """Return whom the user may attest a field: members of an organization that one manages, to the staff everybody."""
    user = user_of(request)
    if organization_id is None:
        if not user.is_staff:
            raise PermissionDenied
        return User.objects.filter(is_active=True)
    organization = named_in(Organization.objects.visible_to(user), organization_id, field="organization")
    require_role(request, organization.pk, Role.MANAGER)
    members = Membership.objects.filter(organization=organization, role__in=[Role.WORKER, Role.REVIEWER])
    return User.objects.filter(is_active=True, pk__in=members.values("user"))
