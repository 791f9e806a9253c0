"""Checks of other people's work: what verdicts say, whom to believe, and what to have looked at."""
