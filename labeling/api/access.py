"""Who may: what is seen is found or 404, what may not be done with it is 403."""

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from labeling.errors import NoSuchObject
from marketplace.accounts.api.access import require_role
from marketplace.accounts.models import Organization, Role

__all__ = ["ORDERS", "named_in", "organization_for", "require_role"]

M = TypeVar("M", bound=Model)

ORDERS = (Role.REQUESTER, Role.MANAGER)


def named_in(queryset: QuerySet[M], pk: UUID, *, field: str) -> M:
    """Return an object that the body of a request names; foreign or not there is the same."""
    found = queryset.filter(pk=pk).first()
    if found is None:
        raise NoSuchObject("There is no such object.", field=field)
    return found


def organization_for(request: Request, organization_id: UUID) -> Organization:
    """Return the organization that a body names, for those who order in it."""
    organization = named_in(Organization.objects.visible_to(request.user), organization_id, field="organization")
    require_role(request, organization.pk, *ORDERS)
    return organization
