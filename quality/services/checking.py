"""What checks make of a conclusion: each annotation type's candidates, and how likely the answers hold them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from labeling.core.geometry.base import FloatArray
from labeling.core.geometry.registry import GEOMETRIES
from labeling.models import ReviewedBy, TaskKind
from quality.core.gold.scoring import score_shapes_of_answer
from quality.core.review.verdicts import PEER, REQUESTER, SENIOR, Checked, Opinion, ReviewerSkill, Said
from quality.core.shapes.scoring import NamedShapes
from quality.services.aggregation import AGGREGATORS, Conclusion

Json = dict[str, Any]
Annotations = list[Json]

# Shapes drawn anew are the same only where they fit closely: whoever mends a loose box means another one.
SAME_SHAPE_FROM = 0.75
# Of shapes there are endless alternatives; two people seldom err in the same way.
SHAPE_ALTERNATIVES = 20

PLAUSIBLE: dict[str, ReviewerSkill] = {
    ReviewedBy.PEER: PEER,
    ReviewedBy.SENIOR: SENIOR,
    ReviewedBy.REQUESTER: REQUESTER,
}


@dataclass(frozen=True)
class GivenReview:
    """A verdict as it is stored: whose, on which proposals, and what they hold to be right."""

    worker_id: UUID
    kind: str
    proposals: Sequence[Annotations]
    verdict: str | None
    annotations: Annotations


@dataclass(frozen=True)
class Case:
    """A label with the verdicts on it, in the terms of `quality.core.review`."""

    conclusion: Conclusion
    candidates: Sequence[Annotations]
    checked: Checked


class Checker(Protocol):
    """One annotation type's way to hold labels against each other."""

    def same(self, one: Annotations, other: Annotations) -> bool:
        """Return whether two sets of annotations are the same label."""
        ...

    def chances(self, conclusion: Conclusion, candidates: Sequence[Annotations]) -> FloatArray:
        """Return (n_candidates + 1,) what the answers alone make of each candidate and, last, of anything else."""
        ...

    def n_alternatives(self, classes: Sequence[str]) -> int:
        """Return how many different labels a task may have, at least 2."""
        ...

    def concluded(self, conclusion: Conclusion, candidates: Sequence[Annotations], belief: FloatArray) -> Conclusion:
        """Return the conclusion as the verdicts leave it; `belief` as `chances`."""
        ...


class ClassChecker:
    """One class a task."""

    def same(self, one: Annotations, other: Annotations) -> bool:
        """Compare the classes."""
        return bool(one[0]["class"] == other[0]["class"])

    def chances(self, conclusion: Conclusion, candidates: Sequence[Annotations]) -> FloatArray:
        """Read the posterior."""
        posterior = conclusion.value["posterior"]
        return _distribution(np.array([posterior.get(each[0]["class"], 0.0) for each in candidates]))

    def n_alternatives(self, classes: Sequence[str]) -> int:
        """Return the number of classes."""
        return max(2, len(classes))

    def concluded(self, conclusion: Conclusion, candidates: Sequence[Annotations], belief: FloatArray) -> Conclusion:
        """Spread what no candidate has over the other classes as the answers have it."""
        named = {each[0]["class"]: float(chance) for each, chance in zip(candidates, belief[:-1], strict=True)}
        others = {name: chance for name, chance in conclusion.value["posterior"].items() if name not in named}
        scale = float(belief[-1]) / (sum(others.values()) or 1.0)
        posterior = named | {name: chance * scale for name, chance in others.items()}
        top = max(posterior.values())
        leading = [name for name, chance in posterior.items() if chance >= top - 1e-9]
        shown = {name: round(chance, 6) for name, chance in posterior.items() if round(chance, 6) > 0}
        return replace(
            conclusion,
            value={"class": leading[0] if len(leading) == 1 else None, "posterior": shown},
            confidence=top,
            undecided=len(leading) > 1,
        )


class BoxChecker:
    """Any number of boxes a task."""

    def same(self, one: Annotations, other: Annotations) -> bool:
        """Return whether every box has its like."""
        if len(one) != len(other):
            return False
        geometry = GEOMETRIES["box"]()
        sides = [
            NamedShapes(
                shapes=geometry.collect([geometry.read(each["box"]) for each in annotations]),
                labels=tuple(each["class"] for each in annotations),
            )
            for annotations in (one, other)
        ]
        return score_shapes_of_answer(geometry, sides[0], sides[1], min_similarity=SAME_SHAPE_FROM).score == 1.0

    def chances(self, conclusion: Conclusion, candidates: Sequence[Annotations]) -> FloatArray:
        """Give the answers' conclusion its confidence, and leave half of the rest to the other candidates."""
        own = self._own(conclusion, candidates)
        sure = 0.0 if own is None else conclusion.confidence
        others = len(candidates) - (own is not None)
        named = np.full(len(candidates), (1.0 - sure) / (2 * others) if others else 0.0)
        if own is not None:
            named[own] = sure
        return _distribution(named)

    def n_alternatives(self, classes: Sequence[str]) -> int:
        """Return what is assumed of shapes."""
        return SHAPE_ALTERNATIVES

    def concluded(self, conclusion: Conclusion, candidates: Sequence[Annotations], belief: FloatArray) -> Conclusion:
        """Take the likeliest candidate; where none is likely, the answers' own, as sure as is left of it."""
        best, own = int(belief[:-1].argmax()), self._own(conclusion, candidates)
        if best == own or belief[best] < belief[-1]:
            return replace(conclusion, confidence=0.0 if own is None else float(belief[own]))
        known = AGGREGATORS["bounding_box"].known(list(candidates[best]))
        return replace(conclusion, value=known.value, confidence=float(belief[best]), undecided=False)

    def _own(self, conclusion: Conclusion, candidates: Sequence[Annotations]) -> int | None:
        """Return which candidate is the answers' conclusion."""
        concluded = AGGREGATORS["bounding_box"].as_annotations(conclusion.value, min_confidence=0.0)
        if concluded is None:
            return None
        return next((place for place, each in enumerate(candidates) if self.same(concluded, each)), None)


CHECKERS: dict[str, Checker] = {"image_classification": ClassChecker(), "bounding_box": BoxChecker()}


def case_of(
    annotation_type: str, conclusion: Conclusion, reviews: Sequence[GivenReview], *, classes: Sequence[str]
) -> tuple[Case, list[UUID]]:
    """Return a label with the verdicts on it, and the reviewers that the opinions' numbers stand for."""
    checker = CHECKERS[annotation_type]
    candidates: list[Annotations] = []

    def number(annotations: Annotations) -> int:
        for place, each in enumerate(candidates):
            if checker.same(each, annotations):
                return place
        candidates.append(annotations)
        return len(candidates) - 1

    concluded = AGGREGATORS[annotation_type].as_annotations(conclusion.value, min_confidence=0.0)
    if concluded is not None:
        number(concluded)
    people: dict[UUID, int] = {}
    opinions = []
    for review in reviews:
        shown = [number(each) for each in review.proposals]
        said = said_of(review)
        mere = said in {Said.ACCEPT, Said.REJECT}
        opinion = Opinion(
            reviewer=people.setdefault(review.worker_id, len(people)),
            said=said,
            proposal=None if said is Said.CHOOSE else shown[0],
            outcome=None if mere else number(review.annotations),
        )
        if opinion.proposal is None or opinion.proposal != opinion.outcome:
            opinions.append(opinion)
        else:  # what was made of it is no other label: too near to tell apart
            opinions.append(replace(opinion, said=Said.ACCEPT, outcome=None))
    checked = Checked(
        prior=checker.chances(conclusion, candidates),
        opinions=opinions,
        n_alternatives=checker.n_alternatives(classes),
    )
    return Case(conclusion, candidates, checked), list(people)


def said_of(review: GivenReview) -> Said:
    """Return a verdict in the core's words."""
    return Said.CHOOSE if review.kind == TaskKind.ADJUDICATE else Said(review.verdict or "")


def concluded_by(annotation_type: str, case: Case, belief: FloatArray) -> Conclusion:
    """Return a case's conclusion with the verdicts in it."""
    conclusion = CHECKERS[annotation_type].concluded(case.conclusion, case.candidates, belief)
    return replace(conclusion, p_correct=None, n_reviews=len(case.checked.opinions))


def distinct(annotation_type: str, answers: Sequence[Annotations], *, most: int) -> list[Annotations]:
    """Return the different labels among answers, those given most often first."""
    checker = CHECKERS[annotation_type]
    kinds: list[tuple[Annotations, int]] = []
    for annotations in answers:
        for place, (each, n) in enumerate(kinds):
            if checker.same(each, annotations):
                kinds[place] = (each, n + 1)
                break
        else:
            kinds.append((annotations, 1))
    return [each for each, _ in sorted(kinds, key=lambda kind: -kind[1])][:most]


def _distribution(named: FloatArray) -> FloatArray:
    """Return chances with what is left to anything else, summing to 1."""
    total = float(named.sum())
    if total > 1.0:
        return np.append(named / total, 0.0)
    return np.append(named, 1.0 - total)
