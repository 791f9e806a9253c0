"""Invitations: a role is offered to an address, and taken by whoever signs in with it.

Nothing here looks up whether somebody has the address before that somebody answers: what managers are told is the same
either way.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from marketplace.accounts.core.emails import is_email, normalise_email
from marketplace.accounts.errors import AlreadyInvited, InvalidEmail, InvitationClosed, TooManyInvitations
from marketplace.accounts.models import Invitation, InvitationState, Membership, Organization, Role
from marketplace.accounts.services.users import RESERVED_DOMAIN

INVITATION_LIFE = timedelta(days=14)
MAX_PENDING = 1_000


@transaction.atomic
def invite_member(organization_id: UUID, *, email: str, role: Role, invited_by_id: UUID, now: datetime) -> Invitation:
    """Offer a role to an address.

    Raises
    ------
    InvalidEmail
    AlreadyInvited
        This role was offered to this address, and that offer stands.
    TooManyInvitations
        As many as one organization may have stand.
    """
    address = normalise_email(email)
    if not is_email(address) or address.endswith(RESERVED_DOMAIN):
        raise InvalidEmail("This is not an e-mail address that can be used here.", field="email")
    # One invitation at a time and organization, so that looking for those that stand suffices.
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    pending = Invitation.objects.filter(organization_id=organization_id, state=InvitationState.PENDING)
    pending.filter(expires_at__lte=now).update(state=InvitationState.EXPIRED)
    if pending.filter(email=address, role=role).exists():
        raise AlreadyInvited("This role is offered to this address already.", field="email")
    if pending.count() >= MAX_PENDING:
        raise TooManyInvitations(f"At most {MAX_PENDING} invitations stand at a time.", limit=MAX_PENDING)
    return Invitation.objects.create(
        organization_id=organization_id,
        email=address,
        role=role,
        invited_by_id=invited_by_id,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )


@transaction.atomic
def accept_invitation(invitation_id: UUID, *, user_id: UUID, now: datetime) -> Membership:
    """Take the offered role; one who has it already keeps it.

    Raises
    ------
    InvitationClosed
    """
    invitation = _close(invitation_id, InvitationState.ACCEPTED, now)
    membership, _ = Membership.objects.get_or_create(
        user_id=user_id,
        organization_id=invitation.organization_id,
        role=invitation.role,
        defaults={"created_at": now},
    )
    return membership


@transaction.atomic
def decline_invitation(invitation_id: UUID, *, now: datetime) -> Invitation:
    """Turn the offer down; raises `InvitationClosed`."""
    return _close(invitation_id, InvitationState.DECLINED, now)


@transaction.atomic
def withdraw_invitation(invitation_id: UUID, *, now: datetime) -> Invitation:
    """Take the offer back; raises `InvitationClosed`."""
    return _close(invitation_id, InvitationState.WITHDRAWN, now)


def _close(invitation_id: UUID, state: InvitationState, now: datetime) -> Invitation:
    """Answer a pending invitation; of two who try at once, one succeeds."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    stands = invitation.state_at(now)
    if stands != InvitationState.PENDING:
        raise InvitationClosed(f"The invitation is {stands}.", state=stands)
    invitation.state = state
    invitation.save(update_fields=["state"])
    return invitation
