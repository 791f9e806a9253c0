"""Whether the page that opens a socket is one of ours: a browser sends cookies to us from anybody's page."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from marketplace.live.consumers.asgi import Scope, headers_of
from marketplace.live.consumers.refusals import BAD_REQUEST, FOREIGN_ORIGIN, Refused

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def check_origin(scope: Scope) -> bool:
    """Return whether there is an Origin; refuse any that is not ours, and a Host that is not ours either."""
    hosts = headers_of(scope, "host")
    if len(hosts) != 1 or not validate_host(split_domain_port(hosts[0])[0], settings.ALLOWED_HOSTS):
        raise Refused(BAD_REQUEST)
    origins = headers_of(scope, "origin")
    if not origins:
        return False
    if len(origins) != 1 or not _is_ours(origins[0], host=hosts[0]):
        raise Refused(FOREIGN_ORIGIN)
    return True


def _is_ours(origin: str, *, host: str) -> bool:
    if origin in settings.TRUSTED_ORIGINS:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = {"http", "https"} if settings.LOCAL else {"https"}
    if parts.scheme not in schemes or origin != f"{parts.scheme}://{parts.netloc}":
        return False
    default_port = _DEFAULT_PORTS[parts.scheme]
    return parts.netloc.lower().removesuffix(default_port) == host.lower().removesuffix(default_port)
