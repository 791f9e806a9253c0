"""What checks make of a conclusion: each annotation type's candidates, and how likely the answers hold them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from labeling.core.geometry.base import FloatArray
from labeling.models import ReviewedBy, TaskKind
from quality.core.review.verdicts import PEER, REQUESTER, SENIOR, Checked, Opinion, ReviewerSkill, Said
from quality.core.terms import Scene, Terms
from quality.services.aggregation import AGGREGATORS, Conclusion
from quality.services.aggregation.describing import told_attributes
from quality.services.scoring import score_annotations

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
    scene: Scene


class Checker(Protocol):
    """One annotation type's way to hold labels against each other."""

    def same(self, one: Annotations, other: Annotations, *, scene: Scene) -> bool:
        """Return whether two sets of annotations are the same label."""
        ...

    def chances(self, conclusion: Conclusion, candidates: Sequence[Annotations], *, scene: Scene) -> FloatArray:
        """Return (n_candidates + 1,) what the answers alone make of each candidate and, last, of anything else."""
        ...

    def n_alternatives(self, terms: Terms) -> int:
        """Return how many different labels a task may have, at least 2."""
        ...

    def concluded(self, case: Case, belief: FloatArray) -> Conclusion:
        """Return the conclusion as the verdicts leave it; `belief` as `chances`."""
        ...


class ClassChecker:
    """One class a task; two labels of one class are the same, however they describe it."""

    def same(self, one: Annotations, other: Annotations, *, scene: Scene) -> bool:
        """Compare the classes."""
        return bool(one[0]["class"] == other[0]["class"])

    def chances(self, conclusion: Conclusion, candidates: Sequence[Annotations], *, scene: Scene) -> FloatArray:
        """Read the posterior."""
        posterior = conclusion.value["posterior"]
        return _distribution(np.array([posterior.get(each[0]["class"], 0.0) for each in candidates]))

    def n_alternatives(self, terms: Terms) -> int:
        """Return the number of classes."""
        return max(2, len(terms.classes))

    def concluded(self, case: Case, belief: FloatArray) -> Conclusion:
        """Spread what no candidate has over the other classes as the answers have it."""
        conclusion = case.conclusion
        named = {each[0]["class"]: float(chance) for each, chance in zip(case.candidates, belief[:-1], strict=True)}
        others = {name: chance for name, chance in conclusion.value["posterior"].items() if name not in named}
        scale = float(belief[-1]) / (sum(others.values()) or 1.0)
        posterior = named | {name: chance * scale for name, chance in others.items()}
        top = max(posterior.values())
        leading = [name for name, chance in posterior.items() if chance >= top - 1e-9]
        shown = {name: round(chance, 6) for name, chance in posterior.items() if round(chance, 6) > 0}
        name = leading[0] if len(leading) == 1 else None
        return replace(
            conclusion,
            value={"class": name, "posterior": shown, **_description(case, name)},
            confidence=top,
            undecided=len(leading) > 1,
        )


def _description(case: Case, name: str | None) -> Json:
    """Return the attributes of the class: the answers' own where they named it, else those of who proposed it."""
    value = case.conclusion.value
    if value["class"] != name:
        proposed = next((each[0] for each in case.candidates if each[0]["class"] == name), None)
        if proposed is None:
            return {}
        value = told_attributes([proposed.get("attributes") or {}])
    return {member: value[member] for member in ("attributes", "attribute_shares") if member in value}


class SetChecker:
    """Any number of things a task: shapes, segments, or classes.

    Parameters
    ----------
    annotation_type : by whose scorer and aggregator labels are compared and kept.
    """

    def __init__(self, annotation_type: str) -> None:
        self.annotation_type = annotation_type

    def same(self, one: Annotations, other: Annotations, *, scene: Scene) -> bool:
        """Return whether everything has its like."""
        # Void is left out where answers are scored; here it is a label as any other.
        alike = replace(scene, terms=replace(scene.terms, void=frozenset()))
        scored = score_annotations(self.annotation_type, one, other, scene=alike, min_similarity=SAME_SHAPE_FROM)
        return not scored.conflicts

    def chances(self, conclusion: Conclusion, candidates: Sequence[Annotations], *, scene: Scene) -> FloatArray:
        """Give the answers' conclusion its confidence, and leave half of the rest to the other candidates."""
        own = self._own(conclusion, candidates, scene)
        sure = 0.0 if own is None else conclusion.confidence
        others = len(candidates) - (own is not None)
        named = np.full(len(candidates), (1.0 - sure) / (2 * others) if others else 0.0)
        if own is not None:
            named[own] = sure
        return _distribution(named)

    def n_alternatives(self, terms: Terms) -> int:
        """Return what is assumed of shapes."""
        return SHAPE_ALTERNATIVES

    def concluded(self, case: Case, belief: FloatArray) -> Conclusion:
        """Take the likeliest candidate; where none is likely, the answers' own, as sure as is left of it."""
        conclusion, best = case.conclusion, int(belief[:-1].argmax())
        own = self._own(conclusion, case.candidates, case.scene)
        if best == own or belief[best] < belief[-1]:
            return replace(conclusion, confidence=0.0 if own is None else float(belief[own]))
        known = AGGREGATORS[self.annotation_type].known(list(case.candidates[best]), terms=case.scene.terms)
        return replace(conclusion, value=known.value, confidence=float(belief[best]), undecided=False)

    def _own(self, conclusion: Conclusion, candidates: Sequence[Annotations], scene: Scene) -> int | None:
        """Return which candidate is the answers' conclusion."""
        aggregator = AGGREGATORS[self.annotation_type]
        concluded = aggregator.as_annotations(conclusion.value, terms=scene.terms, min_confidence=0.0)
        if concluded is None:
            return None
        return next((place for place, each in enumerate(candidates) if self.same(concluded, each, scene=scene)), None)


CHECKERS: dict[str, Checker] = {
    name: ClassChecker() if aggregator.names_one_class else SetChecker(name) for name, aggregator in AGGREGATORS.items()
}


def case_of(
    annotation_type: str, conclusion: Conclusion, reviews: Sequence[GivenReview], *, scene: Scene
) -> tuple[Case, list[UUID]]:
    """Return a label with the verdicts on it, and the reviewers that the opinions' numbers stand for."""
    checker = CHECKERS[annotation_type]
    candidates: list[Annotations] = []

    def number(annotations: Annotations) -> int:
        for place, each in enumerate(candidates):
            if checker.same(each, annotations, scene=scene):
                return place
        candidates.append(annotations)
        return len(candidates) - 1

    aggregator = AGGREGATORS[annotation_type]
    concluded = aggregator.as_annotations(conclusion.value, terms=scene.terms, min_confidence=0.0)
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
        prior=checker.chances(conclusion, candidates, scene=scene),
        opinions=opinions,
        n_alternatives=checker.n_alternatives(scene.terms),
    )
    return Case(conclusion, candidates, checked, scene), list(people)


def said_of(review: GivenReview) -> Said:
    """Return a verdict in the core's words."""
    return Said.CHOOSE if review.kind == TaskKind.ADJUDICATE else Said(review.verdict or "")


def concluded_by(annotation_type: str, case: Case, belief: FloatArray) -> Conclusion:
    """Return a case's conclusion with the verdicts in it."""
    conclusion = CHECKERS[annotation_type].concluded(case, belief)
    return replace(conclusion, p_correct=None, n_reviews=len(case.checked.opinions))


def distinct(annotation_type: str, answers: Sequence[Annotations], *, most: int, scene: Scene) -> list[Annotations]:
    """Return the different labels among answers, those given most often first."""
    checker = CHECKERS[annotation_type]
    kinds: list[tuple[Annotations, int]] = []
    for annotations in answers:
        for place, (each, n) in enumerate(kinds):
            if checker.same(each, annotations, scene=scene):
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
