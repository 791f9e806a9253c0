"""All routes: the API, its description, the pages, the administration, and what the launcher and load balancers ask."""

from typing import Any

import redis
from django.conf import settings
from django.contrib import admin
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

CHECK_S = 2.0

handler400 = "marketplace.problems.bad_request"
handler403 = "marketplace.problems.permission_denied"
handler404 = "marketplace.problems.page_not_found"
handler500 = "marketplace.problems.server_error"


def healthz(request: HttpRequest) -> JsonResponse:
    """Say that this process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: without the database they cannot, without Redis only more slowly."""
    database, hints = _database_answers(), _redis_answers()
    document = {"database": "ok" if database else "away", "redis": "ok" if hints else "away"}
    return JsonResponse(document, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=CHECK_S, socket_connect_timeout=CHECK_S) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


class Docs(SpectacularSwaggerSplitView):
    """The API's interactive page: its script is a file of ours, its styles and pictures are partly inline."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add the policy that the page needs."""
        finished: Response = super().finalize_response(request, response, *args, **kwargs)
        finished.headers["Content-Security-Policy"] = (
            "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
        )
        return finished


api = [
    path("", include("marketplace.accounts.urls")),
    path("", include("marketplace.operations.urls")),
    path("", include("labeling.urls")),
    path("", include("quality.urls")),
    path("", include("pricing.urls")),
    path("", include("marketplace.ledger.urls")),
    path("", include("marketplace.orders.urls")),
    path("", include("marketplace.releases.urls")),
    path("", include("marketplace.live.urls")),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", Docs.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
    path("", include("marketplace.live.web.urls")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
