"""Facts, told inside the transaction that makes them true.

Every signal is sent with `job_id` (UUID), `data` (JSON-ready facts, with pseudonyms and never users) and `deltas`
(what the fact adds to the job's counters of progress).
"""

from django.dispatch import Signal

job_opened = Signal()
job_paused = Signal()
job_resumed = Signal()
job_held = Signal()
job_released = Signal()
job_closed = Signal()
tasks_opened = Signal()
tasks_leased = Signal()
leases_expired = Signal()
lease_given_back = Signal()
answer_submitted = Signal()
answer_accepted = Signal()
answer_rejected = Signal()
rejection_overturned = Signal()
overlap_raised = Signal()
task_retired = Signal()
task_reopened = Signal()
learner_passed = Signal()
review_opened = Signal()
review_closed = Signal()

# Of datasets and projects: sent with `organization_id` instead of `job_id`.
ingest_requested = Signal()
ingest_ended = Signal()
cleaning_changed = Signal()
import_requested = Signal()
expertise_given = Signal()
expertise_revoked = Signal()
prediction_requested = Signal()
pilot_ended = Signal()
pilot_passed = Signal()
