"""Answers to what is asked in JSON: one specification, or an array of `{id, spec}`."""

from datetime import date
from typing import Any

from pricing.core.cards.engine import Estimate, estimate
from pricing.core.cards.errors import CardError
from pricing.core.cards.shelf import Shelf
from pricing.core.cards.spec import Spec, read_specs
from pricing.core.cards.values import join


def answer(shelf: Shelf, asked: Any, *, today: date) -> dict[str, Any] | list[dict[str, Any]]:
    """Return the estimate of a specification, or those of an array with their ids: all of them, or none.

    Raises
    ------
    CardError
        Naming the member at fault, as `[3].spec.task_price` in an array.
    """
    read = read_specs(asked)
    if isinstance(read, Spec):
        return _priced(shelf, read, "", today).as_document()
    return [
        {"id": name, **_priced(shelf, spec, f"[{index}].spec", today).as_document()}
        for index, (name, spec) in enumerate(read)
    ]


def _priced(shelf: Shelf, spec: Spec, path: str, today: date) -> Estimate:
    try:
        return estimate(shelf.for_spec(spec, today=today), spec)
    except CardError as error:
        if not path:
            raise
        at = path if error.field is None else join(path, error.field)
        raise type(error)(error.detail, field=at, **error.data) from error
