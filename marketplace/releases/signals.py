"""Facts about releases, sent with `job_id` (UUID) and `data` (JSON-ready), inside their transaction."""

from django.dispatch import Signal

release_requested = Signal()
release_sealed = Signal()
