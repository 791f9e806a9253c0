"""Writes of the accounts app."""

from marketplace.accounts.services.invitations import (
    accept_invitation,
    decline_invitation,
    invite_member,
    withdraw_invitation,
)
from marketplace.accounts.services.organizations import (
    MAX_WORKERS_A_CALL,
    NewWorker,
    add_member,
    create_members_in_bulk,
    create_organization,
    remove_member,
)
from marketplace.accounts.services.payees import forget_payout_destination, set_payout_destination
from marketplace.accounts.services.sign_in import sign_in, sweep_sign_in_counters
from marketplace.accounts.services.tickets import (
    IssuedTicket,
    issue_socket_ticket,
    redeem_socket_ticket,
    sweep_socket_tickets,
)
from marketplace.accounts.services.tokens import IssuedToken, issue_token, redeem_token, revoke_token
from marketplace.accounts.services.users import change_password, count_registration, deactivate_user, register_user

__all__ = [
    "MAX_WORKERS_A_CALL",
    "IssuedTicket",
    "IssuedToken",
    "NewWorker",
    "accept_invitation",
    "add_member",
    "change_password",
    "count_registration",
    "create_members_in_bulk",
    "create_organization",
    "deactivate_user",
    "decline_invitation",
    "forget_payout_destination",
    "invite_member",
    "issue_socket_ticket",
    "issue_token",
    "redeem_socket_ticket",
    "redeem_token",
    "register_user",
    "remove_member",
    "revoke_token",
    "set_payout_destination",
    "sign_in",
    "sweep_sign_in_counters",
    "sweep_socket_tickets",
    "withdraw_invitation",
]
