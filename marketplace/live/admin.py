"""The log and its deliveries for the staff, to look at."""

from django.contrib import admin

from marketplace.live.models import Delivery, Event, Stream
from marketplace.operations.admin import ReadOnlyAdmin


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    list_display = ["id", "type", "subject_id", "seq", "counters"]
    list_filter = ["type"]
    search_fields = ["=subject_id"]
    show_full_result_count = False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["id", "stream", "seq", "type", "at"]
    list_filter = ["type"]
    list_select_related = ["stream"]
    search_fields = ["=stream__subject_id"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["id", "consumer", "event", "due_at", "attempts", "done_at", "last_error"]
    list_filter = ["consumer", ("done_at", admin.EmptyFieldListFilter)]
    list_select_related = ["event"]
    raw_id_fields = ["event", "stream"]
    ordering = ["-id"]
    show_full_result_count = False
