"""What pricing reads from outside the database."""

from pricing.adapters.cards import shipped_cards, shipped_documents, todays_date
from pricing.adapters.floors import wage_floors

__all__ = ["shipped_cards", "shipped_documents", "todays_date", "wage_floors"]
