"""Dividing by a hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.releases.core.splitting import BadShares, Split

SHARES = {"train": 0.7, "val": 0.2, "test": 0.1}


def test_of_many_groups_each_part_gets_its_share() -> None:
    split = Split(SHARES, seed=3)
    found = [split.part_of(f"group-{n}") for n in range(20_000)]
    for part, share in SHARES.items():
        # Four standard deviations of a count of 20,000.
        assert found.count(part) / 20_000 == pytest.approx(share, abs=4 * (share * (1 - share) / 20_000) ** 0.5)


@given(st.text(), st.integers(0, 10))
def test_a_group_stays_in_its_part_and_another_seed_divides_otherwise(group: str, seed: int) -> None:
    assert Split(SHARES, seed).part_of(group) == Split(dict(reversed(SHARES.items())), seed).part_of(group)
    others = {Split({"train": 0.5, "val": 0.5}, other).part_of(group) for other in range(40)}
    assert others == {"train", "val"}


@pytest.mark.parametrize(
    "shares",
    [{}, {"train": 0.5}, {"train": 0.9, "val": 0.2}, {"train": 1.0, "val": 0.0}, {"dev": 1.0}],
)
def test_shares_that_divide_nothing_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(BadShares):
        Split(shares)


def test_one_part_may_get_everything() -> None:
    assert Split({"test": 1.0}).part_of("any") == "test"
