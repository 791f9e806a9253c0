"""What an audit lets one say, in figures and in a sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from quality.core.acceptance.anytime import anytime_upper_bound
from quality.core.acceptance.bounds import upper_bound
from quality.core.acceptance.fixed import FixedPlan
from quality.core.acceptance.limits import ErrorLimit
from quality.core.acceptance.sequential import SequentialPlan, sequential_upper_bound
from quality.core.acceptance.strata import StratifiedAudit, pooled_upper_bound, weighted_upper_bound


class BoundMethod(StrEnum):
    """Name how the bound was had."""

    CLOPPER_PEARSON = "clopper_pearson"
    HYPERGEOMETRIC = "hypergeometric"
    SEQUENTIAL_STAGEWISE = "sequential_stagewise"
    ANYTIME_MIXTURE = "anytime_mixture"
    STRATIFIED_POOLED = "stratified_pooled"
    STRATIFIED_BETTING = "stratified_betting"


@dataclass(frozen=True)
class Certificate:
    """State what an audit showed.

    Parameters
    ----------
    n_audited, n_wrong : labels checked and those found wrong.
    upper_bound : of the share wrong, at the limit's confidence.
    """

    limit: ErrorLimit
    method: BoundMethod
    n_audited: int
    n_wrong: int
    upper_bound: float

    @property
    def holds(self) -> bool:
        """Return whether the limit is shown to be kept."""
        return self.upper_bound <= self.limit.share

    @property
    def statement(self) -> str:
        """Return the finding in a sentence. The confidence is the procedure's; the auditor is taken to be right."""
        drawn = f"{self.n_wrong} of {self.n_audited} checked labels were wrong"
        whole = "" if self.limit.population is None else f" of all {self.limit.population}"
        return (
            f"{drawn}; with {self.limit.confidence:.4g} confidence at most {self.upper_bound:.4%}{whole} are wrong, "
            f"so that the limit of {self.limit.share:.4g} is {'kept' if self.holds else 'not shown to be kept'}."
        )

    def to_json(self) -> dict[str, object]:
        """Return plain types."""
        return {
            **asdict(self.limit),
            "method": self.method.value,
            "n_audited": self.n_audited,
            "n_wrong": self.n_wrong,
            "upper_bound": self.upper_bound,
            "holds": self.holds,
            "statement": self.statement,
        }


def certify_fixed(plan: FixedPlan, *, n_wrong: int) -> Certificate:
    """Conclude an audit of the planned size; it holds exactly when the plan passes."""
    limit = plan.limit
    bound = upper_bound(plan.n_audited, n_wrong, confidence=limit.confidence, population=limit.population)
    method = BoundMethod.CLOPPER_PEARSON if limit.population is None else BoundMethod.HYPERGEOMETRIC
    return Certificate(limit=limit, method=method, n_audited=plan.n_audited, n_wrong=n_wrong, upper_bound=bound)


def certify_sequential(plan: SequentialPlan, *, n_audited: int, n_wrong: int) -> Certificate:
    """Conclude an audit that ended by the plan; it holds exactly when the plan passes.

    Raises
    ------
    ValueError
        The audit has not ended there by the plan: `certify_anytime` is for audits broken off, if it was chosen before.
    """
    bound = sequential_upper_bound(plan, n_audited=n_audited, n_wrong=n_wrong)
    method = BoundMethod.SEQUENTIAL_STAGEWISE
    return Certificate(limit=plan.limit, method=method, n_audited=n_audited, n_wrong=n_wrong, upper_bound=bound)


def certify_anytime(limit: ErrorLimit, *, n_audited: int, n_wrong: int, expected_error: float) -> Certificate:
    """Conclude an audit without a plan, stopped for whatever reason."""
    bound = anytime_upper_bound(
        n_audited,
        n_wrong,
        confidence=limit.confidence,
        population=limit.population,
        expected_error=expected_error,
    )
    method = BoundMethod.ANYTIME_MIXTURE
    return Certificate(limit=limit, method=method, n_audited=n_audited, n_wrong=n_wrong, upper_bound=bound)


def certify_stratified(limit: ErrorLimit, audit: StratifiedAudit, *, oversampled: bool) -> Certificate:
    """Conclude an audit by strata whose allocation was fixed beforehand.

    Parameters
    ----------
    oversampled : whether the allocation drew some strata more densely on purpose; decides the bound, and is known
        before the audit (choosing the smaller of two bounds afterwards would break the confidence).
    """
    bound_of = weighted_upper_bound if oversampled else pooled_upper_bound
    return Certificate(
        limit=limit,
        method=BoundMethod.STRATIFIED_BETTING if oversampled else BoundMethod.STRATIFIED_POOLED,
        n_audited=int(audit.n_audited.sum()),
        n_wrong=int(audit.n_wrong.sum()),
        upper_bound=bound_of(audit, confidence=limit.confidence),
    )
