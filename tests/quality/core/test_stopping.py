from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.stopping import Decision, StoppingRule, Verdict, decide

RULE = StoppingRule(target_confidence=0.95, min_overlap=2, max_overlap=4)
FRUGAL = StoppingRule(target_confidence=0.95, min_overlap=2, max_overlap=4, least_gain=0.01)


@pytest.mark.parametrize(
    ("confidence", "n_answers", "verdict", "wanted"),
    [
        (0.99, 0, Verdict.WANT_MORE, 2),
        (0.99, 1, Verdict.WANT_MORE, 2),
        (0.95, 2, Verdict.CONFIDENT, 2),
        (0.94, 2, Verdict.WANT_MORE, 3),
        (0.94, 3, Verdict.WANT_MORE, 4),
        (0.99, 4, Verdict.CONFIDENT, 4),
        (0.94, 4, Verdict.DISPUTED, 4),
        (0.94, 5, Verdict.DISPUTED, 5),
        (0.99, 5, Verdict.CONFIDENT, 5),
    ],
)
def test_task_is_retired_disputed_or_wants_one_more(
    confidence: float, n_answers: int, verdict: Verdict, wanted: int
) -> None:
    assert decide(confidence, n_answers=n_answers, rule=RULE) == Decision(verdict, wanted, confidence, n_answers)


@pytest.mark.parametrize(
    ("confidence", "n_answers", "gain", "verdict"),
    [
        (0.6, 1, 0.001, Verdict.WANT_MORE),
        (0.6, 2, 0.001, Verdict.FUTILE),
        (0.6, 2, 0.01, Verdict.WANT_MORE),
        (0.6, 2, None, Verdict.WANT_MORE),
        (0.96, 2, 0.001, Verdict.CONFIDENT),
        (0.6, 4, 0.001, Verdict.DISPUTED),
    ],
)
def test_task_is_futile_where_answers_gain_less_than_asked(
    confidence: float, n_answers: int, gain: float | None, verdict: Verdict
) -> None:
    assert decide(confidence, n_answers=n_answers, rule=FRUGAL, gain=gain).verdict is verdict


def test_without_a_least_gain_no_task_is_futile() -> None:
    assert decide(0.6, n_answers=2, rule=RULE, gain=0.0).verdict is Verdict.WANT_MORE


def test_equal_overlaps_fix_the_number_of_answers() -> None:
    rule = StoppingRule(target_confidence=0.9, min_overlap=3, max_overlap=3)
    assert decide(0.99, n_answers=2, rule=rule).wanted_overlap == 3
    assert decide(0.5, n_answers=3, rule=rule).verdict is Verdict.DISPUTED


@given(
    confidence=st.floats(0, 1),
    n_answers=st.integers(0, 12),
    gain=st.none() | st.floats(0, 1),
    least=st.integers(1, 5),
    more=st.integers(0, 5),
    least_gain=st.floats(0, 1),
)
def test_no_more_are_wanted_than_the_rule_allows(
    *, confidence: float, n_answers: int, gain: float | None, least: int, more: int, least_gain: float
) -> None:
    rule = StoppingRule(0.9, least, least + more, least_gain=least_gain)
    decision = decide(confidence, n_answers=n_answers, rule=rule, gain=gain)
    if decision.verdict is Verdict.WANT_MORE:
        assert n_answers < decision.wanted_overlap <= rule.max_overlap
    else:
        assert n_answers >= least
        assert decision.wanted_overlap == n_answers


@pytest.mark.parametrize(
    ("target", "least", "most", "gain"),
    [(0.5, 1, 2, 0), (1.1, 1, 2, 0), (float("nan"), 1, 2, 0), (0.9, 0, 2, 0), (0.9, 3, 2, 0), (0.9, 1, 2, -0.1)],
)
def test_senseless_rule_is_refused(target: float, least: int, most: int, gain: float) -> None:
    with pytest.raises(ValueError, match="must"):
        StoppingRule(target_confidence=target, min_overlap=least, max_overlap=most, least_gain=gain)
