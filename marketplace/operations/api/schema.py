"""What the OpenAPI document says of every endpoint: problems, and the idempotency key."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from marketplace.operations.api.serializers import ProblemSerializer
from marketplace.operations.core.money import MONEY_PATTERN, SHOWN_PATTERN, format_money

_REFUSED = {"default": {"description": "A problem (RFC 9457)."}}


class MoneyInText(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # registers on definition
    """Amounts: what is taken has no sign, what is shown may have one."""

    target_class = "marketplace.operations.api.serializers.MoneyField"

    def map_serializer_field(self, auto_schema: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        """Return the pattern, and what may be given at most."""
        taken = direction == "request"
        schema = {"type": "string", "pattern": MONEY_PATTERN if taken else SHOWN_PATTERN, "example": "12.50"}
        if taken:
            most = self.target.max_micros
            schema["description"] = (
                "More than zero." if most is None else f"More than zero, at most {format_money(most)}."
            )
        return schema


class ApiSchema(AutoSchema):
    """The schema of one endpoint."""

    def get_override_parameters(self) -> list[Any]:
        """Describe the header of handlers that take an idempotency key."""
        parameters: list[Any] = super().get_override_parameters()
        handler = getattr(self.view, self.method.lower(), None)
        required = getattr(handler, "idempotency_key_required", None)
        if required is None:
            return parameters
        header = OpenApiParameter(
            name="Idempotency-Key",
            type=OpenApiTypes.STR,
            location=OpenApiParameter.HEADER,
            required=required,
            description=(
                "The same for the same request sent again; the first answer is then returned again. "
                "1 to 255 printable ASCII characters without spaces and commas; sent once."
            ),
        )
        return [*parameters, header]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        """Add the problem document to whatever the endpoint answers."""
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        component = self.resolve_serializer(ProblemSerializer, "response")
        content = {"application/problem+json": {"schema": component.ref}}
        return {**bodies, "default": {**_REFUSED["default"], "content": content}}
