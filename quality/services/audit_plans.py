"""Between an audit's row and the numeric core: choosing its plan, drawing its labels, and applying its rule."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from django.db.models import Count, QuerySet

from quality.core.acceptance.certificate import Certificate, certify_fixed, certify_sequential, certify_stratified
from quality.core.acceptance.fixed import FixedPlan, draw_audit, plan_fixed
from quality.core.acceptance.fixed import LimitTooNear as TooNear
from quality.core.acceptance.limits import ErrorLimit
from quality.core.acceptance.sequential import SequentialPlan, Verdict, plan_sequential
from quality.core.acceptance.strata import StratifiedAudit, draw_stratified, smallest_allocation
from quality.core.labels import IntArray
from quality.errors import LimitTooNear, NoSuchPlan
from quality.models import Audit, AuditPlanKind, AuditVerdict, ConsensusLabel

# More checks than this no requester's people make.
MAX_ITEMS = 5_000
# Errors expected beyond this part of the limit make audits that cost more than they tell.
MAX_EXPECTED_PART = 0.5
# Exact sequential plans take seconds to find beyond these, and are hardly shorter than fixed ones there.
MAX_SEQUENTIAL_WRONG = 8
MAX_SEQUENTIAL_ITEMS = 2_500
# The commonest classes are strata of their own, the others one together.
MAX_STRATA = 20

P = TypeVar("P", FixedPlan, SequentialPlan)


@dataclass(frozen=True)
class Draw:
    """A plan as it is stored, how many labels it takes, and the strata they are drawn from.

    Attributes
    ----------
    strata : the stratum of each label in the order of tasks, and how many to draw of each; None = drawn evenly.
    """

    kind: AuditPlanKind
    plan: dict[str, Any]
    n_items: int
    strata: tuple[IntArray, IntArray] | None = None

    def stratum_of(self, row: int) -> int:
        """Return the stratum of a label; 0 where there is only one."""
        return 0 if self.strata is None else int(self.strata[0][row])


def plan_of(audit: Audit, final: QuerySet[ConsensusLabel], *, kind: AuditPlanKind | None) -> Draw:
    """Choose the plan of an audit of these labels; without a kind, the cheaper of fixed and sequential.

    Raises
    ------
    LimitTooNear, NoSuchPlan
        None holds the limit, or none of this kind.
    """
    limit, expected = audit.limit, float(audit.expected_error)
    if expected > MAX_EXPECTED_PART * limit.share:
        raise LimitTooNear("Expect at most half as many errors as are allowed.", field="expected_error")
    try:
        fixed = plan_fixed(limit, expected_error=expected)
    except TooNear as error:
        raise LimitTooNear("The errors expected are not below the limit.", field="expected_error") from error
    if kind is AuditPlanKind.STRATIFIED:
        return _stratified(limit, fixed, final)
    sequential = None if kind is AuditPlanKind.FIXED else _sequential(limit, fixed, expected)
    if kind is AuditPlanKind.SEQUENTIAL and sequential is None:
        raise NoSuchPlan("No sequential plan holds this limit; a fixed one does.", field="kind")
    if sequential is not None and (kind or sequential.expected_audit_good < fixed.n_audited):
        return Draw(kind=AuditPlanKind.SEQUENTIAL, plan=sequential.to_json(), n_items=sequential.accept_from[-1])
    return Draw(kind=AuditPlanKind.FIXED, plan=fixed.to_json(), n_items=fixed.n_audited)


def draw_of(draw: Draw, rng: np.random.Generator, *, population: int) -> IntArray:
    """Return the numbers of the labels to check, counted along the tasks, in the order to check them."""
    if draw.strata is None:
        return draw_audit(population, draw.n_items, rng=rng)
    stratum, allocation = draw.strata
    return rng.permutation(draw_stratified(stratum, allocation, rng=rng))


def conclude(audit: Audit) -> Certificate | None:
    """Return what the audit shows, None while it goes on."""
    if audit.kind == AuditPlanKind.SEQUENTIAL:
        sequential = _read(SequentialPlan, audit.plan, audit.limit)
        if sequential.verdict(audit.n_audited, audit.n_wrong) is Verdict.GO_ON:
            return None
        return certify_sequential(sequential, n_audited=audit.n_audited, n_wrong=audit.n_wrong)
    if audit.n_audited < audit.n_items:
        return None
    if audit.kind == AuditPlanKind.FIXED:
        return certify_fixed(_read(FixedPlan, audit.plan, audit.limit), n_wrong=audit.n_wrong)
    return certify_stratified(audit.limit, _found(audit), oversampled=False)


def _sequential(limit: ErrorLimit, fixed: FixedPlan, expected: float) -> SequentialPlan | None:
    if fixed.max_wrong > MAX_SEQUENTIAL_WRONG or fixed.n_audited > MAX_SEQUENTIAL_ITEMS:
        return None
    return plan_sequential(limit, expected_error=expected)


def _stratified(limit: ErrorLimit, fixed: FixedPlan, final: QuerySet[ConsensusLabel]) -> Draw:
    """Draw each stratum in proportion, at least one label of each, with as many errors allowed as if drawn evenly."""
    names, stratum = _strata(list(final.values_list("value__class", "value__objects")))
    sizes = np.bincount(stratum, minlength=len(names))
    allocation = smallest_allocation(
        sizes, share=limit.share, confidence=limit.confidence, max_wrong=min(fixed.max_wrong, limit.n_allowed)
    )
    plan = {
        "plan": "stratified",
        "max_wrong": min(fixed.max_wrong, limit.n_allowed),
        "strata": [
            {"stratum": name, "n_labels": size, "n_audited": n}
            for name, size, n in zip(names, sizes.tolist(), allocation.tolist(), strict=True)
        ],
    }
    return Draw(kind=AuditPlanKind.STRATIFIED, plan=plan, n_items=int(allocation.sum()), strata=(stratum, allocation))


def _strata(values: Sequence[tuple[str | None, list[Any] | None]]) -> tuple[list[str], IntArray]:
    """Return the strata's names and each label's stratum: its class, or how many objects it has (0, 1, 2, 3, more)."""
    keys = [
        f"{'4 or more' if len(objects) > 3 else len(objects)} objects" if objects is not None else str(name)
        for name, objects in values
    ]
    common = [name for name, _ in sorted(Counter(keys).items(), key=lambda pair: (-pair[1], pair[0]))]
    names = common if len(common) <= MAX_STRATA else [*common[: MAX_STRATA - 1], "other"]
    number = {name: position for position, name in enumerate(names)}
    return names, np.array([number.get(key, len(names) - 1) for key in keys], dtype=np.int64)


def _found(audit: Audit) -> StratifiedAudit:
    n_wrong = dict(
        audit.items.filter(verdict=AuditVerdict.WRONG).order_by().values_list("stratum").annotate(n=Count("id"))
    )
    strata = audit.plan["strata"]
    return StratifiedAudit(
        sizes=np.array([each["n_labels"] for each in strata]),
        n_audited=np.array([each["n_audited"] for each in strata]),
        n_wrong=np.array([n_wrong.get(position, 0) for position in range(len(strata))]),
    )


def _read(kind: type[P], stored: Mapping[str, Any], limit: ErrorLimit) -> P:
    """Return the plan that `to_json` wrote; lists are tuples again."""
    read: dict[str, Any] = {field.name: stored[field.name] for field in fields(kind) if field.name != "limit"}
    read |= {name: tuple(value) for name, value in read.items() if isinstance(value, list)}
    return kind(limit=limit, **read)
