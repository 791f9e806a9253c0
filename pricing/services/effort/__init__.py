"""Seconds that a job's answers take: evidence, refits, and what follows for a job."""

from pricing.services.effort.jobs import JobEffort, effort_as_quoted, effort_of
from pricing.services.effort.known import KnownEffort, known_efforts
from pricing.services.effort.refit import refit, refit_all

__all__ = ["JobEffort", "KnownEffort", "effort_as_quoted", "effort_of", "known_efforts", "refit", "refit_all"]
