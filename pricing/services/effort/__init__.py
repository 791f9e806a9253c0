"""Seconds that a job's answers take: evidence, refits, and what follows for a job."""

from pricing.services.effort.jobs import JobEffort, effort_as_quoted, effort_of
from pricing.services.effort.refit import current_models, refit, refit_all

__all__ = ["JobEffort", "current_models", "effort_as_quoted", "effort_of", "refit", "refit_all"]
