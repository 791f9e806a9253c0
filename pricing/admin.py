"""Quotes for the staff, to look at."""

from django.contrib import admin

from marketplace.operations.admin import ReadOnlyAdmin
from pricing.models import EffortModel, Quote


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "expected_micros", "cap_micros", "currency", "created_at", "expires_at"]
    list_select_related = ["job"]


@admin.register(EffortModel)
class EffortModelAdmin(ReadOnlyAdmin):
    list_display = ["annotation_type", "version", "n_answers", "n_workers", "n_jobs", "fitted_at"]
    list_filter = ["annotation_type"]
