"""Test processes side by side: each has a database of its own, and this gives each a Valkey database as well."""

import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings


def keep_apart() -> None:
    """Move the process to the Valkey database of its number; the first, and one that is alone, stay where they are."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    url = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{worker.removeprefix('gw')}"))
    os.environ["REDIS_URL"] = url
    settings.REDIS_URL = settings.CELERY_BROKER_URL = url
    layers: Any = settings.CHANNEL_LAYERS
    layers["default"]["CONFIG"]["hosts"][0]["address"] = url
