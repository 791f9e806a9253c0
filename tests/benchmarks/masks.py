"""Compare the fusion of masks with crowd-kit and SimpleITK; part of `tests.benchmarks.shapes`."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from labeling.core.geometry.masks import Mask
from quality.core.shapes.fusion.masks import fuse_masks
from quality.management.shape_files.reading import GoldShapes, Recording

Pixels = NDArray[np.bool_]
Stacks = dict[str, list[Pixels]]


def compare_masks(recording: Recording, gold: dict[str, GoldShapes]) -> None:
    """Print mean IoU and time of every method for 3, 5 and all of the answers, first in the recording's order."""
    most = max(len(given) for given in recording.answers.values())
    truth = {task: known.shapes[0].to_pixels() for task, known in gold.items()}
    for k in sorted({number for number in (3, 5) if number < most} | {most}):
        stacks: Stacks = {
            task: [mask.to_pixels() for answer in recording.answers[task][:k] for mask in answer.shapes]
            for task in gold
            if task in recording.answers
        }
        single = np.mean([iou(mask, truth[task]) for task, masks in stacks.items() for mask in masks])
        print(f"  first {k:>3}  {'single worker':<24}{single:8.4f}")
        methods = METHODS if k == most else {name: METHODS[name] for name in QUICK}
        seconds: dict[str, float] = {}
        for name, method in methods.items():
            start = time.perf_counter()
            fused = method(stacks)
            seconds[name] = time.perf_counter() - start
            mean = np.mean([iou(fused[task], truth[task]) for task in stacks])
            ratio = seconds[name] / seconds["ours"]
            print(f"  first {k:>3}  {name:<24}{mean:8.4f}  {seconds[name]:8.2f} s {ratio:8.1f} x ours", flush=True)
        start = time.perf_counter()
        for task in stacks:
            fuse_masks([mask for answer in recording.answers[task][:k] for mask in answer.shapes])
        print(
            f"  first {k:>3}  {'ours, from runs to runs':<24}{'':8}  {time.perf_counter() - start:8.2f} s", flush=True
        )


def iou(first: Pixels, second: Pixels) -> float:
    """Return intersection over union of two pixel masks, 1 for two empty ones."""
    either = int((first | second).sum())
    return int((first & second).sum()) / either if either else 1.0


def ours(stacks: Stacks) -> dict[str, Pixels]:
    """Return the product's masks, the way from pixels to runs and back included."""
    return {
        task: fuse_masks([Mask.from_pixels(mask) for mask in masks]).mask.to_pixels() for task, masks in stacks.items()
    }


def pixel_majority(stacks: Stacks) -> dict[str, Pixels]:
    """Return the pixels that more than half cover."""
    return {task: 2 * np.sum(masks, axis=0) > len(masks) for task, masks in stacks.items()}


def union(stacks: Stacks) -> dict[str, Pixels]:
    """Return the pixels that anybody covers."""
    return {task: np.any(masks, axis=0) for task, masks in stacks.items()}


def staple(stacks: Stacks) -> dict[str, Pixels]:
    """Return SimpleITK's STAPLE at one half."""
    import SimpleITK

    found = {}
    for task, masks in stacks.items():
        images = [SimpleITK.GetImageFromArray(mask.astype(np.uint8)) for mask in masks]
        found[task] = SimpleITK.GetArrayFromImage(SimpleITK.STAPLE(images, 1.0)) > 0.5
    return found


def crowd_kit(name: str) -> Callable[[Stacks], dict[str, Pixels]]:
    """Return crowd-kit's aggregator of this name."""

    def run(stacks: Stacks) -> dict[str, Pixels]:
        import crowdkit.aggregation
        import pandas

        rows = [(task, worker, mask) for task, masks in stacks.items() for worker, mask in enumerate(masks)]
        frame = pandas.DataFrame(rows, columns=["task", "worker", "segmentation"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            series = getattr(crowdkit.aggregation, name)().fit_predict(frame)
        return {task: np.asarray(series[task], dtype=bool) for task in stacks}

    return run


METHODS: dict[str, Callable[[Stacks], dict[str, Pixels]]] = {
    "ours": ours,
    "pixel majority": pixel_majority,
    "union": union,
    "crowd-kit MajorityVote": crowd_kit("SegmentationMajorityVote"),
    "crowd-kit RASA": crowd_kit("SegmentationRASA"),
    "crowd-kit EM": crowd_kit("SegmentationEM"),
    "SimpleITK STAPLE": staple,
}
QUICK = ("ours", "pixel majority", "union")
