"""What names of image files are looked up by."""

from hashlib import blake2b

MAX_SUFFIX = 5


def base_name(name: str) -> str:
    """Return the last part of a path, whichever way its slashes lean."""
    return name.replace("\\", "/").rpartition("/")[2]


def without_suffix(name: str) -> str:
    """Return a name without the suffix of its file; a dot in a folder, or far from the end, begins none."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and stem and len(suffix) <= MAX_SUFFIX and "/" not in suffix and not stem.endswith("/") else name


def key_of(name: str, *, by_stem: bool) -> int:
    """Return 64 bits of a name's last part: equal names have equal keys, others almost never."""
    last = base_name(name)
    text = without_suffix(last) if by_stem else last
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def goes_with(name: str, external_id: str, *, by_stem: bool) -> bool:
    """Return whether one of two names is the other, or its end from a slash on."""
    one = name.replace("\\", "/").lstrip("/")
    other = external_id.replace("\\", "/").lstrip("/")
    if by_stem:
        other = without_suffix(other)
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")
