"""Why a drive ends early; the text is what the person at the terminal reads."""

from __future__ import annotations

from typing import Any


class DrivingError(Exception):
    """A reason to stop, as one sentence."""


class RecordingError(DrivingError):
    """A recorded crowd cannot be read or replayed."""


class ServiceGone(DrivingError):
    """The service did not answer for as long as we wait."""


class Stalled(DrivingError):
    """The service answers but nothing moves any more."""


class ApiProblem(DrivingError):
    """The service refused a request.

    Attributes
    ----------
    status, code : what the problem document says.
    document : all of it.
    """

    def __init__(self, request: str, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.code = str(document.get("code", ""))
        self.document = document
        field = f" ({document['field']})" if document.get("field") else ""
        detail = document.get("detail") or "no reason given"
        super().__init__(f"The service refused {request}: {status} {self.code}, {detail}{field}")
