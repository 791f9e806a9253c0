"""Trying forecasts on marketplaces that are made up; what forecasts imports nothing from here."""

from pricing.core.backtesting.prequential import METHODS, STAGES, Backtest, backtest

__all__ = ["METHODS", "STAGES", "Backtest", "backtest"]
