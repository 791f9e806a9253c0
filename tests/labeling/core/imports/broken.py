"""Documents that were good once."""

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, 1, -1, 1e9, 1e308, -0.0]),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8), st.just("car")),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=8,
)
BROKEN = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def broken(draw: Callable[[Any], Any], good: Any) -> Any:
    """Return a good document with some of its parts replaced by anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    if isinstance(good, dict):
        return {name: broken(draw, value) for name, value in good.items()}
    if isinstance(good, list) and len(good) < 20:
        return [broken(draw, value) for value in good]
    return good


Place = tuple[Any, ...]


def spoilt(draw: Callable[[Any], Any], good: Any) -> Any:
    """Return a good document with one to three of its parts replaced by anything."""
    spots = list(_places(good, ()))
    for place in draw(st.lists(st.sampled_from(spots), min_size=1, max_size=3)):
        good = _replaced(good, place, draw(JSON))
    return good


def _places(document: Any, place: Place) -> Iterator[Place]:
    yield place
    if isinstance(document, dict):
        for name, value in document.items():
            yield from _places(value, (*place, name))
    elif isinstance(document, list):
        for number, value in enumerate(document[:4]):
            yield from _places(value, (*place, number))


def _replaced(document: Any, place: Place, value: Any) -> Any:
    """Return the document with the part at a place replaced, where that is still there."""
    if not place:
        return value
    first, *rest = place
    if isinstance(document, dict) and first in document:
        return document | {first: _replaced(document[first], tuple(rest), value)}
    if isinstance(document, list) and isinstance(first, int) and first < len(document):
        return [*document[:first], _replaced(document[first], tuple(rest), value), *document[first + 1 :]]
    return document
