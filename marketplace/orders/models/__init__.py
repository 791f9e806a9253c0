"""The agreements: orders, and what was decided about the work."""

from marketplace.orders.models.bonuses import Bonus
from marketplace.orders.models.orders import Acceptance, Order, OrderState
from marketplace.orders.models.rejections import FINAL, UNSETTLED, Freeze, FreezeState, Rejection, RejectionState

__all__ = [
    "FINAL",
    "UNSETTLED",
    "Acceptance",
    "Bonus",
    "Freeze",
    "FreezeState",
    "Order",
    "OrderState",
    "Rejection",
    "RejectionState",
]
