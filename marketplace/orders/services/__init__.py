"""The agreement: quote, fund, publish, accept, settle."""

from marketplace.orders.services.accept import accept_answer
from marketplace.orders.services.buy import cancel_order, create_order, fund_order, quote_order
from marketplace.orders.services.invoice import invoice_order
from marketplace.orders.services.publish import publish_order, run_publish
from marketplace.orders.services.settle import settle_order

__all__ = [
    "accept_answer",
    "cancel_order",
    "create_order",
    "fund_order",
    "invoice_order",
    "publish_order",
    "quote_order",
    "run_publish",
    "settle_order",
]
