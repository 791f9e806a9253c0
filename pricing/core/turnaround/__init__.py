"""When a job will be done, from the work left, the people there are and what was seen (docs/turnaround.md)."""

from pricing.core.turnaround.forecasting import VERSION, Basis, Finish, forecast
from pricing.core.turnaround.inputs import QUANTILES, History, Outcomes, Supply, Trait, Work

__all__ = ["QUANTILES", "VERSION", "Basis", "Finish", "History", "Outcomes", "Supply", "Trait", "Work", "forecast"]
