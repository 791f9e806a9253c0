"""Versions of cards for tests of the service."""

import copy
from typing import Any

from pricing.adapters import shipped_documents

_OURS = shipped_documents()["plenum-effort.2026-11.json"]


def our_next_card(*, valid_from: str = "2026-11-02", **rates: Any) -> dict[str, Any]:
    """Return the document of the next version of our own card, with these rates."""
    document: dict[str, Any] = copy.deepcopy(_OURS)
    document |= {"version": "next", "valid_from": valid_from}
    document["components"][0] |= rates
    return document
