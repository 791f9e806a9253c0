"""Deposits, orders, pay, rejections, appeals, bonuses, refunds and payouts in any order, repeated and at once."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.orders.machine import Money

pytestmark = pytest.mark.django_db(transaction=True)
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_no_history_of_a_few_steps_makes_or_loses_money() -> None:
    """Run the same short histories every time."""
    usual = settings(
        max_examples=3,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=QUIET,
    )
    run_state_machine_as_test(Money, settings=usual)


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_no_history_of_ten_thousand_steps_makes_or_loses_money() -> None:
    """Run other histories every time, and make the shortest of one that breaks something."""
    Money.n_steps = 0
    thorough = settings(
        max_examples=270,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=QUIET,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    )
    run_state_machine_as_test(Money, settings=thorough)
    assert Money.n_steps >= 10_000
