"""Pricing jobs: cards, plans, effort, quotes."""

from pricing.services.cards import OWN_CARD, add_card, all_cards, own_card
from pricing.services.floors import countries_asked, countries_underpaid, require_fair_pay, require_wage
from pricing.services.plans import Plan, is_as_quoted, pace_of, pay_terms_of, plan_of, resplit
from pricing.services.quotes import VALID_FOR, quote_job

__all__ = [
    "OWN_CARD",
    "VALID_FOR",
    "Plan",
    "add_card",
    "all_cards",
    "countries_asked",
    "countries_underpaid",
    "is_as_quoted",
    "own_card",
    "pace_of",
    "pay_terms_of",
    "plan_of",
    "quote_job",
    "require_fair_pay",
    "require_wage",
    "resplit",
]
