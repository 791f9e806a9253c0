"""The ground's own routes, and endpoints that exist to be asked in tests."""

from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from django.http import Http404
from django.urls import include, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts import urls as accounts
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Organization
from marketplace.accounts.services import create_organization
from marketplace.operations import urls as operations
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from marketplace.operations.errors import DomainError


class ShapeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=20)
    box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)


class DrawingSerializer(StrictSerializer):
    title = serializers.CharField(max_length=50)
    shapes = ShapeSerializer(many=True, required=False)
    payload = serializers.JSONField(required=False)
    pay = MoneyField(required=False)


class EffectSerializer(StrictSerializer):
    name = serializers.CharField()
    note = serializers.CharField(required=False)
    then = serializers.CharField(required=False)


class EchoView(ApiView):
    permission_classes = [AllowAny]
    authentication_classes = []
    max_json_bytes = 200_000

    @extend_schema(request=DrawingSerializer, responses=DrawingSerializer)
    def post(self, request: Request) -> Response:
        return Response(DrawingSerializer(self.parse(DrawingSerializer)).data)


class RawView(ApiView):
    permission_classes = [AllowAny]
    authentication_classes = []
    max_json_bytes = 200_000

    def post(self, request: Request) -> Response:
        return Response({"got": request.data})


class NoMoney(DomainError):
    code = "no_money"
    is_outcome = True


class EffectView(ApiView):
    """Creates one organization a call."""

    @idempotent(required=True, permanent=True)
    def post(self, request: Request) -> Response:
        data = self.parse(EffectSerializer)
        made = create_organization(data["name"], owner_id=user_of(request).pk, now=timezone.now())
        if data.get("then") == "raise":
            raise DomainError("Not today.", field="then", allowed_states=["tomorrow"])
        if data.get("then") == "no money":
            raise NoMoney("There is no money.")
        if data.get("then") == "return":
            return Response({"no": True}, status=409)
        return Response({"id": made.pk, "b": 1, "a": [1.50, None]}, status=201, headers={"X-Once": "1"})


class SecretEffectView(ApiView):
    @idempotent(store_body=False)
    def post(self, request: Request) -> Response:
        made = create_organization("secret", owner_id=user_of(request).pk, now=timezone.now())
        if "no money" in str(request.data):
            raise NoMoney("There is no money.")
        return Response({"id": made.pk, "secret": "shown-once"}, status=201)


class NamedSerializer(serializers.ModelSerializer[Organization]):
    class Meta:
        model = Organization
        fields = ["id", "name"]


class ListView(ApiView):
    pagination_class = KeySetPagination
    query_params = frozenset({"colour"})

    def get(self, request: Request) -> Response:
        return self.page(Organization.objects.all(), NamedSerializer)


class NamedListView(ListView):
    page_order = ("name", "-created_at", "id")


class FailingView(ApiView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def get(self, request: Request, how: str) -> Response:
        if how == "bug":
            raise RuntimeError("the secret of the house")
        if how == "lost":
            raise Http404("no such thing as bob@example.org")
        if how == "timeout":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")
        if how == "syntax":
            raise OperationalError("from nowhere")
        raise DomainError("Never.", limit=3, status="mine", type="mine")


class ItemView(ApiView):
    def get(self, request: Request, item_id: UUID) -> Response:
        raise Http404


probes: list[Any] = [
    path("echo", EchoView.as_view()),
    path("raw", RawView.as_view()),
    path("effects", EffectView.as_view()),
    path("secret-effects", SecretEffectView.as_view()),
    path("list", ListView.as_view()),
    path("named-list", NamedListView.as_view()),
    path("items/<uuid:item_id>", ItemView.as_view()),
    path("failing/<str:how>", FailingView.as_view()),
]

urlpatterns = [
    path("api/v1/", include((accounts.urlpatterns, "accounts"))),
    path("api/v1/", include((operations.urlpatterns, "operations"))),
    path("api/v1/probe/", include((probes, "probe"))),
]

handler400 = "marketplace.problems.bad_request"
handler403 = "marketplace.problems.permission_denied"
handler404 = "marketplace.problems.page_not_found"
handler500 = "marketplace.problems.server_error"
