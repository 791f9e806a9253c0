"""Segments that together are every pixel of an image, made of what files say: often less than that."""

from typing import Any

import numpy as np

from labeling.core.annotations.ontology import ClassKind, Ontology
from labeling.core.imports.base import Size
from labeling.core.imports.rasters import Runs, mask_of_runs

PARTITIONS = frozenset({"semantic_segmentation", "panoptic_segmentation"})


def partition(annotations: list[dict[str, Any]], ontology: Ontology, annotation_type: str) -> list[dict[str, Any]]:
    """Return one segment for each class that has only one, and what nobody spoke of as the ontology's only void.

    Parameters
    ----------
    annotations : at least one, each with a `mask` whose `counts` are numbers.
    """
    height, width = annotations[0]["mask"]["size"]
    size = Size(width=width, height=height)
    kept: list[dict[str, Any]] = []
    once: dict[str, list[Runs]] = {}
    for annotation in annotations:
        is_thing = ontology.kind_of(annotation["class"]) is ClassKind.THING
        if is_thing and annotation_type == "panoptic_segmentation":
            kept.append(annotation)
        else:
            once.setdefault(annotation["class"], []).append(_runs(annotation))
    rest = _rest([_runs(annotation) for annotation in annotations], size)
    voids = [each.name for each in ontology.classes if each.kind is ClassKind.VOID]
    if len(rest) and len(voids) == 1:
        once.setdefault(voids[0], []).append(rest)
    merged = [{"class": name, "mask": mask_of_runs(np.concatenate(runs), size)} for name, runs in once.items()]
    return [*kept, *merged]


def _runs(annotation: dict[str, Any]) -> Runs:
    bounds = np.cumsum(np.array(annotation["mask"]["counts"], dtype=np.int64))
    n_runs = len(bounds) // 2
    return np.stack([bounds[0 : 2 * n_runs : 2], bounds[1 : 2 * n_runs : 2]], axis=1)


def _rest(spoken_of: list[Runs], size: Size) -> Runs:
    """Return the stretches that no segment covers."""
    covered = _runs({"mask": mask_of_runs(np.concatenate(spoken_of), size)})
    starts = np.concatenate([[0], covered[:, 1]])
    ends = np.concatenate([covered[:, 0], [size.width * size.height]])
    gaps: Runs = np.stack([starts, ends], axis=1)[starts < ends]
    return gaps
