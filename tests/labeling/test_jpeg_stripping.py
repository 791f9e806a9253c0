"""JPEGs that are kept as they are coded: the same pixels, and nothing that hides before, between or behind them."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from labeling.adapters.images import DecodedImage, TruncatedImage, decode_image
from labeling.core.imaging.jpeg import strip_jpeg

CANARY = b"canary-4711"


def noisy(width: int = 300, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Return a picture that compresses badly."""
    rng = np.random.default_rng(7)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).convert(mode)


def coded(image: Image.Image | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    (image or noisy()).save(out, "JPEG", **options)
    return out.getvalue()


def decode(data: bytes) -> DecodedImage:
    return decode_image(data, max_bytes=1 << 22, max_pixels=50_000_000)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def inserted(data: bytes, extra: bytes) -> bytes:
    """Return a file with more segments before its first quantisation table."""
    at = data.index(b"\xff\xdb")
    return data[:at] + extra + data[at:]


def is_kept_as_coded(data: bytes, result: DecodedImage) -> bool:
    return np.array_equal(pixels(data), pixels(result.content))


@pytest.mark.parametrize("options", [{}, {"quality": 30}, {"subsampling": 0}, {"optimize": True}, {"quality": 100}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(300, 200), (1, 1), (17, 33), (2100, 40)])
def test_a_plain_file_keeps_every_pixel(options: dict[str, object], mode: str, size: tuple[int, int]) -> None:
    data = coded(noisy(*size, mode=mode), **options)
    result = decode(data)
    assert is_kept_as_coded(data, result)
    assert len(result.content) <= len(data)
    assert (result.width, result.height) == size


def test_a_flat_picture_of_few_bits_is_kept_too() -> None:
    data = coded(Image.new("RGB", (640, 480), "teal"), optimize=True)
    assert is_kept_as_coded(data, decode(data))


def test_every_segment_that_is_not_the_picture_is_dropped() -> None:
    extra = b"".join(segment(marker, CANARY) for marker in (*range(0xE0, 0xF0), 0xFE))
    extra += segment(0xE0, b"JFXX\x00\x10" + CANARY)
    data = inserted(coded(), extra)
    result = decode(data)
    assert is_kept_as_coded(data, result)
    assert CANARY not in result.content


def test_thumbnail_and_tail_of_what_is_kept_are_dropped() -> None:
    jfif = segment(0xE0, b"JFIF\x00\x01\x02\x01\x00\x48\x00\x48\x02\x02" + CANARY + b"x")
    adobe = segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01" + CANARY)
    plain = coded()
    data = b"\xff\xd8" + jfif + adobe + plain[plain.index(b"\xff\xdb") :]
    result = decode(data)
    assert CANARY not in result.content
    assert is_kept_as_coded(data, result)
    shown = Image.open(io.BytesIO(result.content))
    assert (shown.info["dpi"], shown.info["adobe_transform"]) == ((72, 72), 1)


def test_tables_that_nothing_uses_are_dropped() -> None:
    unused = bytes([3]) + CANARY.ljust(64, b"\x01")
    again = segment(0xDB, unused) + segment(0xC4, bytes([0x13, *([0] * 15), len(CANARY)]) + CANARY)
    data = inserted(coded(), again)
    result = decode(data)
    assert is_kept_as_coded(data, result)
    assert CANARY not in result.content


@pytest.mark.parametrize("junk", [b"x", b"\x00", CANARY, CANARY * 1000, b"\xff\x00" + CANARY])
def test_what_hides_behind_the_pixels_does_not_survive(junk: bytes) -> None:
    plain = coded()
    result = decode(plain[:-2] + junk + plain[-2:])
    assert CANARY not in result.content
    assert result.content != plain[:-2] + junk + plain[-2:]
    assert strip_jpeg(result.content) is not None
    assert is_kept_as_coded(result.content, decode(result.content))


def test_what_follows_the_end_does_not_survive() -> None:
    data = coded() + CANARY + coded(Image.new("RGB", (9, 9)))
    result = decode(data)
    assert is_kept_as_coded(data, result)
    assert CANARY not in result.content


def test_bytes_between_restarts_and_between_scans_do_not_survive() -> None:
    with_restarts = coded(restart_marker_blocks=4)
    assert b"\xff\xd0" in with_restarts
    at = with_restarts.index(b"\xff\xd3")
    progressive = coded(progressive=True)
    scan = progressive.rindex(b"\xff\xda")
    for data in (with_restarts[:at] + CANARY + with_restarts[at:], progressive[:scan] + CANARY + progressive[scan:]):
        assert strip_jpeg(data) is None
        assert CANARY not in decode(data).content


@pytest.mark.parametrize("share", [0.3, 0.7, 0.999])
def test_a_file_that_is_cut_off_and_ended_again_is_no_plain_file(share: float) -> None:
    plain = coded()
    cut = plain[: int(len(plain) * share)].rstrip(b"\xff")
    with pytest.raises(TruncatedImage):
        decode(cut)


def test_a_profile_that_is_srgb_in_effect_goes_and_another_is_applied() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = coded(icc_profile=srgb)
    assert is_kept_as_coded(data, decode(data))
    swapped = srgb.replace(b"rXYZ", b"tmpX", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tmpX", b"gXYZ", 1)
    data = coded(icc_profile=swapped)
    result = decode(data)
    assert "icc_profile" not in Image.open(io.BytesIO(result.content)).info
    assert not is_kept_as_coded(data, result)


def test_every_cut_of_the_header_is_survived() -> None:
    plain = coded(noisy(24, 16))
    for n in range(len(plain)):
        found = strip_jpeg(plain[:n])
        assert found is None or found.content.endswith(b"\xff\xd9")
