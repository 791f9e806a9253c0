"""Pricing jobs: cards, plans, effort, quotes, what they cost in the end."""

from pricing.services.cards import OWN_CARD, add_card, all_cards, own_card, own_cards, require_field
from pricing.services.costs import Outcome, record_outcome
from pricing.services.effort import (
    JobEffort,
    KnownEffort,
    effort_as_quoted,
    effort_of,
    known_efforts,
    refit,
    refit_all,
)
from pricing.services.floors import (
    countries_asked,
    countries_underpaid,
    require_currency,
    require_fair_pay,
    require_wage,
)
from pricing.services.pilots import requote_job
from pricing.services.plans import Plan, is_as_quoted, pace_of, pay_terms_of, plan_of, resplit
from pricing.services.quotes import VALID_FOR, quote_job
from pricing.services.what_if import Grid, Level, what_if

__all__ = [
    "OWN_CARD",
    "VALID_FOR",
    "Grid",
    "JobEffort",
    "KnownEffort",
    "Level",
    "Outcome",
    "Plan",
    "add_card",
    "all_cards",
    "countries_asked",
    "countries_underpaid",
    "effort_as_quoted",
    "effort_of",
    "is_as_quoted",
    "known_efforts",
    "own_card",
    "own_cards",
    "pace_of",
    "pay_terms_of",
    "plan_of",
    "quote_job",
    "record_outcome",
    "refit",
    "refit_all",
    "require_currency",
    "require_fair_pay",
    "require_field",
    "require_wage",
    "requote_job",
    "resplit",
    "what_if",
]
