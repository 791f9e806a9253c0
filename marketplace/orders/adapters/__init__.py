"""Reading past the ORM."""

from marketplace.orders.adapters.pace import read_decision_s, read_owed_for, read_pace
from marketplace.orders.adapters.spending import COUNTED, read_spending

__all__ = ["COUNTED", "read_decision_s", "read_owed_for", "read_pace", "read_spending"]
