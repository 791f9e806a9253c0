"""What every endpoint shares."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.errors import InvalidParameter, UnknownParameter


class ApiView(GenericAPIView[Any]):
    """An endpoint that knows its query parameters and refuses others.

    A list sets `pagination_class = KeySetPagination`, and `page_order` where it is not by id.
    """

    query_params: ClassVar[frozenset[str]] = frozenset()
    page_order: ClassVar[tuple[str, ...]] = ("id",)
    max_json_bytes: ClassVar[int | None] = None
    pagination_class: type[BasePagination] | None = None
    metadata_class = None  # OPTIONS would describe what the caller may not see

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, then refuse query parameters that are unknown, repeated or not text."""
        super().initial(request, *args, **kwargs)
        if "\x00" in request.path_info:
            raise Http404
        allowed = self.query_params
        if request.method == "GET" and self.pagination_class is not None:
            allowed |= KeySetPagination.parameters
        for name, values in request.query_params.lists():
            shown = name[:100]
            if name not in allowed:
                raise UnknownParameter("There is no such query parameter here.", field=shown, allowed=sorted(allowed))
            if len(values) != 1:
                raise InvalidParameter("A query parameter is given once.", field=shown)
            if "\x00" in values[0]:
                raise InvalidParameter("A query parameter holds no NUL.", field=shown)

    def parse(self, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """Return the validated body."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        validated: dict[str, Any] = serializer.validated_data
        return validated

    def page(self, queryset: QuerySet[Any], serializer_class: type[BaseSerializer[Any]]) -> Response:
        """Return one page of a list."""
        rows = self.paginate_queryset(queryset)
        serializer = serializer_class(rows, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(serializer.data)
