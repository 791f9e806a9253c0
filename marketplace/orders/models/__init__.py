"""The agreements: orders, and what was decided about the work."""

from marketplace.orders.models.bonuses import Bonus
from marketplace.orders.models.orders import Acceptance, Order, OrderState
from marketplace.orders.models.pay import PayRecord, TopUp, WorkerHour
from marketplace.orders.models.pilots import LEAST_SHARE, MOST_SHARE, Pilot
from marketplace.orders.models.rejections import FINAL, UNSETTLED, Freeze, FreezeState, Rejection, RejectionState

__all__ = [
    "FINAL",
    "LEAST_SHARE",
    "MOST_SHARE",
    "UNSETTLED",
    "Acceptance",
    "Bonus",
    "Freeze",
    "FreezeState",
    "Order",
    "OrderState",
    "PayRecord",
    "Pilot",
    "Rejection",
    "RejectionState",
    "TopUp",
    "WorkerHour",
]
