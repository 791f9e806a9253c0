"""What is for the platform's own staff: to everybody else it does not exist."""

from django.http import Http404
from rest_framework.request import Request

from marketplace.accounts.api.authentication import user_of


def require_staff(request: Request) -> None:
    """Answer 404 to whoever is no staff."""
    if not user_of(request).is_staff:
        raise Http404
