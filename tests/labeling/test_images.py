"""Images from strangers: what is taken, what is refused, and what is left of them."""

import io
import os
import signal
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from labeling.adapters import images
from labeling.adapters.images import (
    AnimatedImage,
    DecodedImage,
    ImageRefused,
    ImageTooLarge,
    TooManyPixels,
    TruncatedImage,
    UndecodableImage,
    UnknownImageFormat,
    decode_image,
)

CANARY = "canary-4711"
FORMATS = ["JPEG", "PNG", "WEBP"]


def picture(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Return a smooth picture, brighter to the right and bluer to the bottom."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, x, y], axis=-1).astype(np.uint8)).convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def decode(data: bytes, *, max_bytes: int = 1 << 20, max_pixels: int = 50_000_000) -> DecodedImage:
    return decode_image(data, max_bytes=max_bytes, max_pixels=max_pixels)


def opened(result: DecodedImage) -> Image.Image:
    return Image.open(io.BytesIO(result.content))


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("kind", FORMATS)
def test_still_image_is_kept_in_its_format(kind: str) -> None:
    result = decode(encoded(picture(), kind))
    assert (result.format, result.content_type) == (kind.lower(), f"image/{kind.lower()}")
    assert (result.width, result.height, result.original_width, result.original_height) == (60, 40, 60, 40)
    assert opened(result).format == kind
    difference = np.asarray(opened(result).convert("RGB"), int) - np.asarray(picture(), int)
    assert np.abs(difference).mean() < 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_png_keeps_its_pixels_exactly(mode: str) -> None:
    image = picture(mode="L").convert("I").convert("I;16") if mode == "I;16" else picture(mode=mode)
    result = opened(decode(encoded(image, "PNG")))
    assert result.mode == image.mode
    assert np.array_equal(np.asarray(result), np.asarray(image))


def test_transparent_colour_of_a_palette_survives() -> None:
    image = picture(mode="P")
    result = opened(decode(encoded(image, "PNG", transparency=3)))
    assert result.info["transparency"] in {3, bytes([255, 255, 255, 0])}


def test_lossless_webp_keeps_its_pixels_as_png() -> None:
    result = decode(encoded(picture(), "WEBP", lossless=True))
    assert result.format == "png"
    assert np.array_equal(np.asarray(opened(result)), np.asarray(picture()))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", FORMATS)
def test_orientation_is_baked_in(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = decode(encoded(picture(), kind, exif=exif.tobytes()))
    assert result.orientation == orientation
    assert (result.original_width, result.original_height) == (60, 40)
    assert (result.width, result.height) == ((40, 60) if orientation >= 5 else (60, 40))
    assert opened(result).size == (result.width, result.height)
    # The picture is brightest where x is largest; say where that went.
    red = np.asarray(opened(result).convert("RGB"), int)[..., 0]
    sides = {"left": red[:, 0], "right": red[:, -1], "top": red[0], "bottom": red[-1]}
    brightest = max(sides, key=lambda side: float(sides[side].mean()))
    expected = {1: "right", 2: "left", 3: "left", 4: "right", 5: "bottom", 6: "bottom", 7: "top", 8: "top"}
    assert brightest == expected[orientation]


@pytest.mark.parametrize("kind", FORMATS)
def test_nonsense_orientation_is_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    assert decode(encoded(picture(), kind, exif=exif.tobytes())).orientation == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_no_metadata_is_left(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = f"<script>{CANARY}</script>"
    exif[0x013B] = CANARY
    exif.get_ifd(0x8825)[29] = CANARY
    options: dict[str, object] = {"exif": exif.tobytes(), "xmp": f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode()}
    if kind == "JPEG":
        options["comment"] = CANARY
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Author", CANARY)
        texts.add_text("Copyright", CANARY, zip=True)
        texts.add_itxt("Note", CANARY)
        options = {"pnginfo": texts, "exif": exif.tobytes()}
    data = encoded(picture(), kind, **options) + CANARY.encode()
    assert CANARY.encode() in data
    result = decode(data)
    assert CANARY.encode() not in result.content
    left = opened(result)
    left.load()
    assert set(left.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "loop",
        "background",
        "duration",
        "timestamp",
    }
    assert not left.getexif()


def test_page_behind_a_picture_is_dropped() -> None:
    tail = b"<html><script>alert(1)</script></html>PK\x03\x04"
    result = decode(encoded(picture(), "JPEG") + tail)
    assert b"script" not in result.content


def test_colour_profile_is_applied_and_dropped() -> None:
    lab_like = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, lab_like, b"no profile at all"):
        result = opened(decode(encoded(picture(), "PNG", icc_profile=profile)))
        assert "icc_profile" not in result.info
    assert (
        np.abs(
            np.asarray(opened(decode(encoded(picture(), "PNG", icc_profile=srgb))), int) - np.asarray(picture(), int)
        ).max()
        <= 2
    )


def test_cmyk_becomes_rgb() -> None:
    assert opened(decode(encoded(picture(mode="CMYK"), "JPEG"))).mode == "RGB"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_cut_off_image_is_refused(kind: str, share: float) -> None:
    data = encoded(picture(300, 200), kind)
    with pytest.raises(TruncatedImage):
        decode(data[: int(len(data) * share)])


def test_changed_byte_of_a_png_is_refused() -> None:
    data = bytearray(encoded(picture(), "PNG"))
    data[data.index(b"IDAT") + 20] ^= 0xFF
    with pytest.raises(TruncatedImage):
        decode(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 1000,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"GIF89a" + b"\x00" * 50,
        encoded(picture(), "GIF"),
        encoded(picture(), "TIFF"),
        encoded(picture(), "BMP"),
        encoded(picture(), "PPM"),
    ],
)
def test_other_content_is_unknown_whatever_it_is_called(data: bytes) -> None:
    with pytest.raises(UnknownImageFormat):
        decode(data)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_moving_image_is_refused(kind: str) -> None:
    frames = [picture(), picture().transpose(Image.Transpose.ROTATE_180)]
    with pytest.raises(AnimatedImage):
        decode(encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100))


def test_first_of_several_pictures_in_a_jpeg_is_kept() -> None:
    other = picture().transpose(Image.Transpose.ROTATE_180)
    result = decode(encoded(picture(), "MPO", save_all=True, append_images=[other]))
    assert result.format == "jpeg"
    red = np.asarray(opened(result), int)[..., 0]
    assert red[:, -1].mean() > red[:, 0].mean()


@pytest.mark.parametrize(("width", "height"), [(65_000, 65_000), (1, 2**31 - 1), (2**31 - 1, 1), (7072, 7072)])
def test_pixels_are_counted_from_the_header(width: int, height: int) -> None:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")
    with pytest.raises(TooManyPixels):
        decode(data)


def test_bomb_of_twenty_kilobytes_is_refused_and_takes_no_memory() -> None:
    bomb = encoded(Image.new("1", (13_000, 13_000)), "PNG")
    assert len(bomb) < 25_000
    with pytest.raises(TooManyPixels) as refusal:
        decode(bomb)
    assert refusal.value.data["limit"] == 50_000_000


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"}])
def test_canvas_of_a_webp_is_measured_before_it_is_allocated(options: dict[str, object]) -> None:
    data = encoded(Image.new("RGB", (1200, 900)), "WEBP", **options)
    with pytest.raises(TooManyPixels):
        decode(data, max_pixels=1200 * 900 - 1)
    assert decode(data, max_pixels=1200 * 900).width == 1200


def test_too_many_bytes_are_refused_unread() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert size == 1001
            return b"x" * size

    with pytest.raises(ImageTooLarge):
        decode(b"x" * 1001, max_bytes=1000)
    with pytest.raises(ImageTooLarge):
        decode_image(Endless(), max_bytes=1000, max_pixels=1)  # type: ignore[arg-type]


def test_original_is_identified_by_its_hash() -> None:
    one, other = encoded(picture(), "PNG"), encoded(picture(61), "PNG")
    assert (
        decode(one).sha256_of_original
        == decode_image(io.BytesIO(one), max_bytes=1 << 20, max_pixels=10**6).sha256_of_original
    )
    assert decode(one).sha256_of_original != decode(other).sha256_of_original


def test_decoding_again_gives_the_same_bytes() -> None:
    data = encoded(picture(), "JPEG", quality=60)
    assert decode(data).content == decode(data).content


def test_threads_decode_side_by_side_with_few_processes() -> None:
    data = encoded(picture(), "JPEG")
    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(lambda _: decode(data), range(64)))
    assert {result.content for result in results} == {results[0].content}
    assert len(images._pool._children) <= images.N_CHILDREN


def test_killed_decoder_is_replaced_and_leaves_no_zombie() -> None:
    data = encoded(picture(), "JPEG")
    decode(data)
    victims = list(images._pool._children)
    for victim in victims:
        os.kill(victim.process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, victim.process.pid, os.WEXITED | os.WNOWAIT)
    assert decode(data).width == 60
    with ThreadPoolExecutor(images.N_CHILDREN) as threads:
        list(threads.map(lambda _: decode(data), range(8)))
    images._pool.end()
    for victim in victims:
        with pytest.raises(ChildProcessError):
            os.waitpid(victim.process.pid, os.WNOHANG)


def test_decoding_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "TIMEOUT_S", 0.01)
    images._pool.end()  # starting a process alone takes longer
    with pytest.raises(UndecodableImage):
        decode(encoded(picture(), "JPEG"))
    monkeypatch.undo()
    assert decode(encoded(picture(), "JPEG")).width == 60


def test_forked_process_decodes_with_processes_of_its_own() -> None:
    data = encoded(picture(), "JPEG")
    decode(data)
    parents = {child.process.pid for child in images._pool._children}
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # pragma: no cover - another process
        result = decode(data)
        own = {child.process.pid for child in images._pool._children}
        images._pool.end()
        os.write(writer, b"good" if result.width == 60 and not own & parents else b"bad.")
        os._exit(0)
    assert os.read(reader, 4) == b"good"
    os.waitpid(pid, 0)
    os.close(reader)
    os.close(writer)
    assert decode(data).width == 60
    assert parents <= {child.process.pid for child in images._pool._children}


def test_decoder_does_not_inherit_secrets() -> None:
    child = images._Child()
    try:
        assert child.ask({"max_pixels": 10_000}, encoded(picture(), "JPEG")) is not None  # it runs, and not its parent
        with open(f"/proc/{child.process.pid}/environ", "rb") as environment:
            assert b"PLENUM_SECRET_KEY" not in environment.read()
    finally:
        child.end()


@pytest.mark.parametrize("seed", range(40))
def test_damaged_image_is_decoded_or_refused_and_nothing_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(encoded(picture(), FORMATS[seed % 3]))
    for position in rng.integers(0, len(data), size=int(rng.integers(1, 12))):
        data[position] = int(rng.integers(0, 256))
    try:
        result = decode(bytes(data))
    except ImageRefused:
        return
    assert opened(result).size == (result.width, result.height)
