"""The base of every error that a client can cause."""

from typing import Any, ClassVar


class DomainError(Exception):
    """Something the domain refuses; `marketplace.problems` gives it an HTTP status.

    Attributes
    ----------
    code : stable machine-readable name.
    detail : one sentence for a person.
    field : path of the input at fault, if one is.
    data : further facts, added to the problem document (allowed states, ids, amounts).
    effect_stays : what was written before the refusal is kept, such as a draft of what came too late.
    is_outcome : the request was understood and carried out as far as it could be, and this is what came of it: where
        keys are kept for ever, it is what the same key gets from then on. Not for what is wrong with the request
        itself, nor for what another request is in the way of just now.
    """

    code: ClassVar[str] = "refused"
    effect_stays: ClassVar[bool] = False
    is_outcome: ClassVar[bool] = False

    def __init__(self, detail: str, *, field: str | None = None, **data: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.data = data

    def entry(self) -> dict[str, str | None]:
        """Return what a list of errors says of this one, such as the result of one item of a bulk request."""
        return {"field": self.field, "code": self.code, "detail": self.detail}
