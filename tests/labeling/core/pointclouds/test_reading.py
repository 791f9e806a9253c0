"""Point clouds: the same points out of every format, and clear refusals of what is broken or made to hurt."""

import struct
import time
from collections.abc import Sequence

import numpy as np
import pytest

from labeling.core.pointclouds import MAX_POINTS, PointCloud, PointCloudFault, read_point_cloud
from labeling.core.pointclouds.pcd import unpack_lzf

POINTS = np.array([[1, 2, 3, 0.5], [-4, 5.5, 6, 0.25], [7, 8, -9, 1]], dtype="<f4")


def kitti(points: np.ndarray = POINTS) -> bytes:
    return points.tobytes()


def pcd(points: np.ndarray = POINTS, *, data: str = "binary", body: bytes | None = None, n: int | None = None) -> bytes:
    header = (
        "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z ring intensity\nSIZE 4 4 4 2 4\nTYPE F F F U F\nCOUNT 1 1 1 1 1\n"
        f"WIDTH {len(points) if n is None else n}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nDATA {data}\n"
    )
    rows = [struct.pack("<fffHf", x, y, z, 7, i) for x, y, z, i in points]
    if body is None and data == "ascii":
        body = b"".join(f"{x} {y} {z} 7 {i}\n".encode() for x, y, z, i in points)
    if body is None and data == "binary_compressed":
        columns = [points[:, 0], points[:, 1], points[:, 2], np.full(len(points), 7, "<u2"), points[:, 3]]
        plain = b"".join(column.tobytes() for column in columns)
        packed = pack_literally(plain)
        body = struct.pack("<II", len(packed), len(plain)) + packed
    return header.encode() + (b"".join(rows) if body is None else body)


def pack_literally(plain: bytes) -> bytes:
    """Return LZF that repeats nothing."""
    return b"".join(bytes([len(plain[at : at + 32]) - 1]) + plain[at : at + 32] for at in range(0, len(plain), 32))


def ply(points: np.ndarray = POINTS, *, form: str = "binary_little_endian", n: int | None = None) -> bytes:
    count = len(points) if n is None else n
    header = (
        f"ply\nformat {form} 1.0\ncomment made here\nelement vertex {count}\nproperty float x\nproperty double y\n"
        "property float z\nproperty uchar red\nproperty float intensity\nelement face 0\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    order = ">" if "big" in form else "<"
    if form == "ascii":
        body = b"".join(f"{x} {y} {z} 9 {i}\n".encode() for x, y, z, i in points)
    else:
        body = b"".join(struct.pack(f"{order}fdfBf", x, y, z, 9, i) for x, y, z, i in points)
    return header.encode() + body


def las(
    xyz: Sequence[Sequence[float]] = POINTS[:, :3].tolist(), *, form: int = 0, n: int | None = None, minor: int = 2
) -> bytes:
    header = bytearray(227)
    header[:4], header[24], header[25] = b"LASF", 1, minor
    struct.pack_into("<HI", header, 94, 227, 227)
    struct.pack_into("<BHI", header, 104, form, 20, len(xyz) if n is None else n)
    struct.pack_into("<6d", header, 131, 0.01, 0.01, 0.01, 0, 0, 0)
    rows = [struct.pack("<iiiH6x", *(round(v * 100) for v in point), 300) for point in xyz]
    return bytes(header) + b"".join(rows)


def read(data: bytes, suffix: str) -> PointCloud:
    return read_point_cloud(data, name=f"scan.{suffix}")


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (kitti(), "bin"),
        (pcd(), "pcd"),
        (pcd(data="ascii"), "PCD"),
        (pcd(data="binary_compressed"), "pcd"),
        (ply(), "ply"),
        (ply(form="ascii"), "ply"),
        (ply(form="binary_big_endian"), "ply"),
    ],
)
def test_every_format_gives_the_same_points(data: bytes, suffix: str) -> None:
    cloud = read(data, suffix)
    assert np.allclose(cloud.points, POINTS)
    assert (cloud.n_original, list(cloud.origin)) == (3, [0, 0, 0])
    assert cloud.bounds == [-4, 2, -9, 7, 8, 6]
    assert np.array_equal(np.frombuffer(cloud.to_bytes(), "<f4").reshape(-1, 4), cloud.points)


def test_las_is_scaled_and_has_its_intensity() -> None:
    cloud = read(las(), "las")
    assert np.allclose(cloud.points[:, :3], POINTS[:, :3])
    assert cloud.points[:, 3].tolist() == [300] * 3


def test_a_cloud_in_map_coordinates_keeps_its_centimetres() -> None:
    cloud = read(las([[4_500_000.01, 5_400_000.02, 100], [4_500_001.03, 5_400_002, 101]]), "las")
    assert list(cloud.origin) == [4_500_000, 5_400_000, 100]
    assert np.allclose(cloud.points[:, :3], [[0.01, 0.02, 0], [1.03, 2, 1]], atol=1e-6)


def test_points_that_are_no_numbers_are_left_out() -> None:
    points = np.vstack([POINTS, [[np.nan, 0, 0, 0], [0, np.inf, 0, 0]]]).astype("<f4")
    cloud = read(kitti(points), "bin")
    assert (len(cloud.points), cloud.n_original) == (3, 3)


def test_large_clouds_are_thinned_evenly_and_always_the_same() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-50, 50, (MAX_POINTS + 200_000, 4)).astype("<f4")
    cloud = read(kitti(points), "bin")
    assert (len(cloud.points), cloud.n_original) == (MAX_POINTS, MAX_POINTS + 200_000)
    assert cloud.to_bytes() == read(kitti(points), "bin").to_bytes()
    assert abs(float((cloud.points[:, 0] > 0).mean()) - 0.5) < 0.01


def test_lzf_repeats_what_came_before() -> None:
    # "abc", then 9 bytes from 3 before: a run that repeats itself; then 2 + 7 + 1 bytes from 1 before.
    packed = bytes([2, *b"abc", 7 << 5, 0, 2, 7 << 5, 1, 0])
    assert unpack_lzf(packed, 22) == b"abcabcabcabc" + b"c" * 10


@pytest.mark.parametrize("packed", [b"\x20\x05", b"\xe0", b"\x05ab", b"\x00a\x00a\x00a"])
def test_damaged_lzf_is_refused(packed: bytes) -> None:
    with pytest.raises(PointCloudFault):
        unpack_lzf(packed, 2)


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"", "bin"),
        (b"x" * 15, "bin"),
        (kitti(np.full((2, 4), np.nan, "<f4")), "bin"),
        (kitti(np.array([[1e30, 0, 0, 0]], "<f4")), "bin"),
        (kitti(np.array([[0, 0, 0, 0], [9e6, 0, 0, 0]], "<f4")), "bin"),
        (b"", "pcd"),
        (b"VERSION .7\n" * 10_000, "pcd"),
        (pcd(n=4), "pcd"),
        (pcd(n=10**11), "pcd"),
        (pcd(n=4, data="ascii"), "pcd"),
        (pcd(data="ascii", body=b"1 2 three 4 5\n"), "pcd"),
        (pcd(data="ascii", body=b"1 2\n" * 3), "pcd"),
        (pcd(data="base64"), "pcd"),
        (pcd(data="binary_compressed", body=struct.pack("<II", 4, 2**32 - 1) + b"abcd"), "pcd"),
        (pcd(data="binary_compressed", body=b"\x01"), "pcd"),
        (pcd().replace(b"SIZE 4 4 4 2 4", b"SIZE 4 4 4 2"), "pcd"),
        (pcd().replace(b"SIZE 4", b"SIZE 3"), "pcd"),
        (pcd().replace(b"COUNT 1", b"COUNT 9999"), "pcd"),
        (pcd().replace(b"FIELDS x", b"FIELDS q"), "pcd"),
        (b"", "ply"),
        (ply(n=4), "ply"),
        (ply(n=0), "ply"),
        (ply(form="ascii", n=9), "ply"),
        (ply(form="text"), "ply"),
        (ply().replace(b"property float x", b"property list uchar float x"), "ply"),
        (ply().replace(b"element vertex", b"element camera"), "ply"),
        (b"LASF", "las"),
        (las(form=0x80), "las"),
        (las(n=4), "las"),
        (las(n=2**32 - 1), "las"),
        (kitti(), "xyz"),
        (kitti(), "bin.exe"),
    ],
)
def test_what_is_no_cloud_is_refused(data: bytes, suffix: str) -> None:
    started = time.perf_counter()
    with pytest.raises(PointCloudFault):
        read(data, suffix)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("suffix", ["bin", "pcd", "ply", "las"])
@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_cloud_is_read_or_refused_and_nothing_else(suffix: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    forms = {"bin": [kitti()], "pcd": [pcd(data=d) for d in ("ascii", "binary", "binary_compressed")]}
    forms |= {"ply": [ply(), ply(form="ascii")], "las": [las()]}
    data = bytearray(forms[suffix][seed % len(forms[suffix])])
    for place in rng.integers(0, len(data), size=int(rng.integers(1, 9))):
        data[place] = int(rng.integers(0, 256))
    try:
        cloud = read(bytes(data), suffix)
    except PointCloudFault:
        return
    assert np.isfinite(cloud.points).all()
