"""Pricing jobs: plans, effort, quotes."""

from pricing.services.costs import Outcome, record_outcome
from pricing.services.plans import Plan, is_as_quoted, pace_of, plan_of, resplit
from pricing.services.quotes import VALID_FOR, quote_job

__all__ = [
    "VALID_FOR",
    "Outcome",
    "Plan",
    "is_as_quoted",
    "pace_of",
    "plan_of",
    "quote_job",
    "record_outcome",
    "resplit",
]
