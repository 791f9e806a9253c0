"""Of quotes for jobs too: more of anything never lowers what is expected, nor the cap, by not even a cent."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.operations.core.money import MICROS
from pricing.core.cards.effort import EffortRates
from pricing.core.quote import Price, QuoteInput, price
from tests.pricing.cards.test_never_cheaper import EDGES, FIELDS, REVIEWERS, decimals
from tests.pricing.rates import RATES

Job = dict[str, Any]
ASKED = (
    "n_assets",
    "n_gold",
    "n_aided",
    "min_overlap",
    "max_overlap",
    "target_confidence",
    "review_share",
    "reviewed_by",
    "expertise",
    "rush",
    "integration",
    "used_units",
)


def subject_of(job: Job) -> QuoteInput:
    """Return a job whose seconds come of what is in its assets."""
    look = job["kappa"] * job["look"]
    seconds = look + job["kappa"] * job["per_object"] * job["objects"]
    return QuoteInput(
        effort_s=seconds,
        look_s=look,
        units_per_asset=job["objects"] if job["per_object"] else Decimal(1),
        aided_effort_s=seconds * job["aided"],
        review_effort_s=seconds * job["checked"],
        **{name: job[name] for name in ASKED},
    )


def rates_of(job: Job) -> EffortRates:
    """Return the card's rates at the job's wage."""
    return replace(RATES, wage_per_hour=job["wage"])


def priced(job: Job) -> Price:
    """Return the price of a job."""
    return price(subject_of(job), rates_of(job))


_some_seconds = st.one_of(decimals(0, 10, places=1), decimals(0, 300, places=1), decimals(0, 1, places=4))
_some_objects = st.one_of(st.integers(0, 40).map(Decimal), decimals(1, 3, places=4), decimals(0, 400, places=1))
_shares = decimals(0, 1, places=2)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    """Return a job that often lies on the edge of a tier."""
    job: Job = {
        "look": draw(_some_seconds),
        "per_object": draw(_some_seconds),
        "objects": draw(_some_objects),
        "kappa": draw(st.just(Decimal(1)) | decimals(0, 3, places=3)),
        "aided": draw(_shares),
        "checked": draw(_shares),
        "wage": max(Decimal(8), draw(decimals(8, 40, places=2) | decimals(8, 13, places=5))),
        "n_assets": draw(st.one_of(st.integers(1, 30), st.integers(1, 400_000), st.integers(1, 10**7))),
        "n_gold": draw(st.integers(0, 1)),
        "min_overlap": draw(st.integers(1, 6)),
        "target_confidence": max(Decimal("0.5"), draw(decimals(0, 1, places=3)) - Decimal("0.001")),
        "review_share": draw(decimals(0, 1, places=3)),
        "reviewed_by": draw(st.sampled_from(REVIEWERS)),
        "expertise": draw(st.sampled_from([None, *FIELDS])),
        "rush": draw(st.one_of(_shares, decimals(0, 3, places=6))),
        "integration": draw(st.dictionaries(st.sampled_from(sorted(RATES.integration)), st.integers(0, 5))),
    }
    objects, edge = max(Decimal(1), job["objects"]), draw(st.sampled_from(EDGES))
    if draw(st.booleans()):
        job["n_assets"] = max(1, int(edge / objects * draw(decimals(0, 3, places=2)))) + draw(st.integers(0, 2))
    job["max_overlap"] = job["min_overlap"] + draw(st.integers(0, 6))
    job["n_aided"] = draw(st.sampled_from([0, job["n_assets"] // 3, job["n_assets"]]))
    job["used_units"] = draw(st.sampled_from([0, edge - 1, max(0, edge - int(objects * job["n_assets"]))]))
    return job


def risen(job: Job, step: Decimal) -> dict[str, Job]:
    whole, one = max(1, int(step)), Decimal(1)
    found: dict[str, Job] = {
        name: {name: job[name] + step} for name in ("look", "objects", "per_object", "kappa", "wage", "rush")
    }
    found |= {name: {name: min(one, job[name] + step)} for name in ("aided", "checked", "review_share")}
    found |= {name: {name: job[name] + whole} for name in ("n_assets", "n_gold", "max_overlap")}
    found["overlap"] = {name: job[name] + whole for name in ("min_overlap", "max_overlap")}
    found["min_overlap"] = {"min_overlap": min(job["max_overlap"], job["min_overlap"] + whole)}
    found["target_confidence"] = {"target_confidence": min(Decimal("0.9999"), job["target_confidence"] + step)}
    found["reviewed_by"] = {"reviewed_by": REVIEWERS[min(2, REVIEWERS.index(job["reviewed_by"]) + 1)]}
    fields, items = [None, *FIELDS], job["integration"]
    found["expertise"] = {"expertise": fields[min(len(FIELDS), fields.index(job["expertise"]) + whole)]}
    found["integration"] = {"integration": items | {"api_work": items.get("api_work", 0) + 1}}
    found["used_units"] = {"used_units": max(0, job["used_units"] - whole)}  # a discount: the less of it, the dearer
    return {name: job | change for name, change in found.items()}


STEPS = st.sampled_from([Decimal(step) for step in ("1e-12", "1e-6", "0.001", "0.01", "0.1", "0.37", "1", "3")])


@given(job=jobs(), step=STEPS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_driver_lowers_a_quote_when_it_rises(job: Job, step: Decimal) -> None:
    before = priced(job)
    _require_covered(before)
    for name, more in risen(job, step).items():
        after = priced(more)
        for amount in ("expected_micros", "cap_micros", "pay_micros", "review_pay_micros"):
            assert getattr(after, amount) >= getattr(before, amount), (name, amount)


def _require_covered(found: Price) -> None:
    """Require that lines are expected within their caps, and that the fee is, whatever of the budgets is paid."""
    assert all(0 <= line.expected_micros <= line.cap_micros for line in found.lines)
    budgets, fee_cap = sum(found.budgets.values()), found.line("fee").cap_micros
    assert found.cap_micros == budgets + found.set_up_micros + fee_cap
    assert budgets * found.fee_ppm <= fee_cap * MICROS
