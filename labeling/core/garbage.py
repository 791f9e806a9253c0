"""Letting the search for garbage rest while many small objects are made that are in no cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_garbage() -> Iterator[None]:
    """Let no cycles be looked for: each look goes through all that lives, and comes the more often the more is made.

    Threads may be in here at once: whoever found the search on turns it on again, and the others leave it alone.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
