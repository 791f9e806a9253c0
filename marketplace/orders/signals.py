"""Facts about orders, sent with `order_id` (UUID) and `data` (JSON-ready), inside their transaction."""

from django.dispatch import Signal

order_created = Signal()
order_quoted = Signal()
order_funded = Signal()
order_requoted = Signal()
publish_requested = Signal()
order_published = Signal()
order_settled = Signal()
order_cancelled = Signal()
order_expired = Signal()
answer_appealed = Signal()
appeal_decided = Signal()
order_frozen = Signal()
freeze_decided = Signal()
bonus_given = Signal()
pay_topped_up = Signal()
transfer_reversed = Signal()
