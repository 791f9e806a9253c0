from __future__ import annotations

import pytest

from quality.core.stopping import Decision, StoppingRule, Verdict, decide

RULE = StoppingRule(target_confidence=0.95, min_overlap=2, max_overlap=4)


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


def test_equal_overlaps_fix_the_number_of_answers() -> None:
    rule = StoppingRule(target_confidence=0.9, min_overlap=3, max_overlap=3)
    assert decide(0.99, n_answers=2, rule=rule).wanted_overlap == 3
    assert decide(0.5, n_answers=3, rule=rule).verdict is Verdict.DISPUTED


@pytest.mark.parametrize(
    ("target", "least", "most"), [(0.5, 1, 2), (1.1, 1, 2), (float("nan"), 1, 2), (0.9, 0, 2), (0.9, 3, 2)]
)
def test_senseless_rule_is_refused(target: float, least: int, most: int) -> None:
    with pytest.raises(ValueError, match="must"):
        StoppingRule(target_confidence=target, min_overlap=least, max_overlap=most)
