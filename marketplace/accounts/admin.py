"""People and organizations for the staff: to look at, to shut out, and for superusers to give rights to others."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from marketplace.accounts.api.forms import AdminSignInForm
from marketplace.accounts.models import ApiToken, Invitation, Membership, Organization, User, WorkerProfile
from marketplace.accounts.services import deactivate_user
from marketplace.operations.admin import ReadOnlyAdmin

admin.site.site_header = admin.site.site_title = "Plenum"
admin.site.login_form = AdminSignInForm


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["email", "display_name", "is_active", "is_staff", "created_at"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "display_name"]
    fields = [
        "email",
        "display_name",
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "user_permissions",
        "last_login",
        "created_at",
    ]
    readonly_fields = ["email", "display_name", "is_active", "last_login", "created_at"]
    filter_horizontal = ["groups", "user_permissions"]
    actions = ["deactivate"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let superusers change the rights of others, and nobody their own."""
        return bool(request.user.is_active and request.user.is_superuser and obj is not None and obj != request.user)

    def has_deactivate_permission(self, request: HttpRequest) -> bool:
        """Let superusers shut people out."""
        return bool(request.user.is_active and request.user.is_superuser)

    @admin.action(description="Deactivate: end sessions and tokens", permissions=["deactivate"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Shut the chosen people out."""
        for user in queryset:
            if user != request.user:
                deactivate_user(user.pk, now=timezone.now())


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    list_display = ["name", "id", "created_at"]
    search_fields = ["name"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ["user", "organization", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "organization"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["organization", "email", "role", "state", "created_at", "expires_at"]
    list_filter = ["state", "role"]
    list_select_related = ["organization"]


@admin.register(WorkerProfile)
class WorkerProfileAdmin(ReadOnlyAdmin):
    list_display = ["user", "country", "created_at"]
    list_select_related = ["user"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ["name", "user", "prefix", "created_at", "expires_at", "revoked_at", "last_used_on"]
    list_select_related = ["user"]
    # All but the hash.
    fields = ["name", "user", "prefix", "created_at", "expires_at", "revoked_at", "last_used_on"]
