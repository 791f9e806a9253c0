"""Sending tables of any length, a piece at a time, from either kind of server."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

LINES_A_PIECE = 500


class CsvDownload(StreamingHttpResponse):
    """A CSV to be saved and not shown; under ASGI it is read in a thread, some lines at a time, and never whole."""

    def __init__(self, lines: Iterator[bytes], *, name: str) -> None:
        super().__init__(
            _pieces(lines),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        pieces: Iterator[bytes] = iter(self)
        read = sync_to_async(lambda: next(pieces, None))
        while (piece := await read()) is not None:
            yield piece


def _pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    while piece := b"".join(islice(lines, LINES_A_PIECE)):
        yield piece
