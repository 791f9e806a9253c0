"""Ingests: asked for, run as an operation, batch by batch."""

from labeling.services.ingests.request import IngestOrder, request_ingest
from labeling.services.ingests.run import run_ingest

__all__ = ["IngestOrder", "request_ingest", "run_ingest"]
