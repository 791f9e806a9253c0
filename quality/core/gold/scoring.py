"""How near one answer comes to a known one, and where it differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from labeling.core.conflicts import ConflictKind
from labeling.core.geometry.base import FloatArray, Geometry
from quality.core.shapes.scoring import NamedShapes

MIN_SIMILARITY = 0.5
# Below this two shapes have nothing to do with each other: one is missing and the other is extra.
RELATED_FROM = 0.1
RIGHT_FROM = 0.75


@dataclass(frozen=True)
class Conflict:
    """Tell of one difference.

    Parameters
    ----------
    given, known : positions of the annotations in the answer and in the known one; None where there is none.
    similarity : 0..1, None where there is no pair to measure.
    """

    kind: ConflictKind
    given: int | None
    known: int | None
    similarity: float | None = None


@dataclass(frozen=True)
class GoldScore:
    """State how right an answer is.

    Parameters
    ----------
    score : 0..1; of one class 1 or 0; of classes and shapes F1 over pairs of the same class (1 where both are empty).
    """

    score: float
    conflicts: tuple[Conflict, ...]

    @property
    def is_right(self) -> bool:
        """Return whether the answer passes as right."""
        return self.score >= RIGHT_FROM


@dataclass(frozen=True)
class Matching:
    """Hold which annotations of an answer are known ones.

    Parameters
    ----------
    pairs : (given, known) positions of those found and named right.
    conflicts : of all others.
    n_given, n_known : annotations of either.
    """

    pairs: tuple[tuple[int, int], ...]
    conflicts: tuple[Conflict, ...]
    n_given: int
    n_known: int

    def scored(self, earned: Sequence[float] | None = None, conflicts: Sequence[Conflict] = ()) -> GoldScore:
        """Return F1, each pair counting its credit (1 by default); `conflicts` are further ones."""
        n_annotations = self.n_given + self.n_known
        n_right = len(self.pairs) if earned is None else sum(earned)
        score = 2 * n_right / n_annotations if n_annotations else 1.0
        return GoldScore(score, (*self.conflicts, *conflicts))


def match_class(given: str, known: str) -> Matching:
    """Compare two classes."""
    if given == known:
        return Matching(((0, 0),), (), 1, 1)
    return Matching((), (Conflict(ConflictKind.MISMATCHING_LABEL, 0, 0),), 1, 1)


def match_classes(given: Sequence[str], known: Sequence[str]) -> Matching:
    """Compare two sets of classes."""
    place = {name: position for position, name in enumerate(known)}
    pairs = [(position, place[name]) for position, name in enumerate(given) if name in place]
    extra = [Conflict(ConflictKind.EXTRA_ANNOTATION, row, None) for row, name in enumerate(given) if name not in place]
    named = set(given)
    missing = [
        Conflict(ConflictKind.MISSING_ANNOTATION, None, position)
        for position, name in enumerate(known)
        if name not in named
    ]
    return Matching(tuple(pairs), (*extra, *missing), len(given), len(known))


def score_class(given: str, known: str) -> GoldScore:
    """Compare two classes."""
    return match_class(given, known).scored()


def score_shapes_of_answer(
    geometry: Geometry, given: NamedShapes, known: NamedShapes, *, min_similarity: float = MIN_SIMILARITY
) -> GoldScore:
    """Score the matching that `match_shapes` makes."""
    return match_shapes(geometry, given, known, min_similarity=min_similarity).scored()


def match_shapes(
    geometry: Geometry, given: NamedShapes, known: NamedShapes, *, min_similarity: float = MIN_SIMILARITY
) -> Matching:
    """Match the shapes of an answer with the known ones, and name every difference.

    Parameters
    ----------
    min_similarity : pairs below it do not count as found, in (0, 1].

    Raises
    ------
    ValueError
        `min_similarity` is outside (0, 1].

    Notes
    -----
    Pairs are made one to one: the most that reach `min_similarity`, then those that at least meet (0.1), each with
    the largest sum of similarity. What is left of the answer is `covered` where it reaches `min_similarity` with a
    known shape that another one was paired with (the same thing drawn twice), else extra. Classes play no part in the
    pairing, so that a wrong name is not also a missing and an extra shape.
    """
    if not 0.0 < min_similarity <= 1.0:
        raise ValueError("min_similarity must lie in (0, 1]")
    similarity = geometry.similarity_matrix(given.shapes, known.shapes)
    conflicts: list[Conflict] = []
    right: list[tuple[int, int]] = []
    free_given, free_known = set(range(len(given.labels))), set(range(len(known.labels)))
    for row, column in _pairs(similarity, sorted(free_given), sorted(free_known), least=min_similarity):
        free_given.discard(row)
        free_known.discard(column)
        if given.labels[row] == known.labels[column]:
            right.append((row, column))
        else:
            conflicts.append(_conflict(ConflictKind.MISMATCHING_LABEL, row, column, similarity))
    related = min(RELATED_FROM, min_similarity)
    for row, column in _pairs(similarity, sorted(free_given), sorted(free_known), least=related):
        free_given.discard(row)
        free_known.discard(column)
        conflicts.append(_conflict(ConflictKind.LOW_OVERLAP, row, column, similarity))
    for row in sorted(free_given):
        best = int(similarity[row].argmax()) if len(known.labels) else -1
        if best >= 0 and similarity[row, best] >= min_similarity:
            conflicts.append(_conflict(ConflictKind.COVERED_ANNOTATION, row, best, similarity))
        else:
            conflicts.append(Conflict(ConflictKind.EXTRA_ANNOTATION, row, None))
    conflicts += [Conflict(ConflictKind.MISSING_ANNOTATION, None, column) for column in sorted(free_known)]
    return Matching(tuple(right), tuple(conflicts), len(given.labels), len(known.labels))


def _pairs(similarity: FloatArray, rows: list[int], columns: list[int], *, least: float) -> list[tuple[int, int]]:
    """Return the pairs, among these rows and columns, that are at least so alike: the most, then the most alike."""
    if not rows or not columns:
        return []
    part = similarity[np.ix_(rows, columns)]
    bonus = 1.0 + min(part.shape)
    first, second = linear_sum_assignment(np.where(part >= least, part + bonus, 0.0), maximize=True)
    return [
        (rows[row], columns[column])
        for row, column in zip(first.tolist(), second.tolist(), strict=True)
        if part[row, column] >= least
    ]


def _conflict(kind: ConflictKind, row: int, column: int, similarity: FloatArray) -> Conflict:
    return Conflict(kind, row, column, round(float(similarity[row, column]), 6))
