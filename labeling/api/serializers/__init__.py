"""Shapes of labeling at the API."""
