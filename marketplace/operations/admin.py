"""Operations and idempotency keys for the staff, to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from marketplace.operations.models import IdempotencyKey, Operation


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows that are looked at here and changed by services only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "organization", "state", "percent", "created_at", "finished_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["organization"]


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    # Neither the key nor the answer: they are the client's.
    list_display = ["id", "user", "route", "status", "permanent", "created_at"]
    fields = ["user", "route", "status", "permanent", "created_at"]
    list_select_related = ["user"]
