"""The beliefs for the staff, to look at."""

from django.contrib import admin

from marketplace.operations.admin import ReadOnlyAdmin
from quality.models import Audit, AuditItem, ConsensusLabel, ConsensusRun, TaskBelief


@admin.register(TaskBelief)
class TaskBeliefAdmin(ReadOnlyAdmin):
    list_display = ["task", "confidence", "n_answers", "updated_at"]
    list_select_related = ["task"]
    raw_id_fields = ["task", "job"]
    show_full_result_count = False


@admin.register(ConsensusRun)
class ConsensusRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "number", "method", "n_answers", "converged", "created_at"]
    list_select_related = ["job"]


@admin.register(ConsensusLabel)
class ConsensusLabelAdmin(ReadOnlyAdmin):
    list_display = ["id", "task", "state", "confidence", "n_answers"]
    list_filter = ["state"]
    list_select_related = ["task"]
    raw_id_fields = ["task", "run"]
    show_full_result_count = False


@admin.register(Audit)
class AuditAdmin(ReadOnlyAdmin):
    list_display = ["id", "run", "number", "kind", "state", "n_items", "n_audited", "n_wrong", "created_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["run"]


@admin.register(AuditItem)
class AuditItemAdmin(ReadOnlyAdmin):
    list_display = ["id", "audit", "ordinal", "verdict", "decided_at"]
    list_select_related = ["audit"]
    raw_id_fields = ["audit", "label", "verdict_by"]
    show_full_result_count = False
