"""Which formats and annotation types have a test of what the format's own rules say, worked by hand."""

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])
RULES: dict[str, set[str]] = {}


def rules_of(form: str, *kinds: str) -> Callable[[Test], Test]:
    """Say that a test holds what is written of annotation types against the rules of a format."""

    def noted(test: Test) -> Test:
        RULES.setdefault(form, set()).update(kinds)
        return test

    return noted
