"""Scoring annotations against known ones, as answers store them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from quality.core.gold.details import earned_of, score_described
from quality.core.gold.scoring import MIN_SIMILARITY, Conflict, match_class, match_classes, match_shapes
from quality.core.gold.scoring import GoldScore as Scored
from quality.core.gold.segments import SegmentMatching, Segments, match_classes_of_pixels, match_segments
from quality.core.shapes.coded_masks import read_masks
from quality.core.shapes.kinds import SHAPE_KINDS, ShapeKind
from quality.core.terms import Scene

# Annotations, or the objects of a conclusion, which are called nothing (None) where classes tie.
Annotations = Sequence[dict[str, Any]]


class Scorer(Protocol):
    """One annotation type's way to compare two answers."""

    def __call__(self, given: Annotations, known: Annotations, *, scene: Scene, min_similarity: float) -> Scored:
        """Compare annotations with known ones; shapes below `min_similarity` are not found."""
        ...


def score_annotations(
    annotation_type: str,
    given: Annotations,
    known: Annotations,
    *,
    scene: Scene,
    min_similarity: float = MIN_SIMILARITY,
) -> Scored:
    """Compare annotations with known ones of the same type and image."""
    return SCORERS[annotation_type](given, known, scene=scene, min_similarity=min_similarity)


def told_conflict(conflict: Conflict) -> dict[str, Any]:
    """Return a conflict in plain types."""
    return {
        "kind": conflict.kind.value,
        "given": conflict.given,
        "known": conflict.known,
        "similarity": conflict.similarity,
    }


def _score_class(given: Annotations, known: Annotations, *, scene: Scene, min_similarity: float) -> Scored:
    matching = match_class(given[0]["class"], known[0]["class"])
    return score_described(matching, given, known, symmetric=scene.terms.symmetric)


def _score_classes(given: Annotations, known: Annotations, *, scene: Scene, min_similarity: float) -> Scored:
    matching = match_classes([each["class"] for each in given], [each["class"] for each in known])
    return score_described(matching, given, known, symmetric=scene.terms.symmetric)


def _score_shapes(
    kind: ShapeKind, given: Annotations, known: Annotations, *, scene: Scene, min_similarity: float
) -> Scored:
    geometry = kind.geometry(scene.terms)
    matching = match_shapes(
        geometry,
        kind.named(given, scene, geometry),
        kind.named(known, scene, geometry),
        min_similarity=min_similarity,
    )
    return score_described(matching, given, known, symmetric=scene.terms.symmetric)


def _score_semantic(given: Annotations, known: Annotations, *, scene: Scene, min_similarity: float) -> Scored:
    found = _matched(match_classes_of_pixels, given, known, scene, min_similarity)
    return found.mean_iou(*earned_of(found.matching, given, known, symmetric=scene.terms.symmetric))


def _score_panoptic(given: Annotations, known: Annotations, *, scene: Scene, min_similarity: float) -> Scored:
    found = _matched(match_segments, given, known, scene, min_similarity)
    return found.panoptic_quality(*earned_of(found.matching, given, known, symmetric=scene.terms.symmetric))


def _matched(
    match: Callable[..., SegmentMatching], given: Annotations, known: Annotations, scene: Scene, min_similarity: float
) -> SegmentMatching:
    one, other = (
        Segments(read_masks([each["mask"] for each in side]), [each["class"] for each in side])
        for side in (given, known)
    )
    return match(one, other, void=scene.terms.void, min_similarity=min_similarity)


SCORERS: dict[str, Scorer] = {
    "image_classification": _score_class,
    "multi_label_classification": _score_classes,
    **{name: partial(_score_shapes, kind) for name, kind in SHAPE_KINDS.items()},
    "semantic_segmentation": _score_semantic,
    "panoptic_segmentation": _score_panoptic,
}
