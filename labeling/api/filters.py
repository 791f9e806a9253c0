"""Query parameters of lists."""

from collections.abc import Sequence
from uuid import UUID

from rest_framework.request import Request

from marketplace.operations.api.paging import parse_id
from marketplace.operations.errors import InvalidParameter


def chosen(request: Request, name: str, values: Sequence[str]) -> dict[str, str]:
    """Return the parameter as a filter, or none where it was not given."""
    given = request.query_params.get(name)
    if given is None:
        return {}
    if given not in values:
        raise InvalidParameter("There is no such choice.", field=name, allowed=list(values))
    return {name: given}


def named(request: Request, name: str) -> dict[str, UUID]:
    """Return the parameter, an id, as a filter on the foreign key of that name, or none where it was not given."""
    given = request.query_params.get(name)
    return {} if given is None else {f"{name}_id": parse_id(given, field=name)}
