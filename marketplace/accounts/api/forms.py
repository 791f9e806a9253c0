"""Sign-in forms that tell a wrong password from too many."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from marketplace.accounts.errors import TooManySignIns


class SignInForm(AuthenticationForm):
    """E-mail and password; says how long to wait where there were too many tries."""

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": "E-mail or password is wrong."}

    def clean(self) -> dict[str, Any]:
        """Look at the password, unless it was tried too often."""
        try:
            return super().clean()
        except TooManySignIns as error:
            raise ValidationError(_wait(error.data["retry_after_s"]), code=error.code) from error


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """The same for the staff."""

    error_messages = AdminAuthenticationForm.error_messages


def _wait(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"Too many tries. Wait {minutes} minute{'' if minutes == 1 else 's'} before the next."
