"""Routes of accounts, below /api/v1/."""

from django.urls import path

from marketplace.accounts.api.invitations import (
    AcceptanceView,
    InvitationsView,
    RefusalView,
    SentInvitationsView,
    WithdrawalView,
)
from marketplace.accounts.api.organizations import MemberRemovalView, MembersView, OrganizationsView, WorkersView
from marketplace.accounts.api.payees import PayoutDestinationView
from marketplace.accounts.api.views import AccountsView, MeView, SocketTicketsView, TokenRevocationView, TokensView

urlpatterns = [
    path("accounts", AccountsView.as_view(), name="accounts"),
    path("me", MeView.as_view(), name="me"),
    path("payout-destination", PayoutDestinationView.as_view(), name="payout-destination"),
    path("tokens", TokensView.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>/revoke", TokenRevocationView.as_view(), name="token-revoke"),
    path("socket-tickets", SocketTicketsView.as_view(), name="socket-tickets"),
    path("organizations", OrganizationsView.as_view(), name="organizations"),
    path("organizations/<uuid:organization_id>/members", MembersView.as_view(), name="organization-members"),
    path(
        "organizations/<uuid:organization_id>/members/<uuid:membership_id>/remove",
        MemberRemovalView.as_view(),
        name="organization-member-remove",
    ),
    path("organizations/<uuid:organization_id>/workers", WorkersView.as_view(), name="organization-workers"),
    path(
        "organizations/<uuid:organization_id>/invitations",
        SentInvitationsView.as_view(),
        name="organization-invitations",
    ),
    path(
        "organizations/<uuid:organization_id>/invitations/<uuid:invitation_id>/withdraw",
        WithdrawalView.as_view(),
        name="organization-invitation-withdraw",
    ),
    path("invitations", InvitationsView.as_view(), name="invitations"),
    path("invitations/<uuid:invitation_id>/accept", AcceptanceView.as_view(), name="invitation-accept"),
    path("invitations/<uuid:invitation_id>/decline", RefusalView.as_view(), name="invitation-decline"),
]
