"""Plenum: image annotation, priced, done, agreed on and paid."""

__version__ = "0.1.0"
