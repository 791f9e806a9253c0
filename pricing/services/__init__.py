"""Pricing jobs: plans, effort, quotes."""

from pricing.services.effort import (
    JobEffort,
    KnownEffort,
    effort_as_quoted,
    effort_of,
    known_efforts,
    refit,
    refit_all,
)
from pricing.services.plans import Plan, is_as_quoted, pace_of, plan_of, resplit
from pricing.services.quotes import VALID_FOR, quote_job

__all__ = [
    "VALID_FOR",
    "JobEffort",
    "KnownEffort",
    "Plan",
    "effort_as_quoted",
    "effort_of",
    "is_as_quoted",
    "known_efforts",
    "pace_of",
    "plan_of",
    "quote_job",
    "refit",
    "refit_all",
    "resplit",
]
