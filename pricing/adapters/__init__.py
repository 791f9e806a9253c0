"""What pricing reads from outside the database."""

from pricing.adapters.cards import shipped_cards, shipped_documents, todays_date

__all__ = ["shipped_cards", "shipped_documents", "todays_date"]
