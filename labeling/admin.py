"""The facts for the staff, to look at."""

from django.contrib import admin

from labeling.models import Answer, Asset, Assignment, Dataset, LabelingJob, Project, Task
from marketplace.operations.admin import ReadOnlyAdmin


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "organization", "created_at"]
    list_select_related = ["organization"]


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "organization", "created_at"]
    list_select_related = ["organization"]


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    list_display = ["id", "external_id", "kind", "width", "height", "created_at"]
    list_filter = ["kind"]
    raw_id_fields = ["dataset"]
    show_full_result_count = False


@admin.register(LabelingJob)
class LabelingJobAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "organization", "annotation_type", "state", "close_reason", "n_tasks", "created_at"]
    list_filter = ["state", "annotation_type"]
    list_select_related = ["organization"]


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "ordinal", "state", "retired_reason", "n_counted", "wanted_overlap", "max_overlap"]
    list_filter = ["state", "retired_reason"]
    list_select_related = ["job"]
    raw_id_fields = ["job", "asset", "parent_task", "subject_answer"]
    show_full_result_count = False


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "state", "leased_at", "expires_at", "submitted_at"]
    list_filter = ["state"]
    list_select_related = ["job"]
    raw_id_fields = ["job", "task", "worker"]
    show_full_result_count = False


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "counted", "uncounted_reason", "n_annotations", "submitted_at"]
    list_filter = ["counted"]
    list_select_related = ["job"]
    raw_id_fields = ["job", "task", "assignment", "worker"]
    show_full_result_count = False
