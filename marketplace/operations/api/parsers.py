"""Bodies: bounded before they are read, and parsed strictly."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from marketplace.operations.core.strict_json import parse_strict
from marketplace.operations.errors import BodyTooLarge


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 of at most `max_json_bytes` of the view, else of `DATA_UPLOAD_MAX_MEMORY_SIZE`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read no more than the limit and return what the JSON says."""
        _, parameters = parse_header_parameters(media_type or "")
        if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(media_type or "", detail="JSON is taken in UTF-8 only.")
        view = (parser_context or {}).get("view")
        limit: int = getattr(view, "max_json_bytes", None) or settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        data: bytes = stream.read(limit + 1)
        if len(data) > limit:
            raise BodyTooLarge(f"The body has more than {limit} bytes.", limit=limit)
        return parse_strict(data)
