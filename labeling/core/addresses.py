"""Which URLs and addresses a service may go to on behalf of a stranger."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Network = IPv4Network | IPv6Network

# IPv6 addresses that hold an IPv4 address, or stand for one behind a translator.
_TUNNELS = tuple(
    ip_network(text)
    for text in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10")
)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)


class UrlFault(Exception):
    """A URL is not gone to; the argument is one sentence for a person."""


def check_url(url: str) -> SplitResult:
    """Return the parts of an http(s) URL without credentials, whose host is a name or a plainly written address."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise UrlFault("A URL has printable ASCII characters only; others are percent-encoded.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UrlFault("This is no URL.") from None
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise UrlFault("Only http and https URLs are fetched.")
    if "@" in parts.netloc:
        raise UrlFault("A URL holds no user name or password.")
    if literal(host) is None and not is_name(host):
        raise UrlFault("The host is no name, nor an address as it is usually written.")
    return parts


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is, where it is one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_name(host: str) -> bool:
    """Return whether a host is a name; one that ends in a number (0x7f.1, 2130706433) is an address in disguise."""
    labels = host.removesuffix(".").split(".")
    return (
        len(host) <= 253 and _HOST.fullmatch(host.removesuffix(".")) is not None and not _NUMBER.fullmatch(labels[-1])
    )


def is_public(address: str, *, allowed: Iterable[Network] = ()) -> bool:
    """Return whether an address is one that anybody could go to, or is allowed here."""
    found = literal(address)
    if found is None or getattr(found, "scope_id", None):
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in allowed if network.version == found.version):
        return True
    if found.is_multicast or any(found in network for network in _TUNNELS if network.version == found.version):
        return False
    return found.is_global
