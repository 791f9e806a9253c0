"""Sealing: a manifest carries the hash of what it says."""

import hashlib
import json
from typing import Any

Manifest = dict[str, Any]

SEAL = "manifest_sha256"
HOW_TO_CHECK = (
    f"{SEAL} is the SHA-256 of this document without that member, as JSON in UTF-8 with sorted keys and without "
    "spaces between tokens; each file's sha256 is that of its bytes."
)


def canonical_json(document: Manifest) -> bytes:
    """Return the one spelling of a document that is hashed."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def seal(manifest: Manifest) -> Manifest:
    """Return the manifest with its hash."""
    return {**manifest, SEAL: _hash_of(manifest)}


def is_intact(sealed: Manifest) -> bool:
    """Return whether a sealed manifest still says what it said."""
    return sealed.get(SEAL) == _hash_of({name: value for name, value in sealed.items() if name != SEAL})


def to_file(sealed: Manifest) -> bytes:
    """Return the manifest for people to read."""
    return json.dumps(sealed, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _hash_of(manifest: Manifest) -> str:
    return hashlib.sha256(canonical_json(manifest)).hexdigest()
