"""Releases for the staff, to look at."""

from django.contrib import admin

from marketplace.operations.admin import ReadOnlyAdmin
from marketplace.releases.models import Release, ReleaseFile


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "formats", "created_by", "created_at"]
    list_select_related = ["job", "created_by"]


@admin.register(ReleaseFile)
class ReleaseFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "release", "n_bytes", "content_type"]
    list_select_related = ["release"]
