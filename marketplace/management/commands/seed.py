"""`manage.py seed --url URL`: accounts to try the service with, and where to go with them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from marketplace.accounts.models import User
from marketplace.management.driving.seeding import Login, email_of, seed
from marketplace.management.driving.terminal import run_driving

ADMIN = "admin"
PASSWORD_CHARS = 20


class Command(BaseCommand):
    help = "Make demo accounts and a small job in a running service, and print the logins; again, the same ones."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("--url", required=True, help="address of the service")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make what is missing and say how to get in."""
        url = options["url"].rstrip("/")
        logins = [*run_driving(seed(url, password_of)), _administrator()]
        lines = [
            "",
            "Plenum is running.",
            f"  live progress      {url}/jobs",
            f"  API documentation  {url}/api/docs",
            f"  administration     {url}/admin/",
            "",
            "Sign in as",
            *(f"  {login.role:<22} {login.email:<28} {login.password}" for login in logins),
            "",
            "To watch jobs fill themselves with simulated workers, or with a recorded crowd, run in another terminal",
            f"  .venv/bin/python -m marketplace.management demo --url {url}",
            f"  .venv/bin/python -m marketplace.management replay FOLDER --url {url}",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def password_of(email: str) -> str:
    """Return an account's password: made from this installation's secret, so that it need not be kept anywhere."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"demo password of {email}".encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:PASSWORD_CHARS]


def _administrator() -> Login:
    """Return a superuser, with the password set anew where it was changed."""
    email = email_of(ADMIN)
    password = password_of(email)
    user = User.objects.filter(email=email).first()
    if user is None:
        User.objects.create_superuser(email, password, display_name="Demo Admin")
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return Login(role="administrator", email=email, password=password)
