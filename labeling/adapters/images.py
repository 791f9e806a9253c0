"""Images from strangers: decoded in processes of their own and kept as nothing but pixels."""

import atexit
import hashlib
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, ClassVar

from labeling.adapters.image_child import read_frame, write_frame
from labeling.adapters.image_decoding import MAX_SIDE
from marketplace.operations.errors import DomainError

TIMEOUT_S = 45.0
N_CHILDREN = max(1, min(4, os.cpu_count() or 1))
_CONTENT_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
# Its pictures are small by the time they are numbers: threads would only take memory.
_ADDED_VARIABLES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from labeling.adapters.image_child import main; main()"


class ImageRefused(DomainError):
    """Base of the refusals of an image."""


class ImageTooLarge(ImageRefused):
    code: ClassVar[str] = "image_too_large"


class TooManyPixels(ImageRefused):
    code: ClassVar[str] = "too_many_pixels"


class UnknownImageFormat(ImageRefused):
    code: ClassVar[str] = "unknown_image_format"


class TruncatedImage(ImageRefused):
    code: ClassVar[str] = "truncated_image"


class AnimatedImage(ImageRefused):
    code: ClassVar[str] = "animated_image"


class UndecodableImage(ImageRefused):
    """Decoding took too much time or memory, or ended its process."""

    code: ClassVar[str] = "undecodable_image"


class DecodersBusy(ImageRefused):
    code: ClassVar[str] = "decoders_busy"


@dataclass(frozen=True)
class DecodedImage:
    """An image upright, in sRGB and without metadata, and what it was when it came.

    Attributes
    ----------
    content : a plain JPEG without its metadata, or the image encoded anew; a lossless WebP becomes PNG.
    format : of the content: `jpeg`, `png` or `webp`.
    width, height : in pixels, upright.
    original_width, original_height : before it was turned.
    orientation : EXIF 1..8, as it was.
    thumbnail : a JPEG of at most 512 pixels a side.
    features : how it looks, by the names of `AssetFeatures`.
    """

    content: bytes
    format: str
    width: int
    height: int
    original_width: int
    original_height: int
    orientation: int
    sha256_of_original: str
    n_original_bytes: int
    original_content_type: str
    content_type: str
    thumbnail: bytes
    features: dict[str, float | int]


def decode_image(data: bytes | IO[bytes], *, max_bytes: int, max_pixels: int) -> DecodedImage:
    """Decode a still JPEG, PNG or WebP, whatever its name or declared type.

    Animated images are refused; of a JPEG with several pictures the first is kept.

    Raises
    ------
    ImageTooLarge, TooManyPixels
        Beyond the limits; pixels are read from the header, before memory is taken for them.
    UnknownImageFormat, TruncatedImage, AnimatedImage, UndecodableImage
    DecodersBusy
        No decoder became free; try again.
    """
    original = data if isinstance(data, bytes) else data.read(max_bytes + 1)
    if len(original) > max_bytes:
        raise ImageTooLarge(f"The image has more than {max_bytes} bytes.", limit=max_bytes)
    head, content = _pool.run({"max_pixels": max_pixels}, original)
    if "error" in head:
        raise _refusal(head["error"], max_pixels)
    n_content = len(content) - head["n_thumbnail_bytes"]
    return DecodedImage(
        content=content[:n_content],
        format=head["format"],
        width=head["width"],
        height=head["height"],
        original_width=head["original_width"],
        original_height=head["original_height"],
        orientation=head["orientation"],
        sha256_of_original=hashlib.sha256(original).hexdigest(),
        n_original_bytes=len(original),
        # Only a WebP may have become something else.
        original_content_type=_CONTENT_TYPES["webp" if original.startswith(b"RIFF") else head["format"]],
        content_type=_CONTENT_TYPES[head["format"]],
        thumbnail=content[n_content:],
        features=head["features"],
    )


def _refusal(code: str, max_pixels: int) -> ImageRefused:
    match code:
        case TooManyPixels.code:
            detail = f"At most {max_pixels} pixels and {MAX_SIDE} a side."
            return TooManyPixels(detail, limit=max_pixels, side_limit=MAX_SIDE)
        case UnknownImageFormat.code:
            return UnknownImageFormat("Only JPEG, PNG and WebP are taken.", formats=sorted(_CONTENT_TYPES))
        case TruncatedImage.code:
            return TruncatedImage("The image is cut off or damaged.")
        case AnimatedImage.code:
            return AnimatedImage("The image moves; send still images.")
        case _:
            return UndecodableImage("The image cannot be decoded within bounds.")


class _Child:
    """One decoding process and the pipes to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Neither the service's secrets nor its signals: a Ctrl-C of the terminal is for the parent.
            env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | _ADDED_VARIABLES,
            start_new_session=True,
        )

    def ask(self, head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes] | None:
        """Send a frame and return the answer, or nothing where the process died or was too slow."""
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: S101, PT018 - both are pipes
        watchdog = threading.Timer(TIMEOUT_S, self.process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            write_frame(self.process.stdin, head, data)
            return read_frame(self.process.stdout)
        except (OSError, ValueError, KeyError):  # it died while writing, or answered nonsense
            return None
        finally:
            watchdog.cancel()

    def end(self) -> None:
        """End the process and collect it, so that none stays behind as a zombie."""
        self.process.kill()
        self.close_pipes()
        self.process.wait()

    def close_pipes(self) -> None:
        """Close this side's ends."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was buffered cannot be flushed to a dead process
                    continue

    def forget(self) -> None:
        """In a forked copy of the parent: let go of a process that is not this one's child."""
        self.close_pipes()
        self.process.returncode = 0


class _Pool:
    """At most `N_CHILDREN` processes, started when needed and used again."""

    def __init__(self) -> None:
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._children: set[_Child] = set()
        for _ in range(N_CHILDREN):
            self._free.put(None)

    def run(self, head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Have one process decode; a process that failed, or held much memory, is replaced."""
        try:
            child = self._free.get(timeout=TIMEOUT_S)
        except queue.Empty:
            raise DecodersBusy("All decoders are busy.", retry_after_s=5) from None
        keep: _Child | None = None
        try:
            if child is None or child.process.poll() is not None:
                self._drop(child)
                child = self._start()
            answer = child.ask(head, data)
            if answer is None:
                return {"error": UndecodableImage.code}, b""
            keep = None if answer[0].get("last", True) else child
            return answer
        finally:
            if keep is None:
                self._drop(child)
            self._free.put(keep)

    def end(self) -> None:
        """End all processes."""
        for child in list(self._children):
            self._drop(child)

    def forget(self) -> None:
        """Let go of the parent's processes after a fork."""
        for child in self._children:
            child.forget()

    def _start(self) -> _Child:
        child = _Child()
        self._children.add(child)
        return child

    def _drop(self, child: _Child | None) -> None:
        if child is not None:
            self._children.discard(child)
            child.end()


_pool = _Pool()


def _renew_after_fork() -> None:
    global _pool  # noqa: PLW0603 - a forked worker needs processes and locks of its own
    _pool.forget()
    _pool = _Pool()


def _end_at_exit() -> None:
    _pool.end()


os.register_at_fork(after_in_child=_renew_after_fork)
atexit.register(_end_at_exit)
