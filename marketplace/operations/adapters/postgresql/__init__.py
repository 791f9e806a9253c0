"""Django's backend for PostgreSQL, with whole numbers that stay what they are."""
