"""Sign-in by form."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from marketplace.accounts.errors import BadCredentials
from marketplace.accounts.models import User
from marketplace.accounts.services import sign_in


class CountingBackend(ModelBackend):
    """Sign-in by form, the admin's included, under the same count of failures as the API."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the user, or nobody where the password is wrong.

        Raises
        ------
        TooManySignIns
            For the form to tell: Django would make of a refused permission just another wrong password.
        """
        login = username if username is not None else kwargs.get(User.USERNAME_FIELD)
        if login is None or password is None:
            return None
        address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
        try:
            return sign_in(login, password, address=address, now=timezone.now())
        except BadCredentials:
            return None
