"""What ingesting costs: images against decoding them once, a manifest against a raw COPY of its rows.

    make bench-ingest [BENCH_ARGS="--images 500 --lines 1000000"]

Run inside the launcher, on a database of its own. Everything that an ingest does is included: reading the archive, the
security checks, stripping of metadata, hashes, measures, thumbnails, files, rows, and looking for near duplicates.
"""

import argparse
import hashlib
import io
import os
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import django

N_DISTINCT = 5
WIDTH, HEIGHT = 4000, 3000
MOST_IMAGES, MOST_MANIFEST = 1.5, 3.0


def main() -> int:
    """Run both, print what they took, and fail where one took too long."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--lines", type=int, default=1_000_000)
    wanted = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    # One core for everything: the database's processes, which are others', keep theirs.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    django.setup()
    with tempfile.TemporaryDirectory() as folder, _in_database_of_its_own(Path(folder)):
        within = [_images(wanted.images, Path(folder)) <= MOST_IMAGES if wanted.images else True]
        within += [_manifest(wanted.lines, Path(folder)) <= MOST_MANIFEST if wanted.lines else True]
    return 0 if all(within) else 1


class _in_database_of_its_own:
    """A fresh database and a folder for files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        from django.conf import settings
        from django.db import connection

        settings.MEDIA_ROOT = self._folder / "media"
        self._kept = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)

    def __exit__(self, *_: object) -> None:
        from django.db import connection

        connection.creation.destroy_test_db(self._kept, verbosity=0)


# --- images ---------------------------------------------------------------------------------------------------------
def photographs() -> list[bytes]:
    """Return a few distinct noisy photographs of 12 megapixels, with the metadata of a camera."""
    import numpy as np
    from PIL import Image

    made = []
    for seed in range(N_DISTINCT):
        rng = np.random.default_rng(seed)
        coarse = Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(np.int16)
        noisy = smooth + rng.normal(0, 5, (HEIGHT, WIDTH, 1)).astype(np.int16)
        exif = Image.Exif()
        exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model", 1
        out = io.BytesIO()
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=90, exif=exif.tobytes())
        made.append(out.getvalue())
    return made


def _distinct(photo: bytes, number: int) -> bytes:
    """Return the photograph with a comment of its own, so that no two files are equal."""
    text = f"number {number}".encode()
    return photo[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + photo[2:]


def _images(n_images: int, folder: Path) -> float:
    from PIL import Image

    photos = photographs()
    path = folder / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(n_images):
            archive.writestr(f"photo-{n:04}.jpg", _distinct(photos[n % N_DISTINCT], n))

    def decode_each() -> None:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                Image.open(io.BytesIO(archive.read(name))).load()

    floor_s = _timed(decode_each)
    ingest_s, ingest = _ingested("archive", path)
    features = sum(asset.features.megapixels > 0 for asset in ingest.dataset.assets.select_related("features"))
    if (ingest.n_created, features) != (n_images, n_images):
        raise SystemExit(f"Only {ingest.n_created} images came in.")
    ratio = ingest_s / floor_s
    mean_mib = sum(map(len, photos)) / len(photos) / 2**20
    print(f"{n_images} JPEGs of 12 megapixels, {mean_mib:.1f} MiB each, on one core")
    print(f"  decoding each once in full    {floor_s:8.1f} s  {1000 * floor_s / n_images:6.1f} ms an image")
    print(f"  ingesting                     {ingest_s:8.1f} s  {1000 * ingest_s / n_images:6.1f} ms an image")
    print(f"  ratio                         {ratio:8.2f}    at most {MOST_IMAGES}")
    return ratio


# --- a manifest -----------------------------------------------------------------------------------------------------
def _manifest(n_lines: int, folder: Path) -> float:
    path = folder / "manifest.jsonl"
    with path.open("w") as out:
        for n in range(n_lines):
            out.write(f'{{"external_id": "bucket/{n % 1000:03}/{_word(n)}.jpg", "width": 1920, "height": 1080}}\n')
    ingest_s, ingest = _ingested("manifest", path)
    if ingest.n_created != n_lines:
        raise SystemExit(f"Only {ingest.n_created} lines came in.")
    copy_s = _timed_copy(ingest.dataset_id)
    ratio = ingest_s / copy_s
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"a manifest of {n_lines} lines into assets")
    print(f"  COPY of the same rows         {copy_s:8.1f} s")
    print(f"  ingesting                     {ingest_s:8.1f} s")
    print(f"  ratio                         {ratio:8.2f}    at most {MOST_MANIFEST}")
    print(f"  peak memory of this process   {peak_mib:8.0f} MiB")
    return ratio


def _word(n: int) -> str:
    return hashlib.blake2b(n.to_bytes(8, "big"), digest_size=8).hexdigest()


def _timed_copy(dataset_id: UUID) -> float:
    """Take the rows out, empty the table, and time a COPY of them back into it: same indexes, same keys."""
    from django.db import connection, transaction

    with tempfile.TemporaryFile() as rows, connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT * FROM labeling_asset WHERE dataset_id = %s) TO STDOUT", [dataset_id]) as copy:
            for piece in copy:
                rows.write(piece)
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("TRUNCATE labeling_asset CASCADE")

        def copy_back() -> None:
            rows.seek(0)
            with transaction.atomic(), cursor.copy("COPY labeling_asset FROM STDIN") as copy:
                while piece := rows.read(1 << 20):
                    copy.write(piece)

        return _timed(copy_back)


# --- shared ---------------------------------------------------------------------------------------------------------
def _ingested(source: str, path: Path) -> tuple[float, "Ingest"]:  # type: ignore[name-defined] # noqa: F821
    """Return how long an ingest took, its upload not included, and the ingest."""
    from labeling.models import Ingest, IngestSource
    from labeling.services import IngestOrder, request_ingest, run_ingest
    from tests import make

    photos = make.dataset()
    with path.open("rb") as file:
        order = IngestOrder(source=IngestSource(source), file=file)
        asked = request_ingest(photos, order, created_by_id=photos.created_by_id)
    took_s = _timed(lambda: run_ingest(asked.pk))
    ended = Ingest.objects.select_related("dataset", "operation").get(pk=asked.pk)
    if ended.operation.error:
        raise SystemExit(str(ended.operation.error))
    return took_s, ended


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
