"""Annotations made elsewhere, on their way in."""

from labeling.services.imports.prelabels import keep_prelabels
from labeling.services.imports.reading import Outcome, Prepared, read_import
from labeling.services.imports.request import ImportSpec, ImportTarget, request_import

__all__ = ["ImportSpec", "ImportTarget", "Outcome", "Prepared", "keep_prelabels", "read_import", "request_import"]
