"""Logins in one form, so that two spellings never become two people."""

import re
import unicodedata

# Deliberately ASCII: a look-alike letter of another alphabet must not make a second "admin@...".
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def normalise_email(text: str) -> str:
    """Return the one form in which an address is stored and looked up (NFKC, lower case, no space around)."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def is_email(text: str) -> bool:
    """Return whether a normalised address is a plain ASCII one of at most 254 characters."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None
