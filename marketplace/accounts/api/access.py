"""Who may: what is seen is found or 404, what may not be done with it is 403."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Organization, Role


def require_role(request: Request, organization_id: UUID, *roles: Role) -> None:
    """Refuse a user who sees the object but has none of the roles in its organization."""
    if not user_of(request).has_role(organization_id, *roles):
        names = " or ".join(roles)
        raise PermissionDenied(f"This takes the role {names} in the organization.", code="role_required")


def organization_of(request: Request, organization_id: UUID) -> Organization:
    """Return an organization that the user belongs to: to strangers there is none."""
    return get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)


def managed_organization(request: Request, organization_id: UUID) -> Organization:
    """Return an organization that the user manages: other members may not."""
    organization = organization_of(request, organization_id)
    require_role(request, organization.pk, Role.MANAGER)
    return organization
