"""Time the consensus of boxes on simulated jobs.

`python -m tests.benchmarks.box_consensus [--images 10000]`: (1) a job of many images, 5 workers, about 10 boxes an
image, everything included: matching, existence, naming, fusion; with one class and with five; (2) one image with ever
more objects, whose image grows with them, so that the boxes are as crowded as before. Times are processor time.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from labeling.core.geometry.boxes import iou_matrix
from quality.core.shapes.answers import ShapeAnswer
from quality.core.shapes.skills import ShapeSkills
from tests.quality.core.boxes.drawing import box_answer, box_belief, box_consensus

N_WORKERS = 5
N_OBJECTS = 10
MISS = 0.1
# Square pixels of image an object has to itself, as on a street scene of 1,920 x 1,080 with 50 people.
AREA_EACH = 40_000.0


def image(rng: np.random.Generator, n_objects: int, classes: list[str]) -> list[ShapeAnswer]:
    """Return the answers on one image: each worker misses a tenth, is off by two pixels and adds one box in five."""
    side = np.sqrt(AREA_EACH * n_objects)
    corner = rng.uniform(0, side, size=(n_objects, 2))
    true = np.concatenate([corner, corner + rng.uniform(40, 120, size=(n_objects, 2))], axis=1)
    names = rng.integers(len(classes), size=n_objects)
    answers = []
    for worker in range(N_WORKERS):
        seen = rng.random(n_objects) >= MISS
        extra = rng.uniform(0, side, size=(int(rng.random() < 0.2 * n_objects / N_OBJECTS), 2))
        boxes = np.concatenate(
            [true[seen] + rng.normal(0, 2, size=(int(seen.sum()), 4)), np.concatenate([extra, extra + 60], axis=1)]
        )
        labels = [classes[name] for name in names[seen]] + [classes[0]] * len(extra)
        answers.append(box_answer(worker, boxes, labels))
    return answers


def time_job(n_images: int, classes: list[str]) -> None:
    """Print the time of a whole job."""
    rng = np.random.default_rng(0)
    answers = {}
    for task in range(n_images):
        workers = rng.permutation(50)[:N_WORKERS]
        answers[task] = [
            ShapeAnswer(worker_id=int(worker), shapes=each.shapes, labels=each.labels)
            for worker, each in zip(workers, image(rng, N_OBJECTS, classes), strict=True)
        ]
    start = time.process_time()
    outcome = box_consensus(answers, classes=classes)
    seconds = time.process_time() - start
    n_boxes = sum(len(each.labels) for given in answers.values() for each in given)
    n_found = sum(len(belief.objects) for belief in outcome.beliefs.values())
    print(
        f"{n_images} images x {N_WORKERS} workers, {n_boxes} boxes, {len(classes)} classes: {seconds:.1f} s, "
        f"{n_images / seconds:.0f} images/s, {1000 * seconds / n_images:.2f} ms/image, "
        f"{n_found / n_images:.2f} of {N_OBJECTS} objects an image, {outcome.n_iter} sweeps",
        flush=True,
    )


def time_yardstick() -> None:
    """Print the time of a plain piece of work, by which runs on machines and hours of different speed compare."""
    boxes = np.random.default_rng(0).uniform(0, 100, size=(100, 4))
    boxes[:, 2:] += boxes[:, :2]
    start = time.process_time()
    for _ in range(200):
        iou_matrix(boxes, boxes)
    print(f"yardstick: IoU of 100 x 100 boxes in {1000 * (time.process_time() - start) / 200:.2f} ms", flush=True)


def time_growth(sizes: tuple[int, ...]) -> None:
    """Print the time of one image against the number of its objects."""
    skills = ShapeSkills.cold(["thing"])
    first = None
    for n_objects in sizes:
        rng = np.random.default_rng(1)
        answers = image(rng, n_objects, ["thing"])
        repeats = max(1, 2000 // n_objects)
        start = time.process_time()
        for _ in range(repeats):
            box_belief(answers, skills)
        milliseconds = 1000 * (time.process_time() - start) / repeats
        each = milliseconds / n_objects
        first = first or each
        print(
            f"one image, {n_objects:5} objects x {N_WORKERS} workers: {milliseconds:8.2f} ms, "
            f"{1000 * each:6.1f} us an object, {each / first:.2f} of that at {sizes[0]}",
            flush=True,
        )


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    arguments = parser.parse_args()
    time_yardstick()
    for classes in (["thing"], ["a", "b", "c", "d", "e"]):
        time_job(arguments.images, classes)
    time_growth((10, 30, 100, 300, 1000, 3000))


if __name__ == "__main__":
    main()
