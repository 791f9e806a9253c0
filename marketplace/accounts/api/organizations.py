"""Endpoints of organizations and their members."""

from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts.api.access import managed_organization, organization_of, require_role
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.api.serializers import (
    InvitationSerializer,
    MemberSerializer,
    NewMemberSerializer,
    NewOrganizationSerializer,
    NewWorkerListSerializer,
    NewWorkersSerializer,
    OrganizationSerializer,
)
from marketplace.accounts.models import Membership, Organization, Role
from marketplace.accounts.services import create_members_in_bulk, create_organization, invite_member, remove_member
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import NothingSerializer
from marketplace.operations.errors import InvalidParameter


class OrganizationsView(ApiView):
    """The organizations one belongs to."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="organizations_list", responses=OrganizationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them, oldest first."""
        return self.page(Organization.objects.visible_to(request.user), OrganizationSerializer)

    @extend_schema(
        operation_id="organizations_create",
        request=NewOrganizationSerializer,
        responses={201: OrganizationSerializer},
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Found an organization; its founder manages it and orders for it."""
        data = self.parse(NewOrganizationSerializer)
        organization = create_organization(data["name"], owner_id=user_of(request).pk, now=timezone.now())
        context = self.get_serializer_context()
        return Response(OrganizationSerializer(organization, context=context).data, status=201)


class MembersView(ApiView):
    """The members of an organization, for its managers only: workers never see other workers."""

    pagination_class = KeySetPagination
    query_params = frozenset({"role"})

    @extend_schema(
        operation_id="organization_members_list",
        parameters=[OpenApiParameter("role", enum=Role.values)],
        responses=MemberSerializer(many=True),
    )
    def get(self, request: Request, organization_id: UUID) -> Response:
        """List the members, one entry per role."""
        organization = managed_organization(request, organization_id)
        members = Membership.objects.filter(organization=organization).select_related("user")
        role = request.query_params.get("role")
        if role is not None and role not in Role.values:
            raise InvalidParameter("There is no such role.", field="role", allowed=Role.values)
        return self.page(members.filter(role=role) if role else members, MemberSerializer)

    @extend_schema(
        operation_id="organization_members_create", request=NewMemberSerializer, responses={201: InvitationSerializer}
    )
    @idempotent()
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Invite whoever has this e-mail, or registers with it within 14 days; the answer says not whether anybody has.

        Nobody is sent a message: tell them to look at `/invitations`. Addresses are not verified, so look at the list
        of members before you trust one who joined.
        """
        organization = managed_organization(request, organization_id)
        data = self.parse(NewMemberSerializer)
        invitation = invite_member(
            organization.pk,
            email=data["email"],
            role=Role(data["role"]),
            invited_by_id=user_of(request).pk,
            now=timezone.now(),
        )
        return Response(InvitationSerializer(invitation).data, status=201)


class MemberRemovalView(ApiView):
    """Taking a role away, or leaving."""

    @extend_schema(operation_id="organization_members_remove", request=None, responses={204: None})
    @idempotent()
    def post(self, request: Request, organization_id: UUID, membership_id: UUID) -> Response:
        """Take a role away, or give up one's own; what its holder did stays, and is paid."""
        organization = organization_of(request, organization_id)
        membership = Membership.objects.filter(pk=membership_id, organization=organization).first()
        if membership is None or membership.user_id != user_of(request).pk:
            require_role(request, organization.pk, Role.MANAGER)
        self.parse(NothingSerializer)
        if membership is None:
            raise Http404
        remove_member(organization.pk, membership_id=membership.pk)
        return Response(status=204)


class WorkersView(ApiView):
    """The private workforce of an organization."""

    @extend_schema(
        operation_id="organization_workers_create",
        request=NewWorkersSerializer,
        responses={201: NewWorkerListSerializer},
    )
    @idempotent(store_body=False)
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Create up to 500 workers by handle, each with a token that is shown this once."""
        organization = managed_organization(request, organization_id)
        data = self.parse(NewWorkersSerializer)
        workers = create_members_in_bulk(organization.pk, handles=data["handles"], now=timezone.now())
        return Response(NewWorkerListSerializer({"items": workers}).data, status=201)
