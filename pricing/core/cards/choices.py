"""What a specification chooses of an effort card: how often and by whom, and how fast."""

from dataclasses import dataclass
from decimal import Decimal

from pricing.core.cards.effort import EffortRates, QualityLevel, TypeEffort
from pricing.core.cards.spec import Spec
from pricing.core.cards.values import refuse
from pricing.core.overlap import expected_overlap, expected_votes

# Ways to say how many answers an asset gets.
_ANSWERS = frozenset({"replicas", "margin", "target_confidence"})
_SPEEDS = frozenset({"rush", "turnaround", "deadline_share"})
ONCE = QualityLevel(replicas=1, margin=0, review_share=Decimal(0), reviewed_by="peer")


@dataclass(frozen=True)
class Quality:
    """How often an asset is answered and reviewed, and by whom."""

    replicas: Decimal
    review_share: Decimal
    reviewed_by: str


def quality_of(spec: Spec, work: TypeEffort, rates: EffortRates) -> Quality:
    """Return what is stated, else what the quality level says, else one answer without review."""
    level = ONCE
    if spec.quality_level is not None:
        if spec.quality_level not in rates.quality_levels:
            raise refuse("quality_level", f"use one of {', '.join(sorted(rates.quality_levels))}.")
        level = rates.quality_levels[spec.quality_level]
    reviewed_by = spec.reviewed_by or level.reviewed_by
    if reviewed_by not in rates.reviewers:
        raise refuse("reviewed_by", f"use one of {', '.join(sorted(rates.reviewers))}.")
    return Quality(
        replicas=_replicas(spec, work, rates, level),
        review_share=level.review_share if spec.review_share is None else spec.review_share,
        reviewed_by=reviewed_by,
    )


def _replicas(spec: Spec, work: TypeEffort, rates: EffortRates, level: QualityLevel) -> Decimal:
    _require_one(spec, _ANSWERS)
    if spec.replicas is not None:
        return spec.replicas
    accuracy = spec.accuracy or rates.assumed_accuracy
    if spec.target_confidence is not None:
        low = spec.min_overlap or 1
        high = spec.max_overlap or max(3, low)
        if high < low:
            raise refuse("max_overlap", "this is at least min_overlap.")
        return expected_overlap(accuracy, target=spec.target_confidence, min_overlap=low, max_overlap=high)
    margin = spec.margin or (level.margin if work.by_vote else 0)
    return expected_votes(accuracy, margin=margin) if margin else Decimal(level.replicas)


def rush_of(spec: Spec, rates: EffortRates) -> Decimal:
    """Return the share that is paid on top for a short deadline, stated in one of three ways."""
    _require_one(spec, _SPEEDS)
    if spec.turnaround is not None:
        return rates.rush_named(spec.turnaround)
    if spec.deadline_share is not None:
        return rates.rush_for(spec.deadline_share)
    return spec.rush or Decimal(0)


def _require_one(spec: Spec, names: frozenset[str]) -> None:
    stated = sorted(spec.given & names)
    if len(stated) > 1:
        raise refuse(stated[1], f"state this or {stated[0]}, not both.")
