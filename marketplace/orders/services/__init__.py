"""The agreement: quote, fund, publish, accept, settle."""

from marketplace.orders.services.accept import accept_answer, accept_by_hand
from marketplace.orders.services.appeal import appeal_rejection, uphold_rejection, win_appeal
from marketplace.orders.services.bonus import give_bonus
from marketplace.orders.services.buy import cancel_order, create_order, fund_order, quote_order
from marketplace.orders.services.expire import expire_order, orders_to_expire
from marketplace.orders.services.freeze import decide_freeze
from marketplace.orders.services.invoice import invoice_order
from marketplace.orders.services.look_after import look_after, orders_to_look_after
from marketplace.orders.services.pilot import go_on, pilot_order, requote_order, stop_order
from marketplace.orders.services.publish import publish_order, run_publish
from marketplace.orders.services.reject import RejectionSpec, reject_answer
from marketplace.orders.services.reputation import RequesterRecord, records_of
from marketplace.orders.services.reverse import NotReversible, TakenBack, take_back
from marketplace.orders.services.settle import settle_order
from marketplace.orders.services.terms import OrderTerms
from marketplace.orders.services.top_up import check_pay, orders_owing, pay_from_fees
from marketplace.orders.services.what_if import what_if_ordered

__all__ = [
    "NotReversible",
    "OrderTerms",
    "RejectionSpec",
    "RequesterRecord",
    "TakenBack",
    "accept_answer",
    "accept_by_hand",
    "appeal_rejection",
    "cancel_order",
    "check_pay",
    "create_order",
    "decide_freeze",
    "expire_order",
    "fund_order",
    "give_bonus",
    "go_on",
    "invoice_order",
    "look_after",
    "orders_owing",
    "orders_to_expire",
    "orders_to_look_after",
    "pay_from_fees",
    "pilot_order",
    "publish_order",
    "quote_order",
    "records_of",
    "reject_answer",
    "requote_order",
    "run_publish",
    "settle_order",
    "stop_order",
    "take_back",
    "uphold_rejection",
    "what_if_ordered",
    "win_appeal",
]
