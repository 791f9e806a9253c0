"""Orders for the staff, to look at."""

from django.contrib import admin

from marketplace.operations.admin import ReadOnlyAdmin
from marketplace.orders.models import Order


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "organization", "job", "state", "currency", "funded_micros", "created_at"]
    list_filter = ["state"]
    list_select_related = ["organization", "job"]
