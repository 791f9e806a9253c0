"""Commands of pricing."""
