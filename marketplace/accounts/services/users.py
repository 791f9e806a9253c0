"""People: joining, changing the password, leaving."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from marketplace.accounts.core.countries import is_country
from marketplace.accounts.core.emails import is_email, normalise_email
from marketplace.accounts.errors import EmailTaken, InvalidEmail, TooManyRegistrations, UnknownCountry, WeakPassword
from marketplace.accounts.models import ApiToken, User, WorkerProfile
from marketplace.accounts.services.counting import Counter, count_try, network_of

# Hashing costs as much as the password is long.
MAX_PASSWORD_CHARS = 256
# Logins of private workforces end so; nobody may register one.
RESERVED_DOMAIN = ".invalid"
# Without a message to the address, registering tells whether somebody has it. So nobody asks for long lists of them.
MAX_REGISTRATIONS_OF_ADDRESS = 200


def count_registration(address: str, *, now: datetime) -> None:
    """Count a registration from a network address, whatever comes of it; call it outside a transaction.

    Raises
    ------
    TooManyRegistrations
        `retry_after_s` says how long to wait.
    """
    counter = Counter.of("registration", network_of(address), limit=MAX_REGISTRATIONS_OF_ADDRESS)
    if (wait_s := count_try(counter, now)) is not None:
        detail = "Too many registrations from this address. Wait before the next."
        raise TooManyRegistrations(detail, retry_after_s=wait_s)


@transaction.atomic
def register_user(*, email: str, password: str, display_name: str, country: str = "", now: datetime) -> User:
    """Create a person who signs in with a password; anybody may then work or found an organization.

    Raises
    ------
    InvalidEmail, EmailTaken, WeakPassword, UnknownCountry
    """
    login = normalise_email(email)
    if not is_email(login) or login.endswith(RESERVED_DOMAIN):
        raise InvalidEmail("This is not an e-mail address that can be used here.", field="email")
    if country and not is_country(country):
        raise UnknownCountry("Use an ISO 3166-1 alpha-2 code in capitals.", field="country")
    user = User(email=login, display_name=display_name, created_at=now)
    _set_password(user, password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise EmailTaken("An account with this e-mail exists.", field="email") from error
    WorkerProfile.objects.create(user=user, country=country, created_at=now)
    return user


@transaction.atomic
def change_password(user_id: UUID, *, password: str, now: datetime) -> User:
    """Set a new password; tokens and sessions from before it end."""
    user = User.objects.select_for_update().get(pk=user_id)
    _set_password(user, password)
    user.save(update_fields=["password"])
    ApiToken.objects.filter(user=user).revoke(now)
    user.socket_tickets.all().delete()
    return user


@transaction.atomic
def deactivate_user(user_id: UUID, *, now: datetime) -> User:
    """Shut a user out: sessions, tokens and tickets stop to work at once."""
    user = User.objects.select_for_update().get(pk=user_id)
    user.is_active = False
    user.save(update_fields=["is_active"])
    ApiToken.objects.filter(user=user).revoke(now)
    user.socket_tickets.all().delete()
    return user


def _set_password(user: User, password: str) -> None:
    """Hash a password that passes the validators of the settings."""
    if len(password) > MAX_PASSWORD_CHARS:
        raise WeakPassword(f"A password has at most {MAX_PASSWORD_CHARS} characters.", field="password")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages), field="password") from error
    user.set_password(password)
