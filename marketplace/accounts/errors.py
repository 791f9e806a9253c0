"""What accounts refuse."""

from typing import ClassVar

from marketplace.operations.errors import DomainError


class AccountsError(DomainError):
    """Base of the refusals of this app."""


class InvalidEmail(AccountsError):
    code: ClassVar[str] = "invalid_email"


class EmailTaken(AccountsError):
    code: ClassVar[str] = "email_taken"


class WeakPassword(AccountsError):
    code: ClassVar[str] = "weak_password"


class UnknownCountry(AccountsError):
    code: ClassVar[str] = "unknown_country"


class UnknownUser(AccountsError):
    code: ClassVar[str] = "unknown_user"


class AlreadyMember(AccountsError):
    code: ClassVar[str] = "already_member"


class LastManager(AccountsError):
    code: ClassVar[str] = "last_manager"


class AlreadyInvited(AccountsError):
    code: ClassVar[str] = "already_invited"


class TooManyInvitations(AccountsError):
    code: ClassVar[str] = "too_many_invitations"


class InvitationClosed(AccountsError):
    """It was accepted, declined, withdrawn, or ran out; `state` says which."""

    code: ClassVar[str] = "invitation_closed"


class TooManyWorkers(AccountsError):
    code: ClassVar[str] = "too_many_workers"


class InvalidHandle(AccountsError):
    code: ClassVar[str] = "invalid_handle"


class HandleTaken(AccountsError):
    code: ClassVar[str] = "handle_taken"


class BadCredentials(AccountsError):
    code: ClassVar[str] = "bad_credentials"


class TooManySignIns(AccountsError):
    code: ClassVar[str] = "too_many_sign_ins"


class TooManyRegistrations(AccountsError):
    code: ClassVar[str] = "too_many_registrations"


class TooManyTokens(AccountsError):
    code: ClassVar[str] = "too_many_tokens"


class InvalidExpiry(AccountsError):
    code: ClassVar[str] = "invalid_expiry"


class TokenRefused(AccountsError):
    code: ClassVar[str] = "invalid_token"


class TicketRefused(AccountsError):
    code: ClassVar[str] = "ticket_refused"
