"""Exports: asked for, built as an operation, sealed."""

from marketplace.releases.services.build import build_release
from marketplace.releases.services.request import request_release

__all__ = ["build_release", "request_release"]
