"""What workers say, recorded and simulated."""

from __future__ import annotations

import io
import math
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from marketplace.management.driving.photos import ALL, WITH_BOXES, Photo, Thing, photo_folder
from marketplace.management.driving.recorded_shapes import BOXES
from marketplace.management.driving.recording import CLASSIFICATION
from marketplace.management.driving.simulated import CHARACTERS, Character, SimulatedWorker
from marketplace.management.driving.workers import Decline, RecordedWorker, mended

PHOTO = Photo("p.png", "animal", (Thing("cat", (10, 20, 60, 80)), Thing("cup", (0, 0, 30, 30))))
ASSET = {"external_id": "p.png", "width": 100, "height": 90}


def simulated(character: Character, annotation_type: str) -> SimulatedWorker:
    classes = ["cat", "cup"] if annotation_type == BOXES else ["animal", "person", "surface"]
    return SimulatedWorker(character, annotation_type, classes, {"p.png": PHOTO}, random.Random(1))


def test_recorded_worker_repeats_itself_and_knows_nothing_else() -> None:
    worker = RecordedWorker("w", {"t": [{"class": "cat"}]})
    assert worker.decide({"external_id": "t"}) == [{"class": "cat"}]
    assert worker.decide({"external_id": "u"}) is Decline.SKIP


def test_mending_cuts_boxes_to_the_image_and_drops_those_without_size() -> None:
    given = [
        {"class": "a", "box": [-5, 10, 50, 60]},
        {"class": "b", "box": [90, 80, 120, 95]},
        {"class": "c", "box": [7, 7, 7, 9]},
        {"class": "d", "box": [100, 5, 110, 9]},
        {"class": "e", "box": [math.nan, 1, 2, 3]},
        {"class": "f", "box": [1, 2, 3, 4]},
    ]
    assert mended(given, width=100, height=90) == [
        {"class": "a", "box": [0, 10, 50, 60]},
        {"class": "b", "box": [90, 80, 100, 90]},
        {"class": "f", "box": [1, 2, 3, 4]},
    ]
    assert mended([{"class": "a", "box": [-5, 0, 5000, 6]}], width=None, height=None)[0]["box"] == [0, 0, 5000, 6]
    assert mended([{"class": "cat"}], width=None, height=None) == [{"class": "cat"}]


def test_flawless_worker_says_the_truth() -> None:
    flawless = Character("x", "", 1.0, jitter=0.0, p_miss=0.0, p_extra=0.0)
    assert simulated(flawless, CLASSIFICATION).decide(ASSET) == [{"class": "animal"}]
    assert simulated(flawless, BOXES).decide(ASSET) == [
        {"class": "cat", "box": [10, 20, 60, 80]},
        {"class": "cup", "box": [0, 0, 30, 30]},
    ]


def test_errors_come_at_the_rate_of_the_character() -> None:
    worker = simulated(Character("x", "", 0.7, p_skip=0.1), CLASSIFICATION)
    decisions = [worker.decide(ASSET) for _ in range(2000)]
    skipped = sum(decision is Decline.SKIP for decision in decisions) / 2000
    right = sum(decision == [{"class": "animal"}] for decision in decisions) / 2000
    assert skipped == pytest.approx(0.1, abs=0.03)
    assert right == pytest.approx(0.63, abs=0.04)


def test_sloppy_boxes_stay_within_the_image() -> None:
    worker = simulated(Character("x", "", 0.5, jitter=0.5, p_miss=0.2, p_extra=0.5), BOXES)
    for _ in range(500):
        drawn = worker.decide(ASSET)
        assert isinstance(drawn, list)
        for thing in drawn:
            x1, y1, x2, y2 = thing["box"]
            assert 0 <= x1 <= x2 <= 100
            assert 0 <= y1 <= y2 <= 90


def test_whoever_walks_away_answers_nothing() -> None:
    walker = next(character for character in CHARACTERS if character.walks_away)
    assert simulated(walker, CLASSIFICATION).decide(ASSET) is Decline.WALK_AWAY


@pytest.mark.parametrize("orientation", range(2, 9))
def test_turned_photograph_is_seen_upright(tmp_path: Path, orientation: int) -> None:
    pixels = np.zeros((40, 64, 3), dtype=np.uint8)
    pixels[:20, :32] = (250, 0, 0)
    pixels[20:, 32:] = (0, 0, 250)
    pixels[:20, 32:] = (0, 250, 0)
    Image.fromarray(pixels).save(tmp_path / "p.png")
    photo = Photo("p.png", "x").turned(orientation)
    with Image.open(io.BytesIO(photo.image(tmp_path).content)) as stored:
        assert stored.getexif()[0x0112] == orientation
        upright = np.asarray(ImageOps.exif_transpose(stored), dtype=int)
        assert (stored.size == (40, 64)) == (orientation >= 5)
    assert upright.shape == pixels.shape
    assert np.abs(upright - pixels).mean() < 12
    assert photo.size(tmp_path) == (64, 40)


def test_every_photograph_is_there_and_holds_its_boxes() -> None:
    folder = photo_folder()
    for photo in (*ALL, *WITH_BOXES):
        width, height = photo.size(folder)
        for thing in photo.things:
            x1, y1, x2, y2 = thing.box
            assert 0 <= x1 < x2 <= width
            assert 0 <= y1 < y2 <= height
    assert {photo.orientation for photo in ALL} == set(range(1, 9))
