"""Secrets that are shown once and kept only as hashes."""

import hashlib
import re
import secrets
from dataclasses import dataclass

_TOKEN = re.compile(r"plm_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True)
class TokenText:
    """A bearer token taken apart: `plm_<prefix>_<secret>`."""

    prefix: str
    secret: str

    def __str__(self) -> str:
        return f"plm_{self.prefix}_{self.secret}"


def new_token_text() -> TokenText:
    """Draw a token whose secret has 256 bits; the prefix finds it and is no secret."""
    return TokenText(prefix=secrets.token_hex(6), secret=secrets.token_hex(32))


def parse_token_text(text: str) -> TokenText | None:
    """Take a token apart, or return nothing where the text is none."""
    found = _TOKEN.fullmatch(text)
    return TokenText(prefix=found[1], secret=found[2]) if found else None


def new_ticket_secret() -> str:
    """Draw the 256-bit secret of a websocket ticket."""
    return secrets.token_hex(32)


def hash_of(secret: str) -> str:
    """Return the SHA-256 of a secret; drawn at random from 2**256, it needs neither salt nor stretching."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
