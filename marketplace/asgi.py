"""The service as one ASGI application: HTTP behind its limits, and websockets."""

import os
from typing import cast

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp
from channels.routing import ProtocolTypeRouter
from django.core.wsgi import get_wsgi_application

# Threads of one process; more than a few only take the interpreter's lock from each other.
N_THREADS = 8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
# Every view is synchronous. Called through Django's own ASGI handler, each middleware would switch between the event
# loop and a thread, which took more time than the views; as WSGI a request runs in one thread from end to end.
django_application = WSGIMiddleware(cast(WSGIApp, get_wsgi_application()), workers=N_THREADS)

# Models can be imported only now that the apps are loaded.
from labeling.core.annotations.annotated import MAX_ANSWER_BYTES  # noqa: E402
from marketplace.live.routing import Websockets  # noqa: E402
from marketplace.operations.api.limits import App, BodyLimit  # noqa: E402

MIB = 1024 * 1024
# Limits of bodies by the start of the path; what an endpoint parses has a limit of its own.
BODY_LIMITS = {"/api/v1/datasets/": 64 * MIB, "/api/v1/assignments/": MAX_ANSWER_BYTES}

application = ProtocolTypeRouter(
    {
        # The same calls; only the names of the messages' types differ.
        "http": BodyLimit(
            cast(App, django_application),
            default_bytes=MIB,
            by_prefix=BODY_LIMITS,
            by_suffix={"/imports": 201 * MIB, "/ingests": 512 * MIB},
        ),
        "websocket": Websockets(),
    }
)
