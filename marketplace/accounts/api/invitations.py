"""Endpoints of invitations: what managers sent, and what one was sent."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts.api.access import managed_organization
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.api.serializers import (
    InvitationSerializer,
    OwnMembershipSerializer,
    ReceivedInvitationSerializer,
)
from marketplace.accounts.models import Invitation
from marketplace.accounts.services import accept_invitation, decline_invitation, withdraw_invitation
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import NothingSerializer


class SentInvitationsView(ApiView):
    """What an organization's managers sent."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="organization_invitations_list", responses=InvitationSerializer(many=True))
    def get(self, request: Request, organization_id: UUID) -> Response:
        """List the organization's invitations, newest first, and what became of them."""
        organization = managed_organization(request, organization_id)
        return self.page(organization.invitations.all(), InvitationSerializer)


class WithdrawalView(ApiView):
    """Taking an invitation back."""

    @extend_schema(operation_id="organization_invitations_withdraw", request=None, responses=InvitationSerializer)
    @idempotent()
    def post(self, request: Request, organization_id: UUID, invitation_id: UUID) -> Response:
        """Take back an invitation that nobody answered."""
        organization = managed_organization(request, organization_id)
        self.parse(NothingSerializer)
        invitation = get_object_or_404(organization.invitations, pk=invitation_id)
        return Response(InvitationSerializer(withdraw_invitation(invitation.pk, now=timezone.now())).data)


class InvitationsView(ApiView):
    """What one was sent."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="invitations_list", responses=ReceivedInvitationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the invitations to one's own e-mail that one may accept or decline, newest first."""
        invitations = Invitation.objects.open_to(user_of(request), now=timezone.now())
        return self.page(invitations.select_related("organization"), ReceivedInvitationSerializer)


class AcceptanceView(ApiView):
    """Joining by invitation."""

    @extend_schema(operation_id="invitations_accept", request=None, responses=OwnMembershipSerializer)
    @idempotent()
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """Take the offered role, and return the membership."""
        user = user_of(request)
        self.parse(NothingSerializer)
        invitation = get_object_or_404(Invitation.objects.sent_to(user), pk=invitation_id)
        membership = accept_invitation(invitation.pk, user_id=user.pk, now=timezone.now())
        return Response(OwnMembershipSerializer(membership).data)


class RefusalView(ApiView):
    """Turning an invitation down."""

    @extend_schema(operation_id="invitations_decline", request=None, responses=ReceivedInvitationSerializer)
    @idempotent()
    def post(self, request: Request, invitation_id: UUID) -> Response:
        """Turn the offered role down."""
        self.parse(NothingSerializer)
        invitation = get_object_or_404(Invitation.objects.sent_to(user_of(request)), pk=invitation_id)
        return Response(ReceivedInvitationSerializer(decline_invitation(invitation.pk, now=timezone.now())).data)
