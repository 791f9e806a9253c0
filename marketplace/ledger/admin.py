"""The books for the staff, to look at."""

from django.contrib import admin

from marketplace.ledger.models import Account, Entry, Transfer
from marketplace.operations.admin import ReadOnlyAdmin


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "owner_id", "currency", "balance_micros"]
    list_filter = ["kind", "currency"]
    search_fields = ["=owner_id"]


class EntryInline(admin.TabularInline[Entry, Transfer]):
    model = Entry
    extra = 0
    can_delete = False


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "reference", "created_at"]
    list_filter = ["kind"]
    search_fields = ["=reference", "=order_id", "=assignment_id"]
    inlines = [EntryInline]
    show_full_result_count = False
