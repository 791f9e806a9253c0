"""Sending a stored file, piece by piece, from either kind of server."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.http import FileResponse

from marketplace.releases.models import ReleaseFile

PIECE_BYTES = 256 * 1024


class Download(FileResponse):
    """A file to be saved and not shown; under ASGI it is read in a thread, a piece at a time, and never whole."""

    block_size = PIECE_BYTES

    def __init__(self, file: ReleaseFile) -> None:
        super().__init__(
            default_storage.open(file.storage_key),
            as_attachment=True,
            filename=file.name,
            content_type=file.content_type,
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        pieces: Iterator[bytes] = iter(self)
        read = sync_to_async(lambda: next(pieces, None))
        while (piece := await read()) is not None:
            yield piece
