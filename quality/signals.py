"""Facts about beliefs, sent with `job_id` (UUID), `data` (JSON-ready) and `deltas`, inside their transaction."""

from django.dispatch import Signal

refit_due = Signal()
last_look_due = Signal()
label_reviewed = Signal()
labels_finalised = Signal()
rules_due = Signal()
rule_made = Signal()
rule_ended = Signal()
rule_fired = Signal()
run_requested = Signal()
run_kept = Signal()
run_promoted = Signal()
gold_disputed = Signal()
gold_decided = Signal()
audit_planned = Signal()
audit_begun = Signal()
audit_ended = Signal()
finding_opened = Signal()
finding_decided = Signal()
finding_objected = Signal()
reorder_requested = Signal()
