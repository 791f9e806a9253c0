"""Verdicts as evidence, reviewers as they turn out to be, and samples by risk."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.review.sampling import draw, estimated_errors, inclusion_of
from quality.core.review.verdicts import PEER, REQUESTER, Checked, Opinion, Said, learn_reviewers, posterior_of


def checked(prior: list[float], *opinions: Opinion, n_alternatives: int = 5) -> Checked:
    """Return a label of two candidates or more, the last chance being that of anything else."""
    return Checked(np.array(prior), opinions, n_alternatives)


def belief(label: Checked) -> list[float]:
    """Return what a stranger's verdicts leave."""
    return [float(chance) for chance in posterior_of(label, {}, otherwise=PEER)]


# --- verdicts -------------------------------------------------------------------------------------------------------
def test_who_accepts_makes_it_likelier_and_who_rejects_makes_it_unlikely() -> None:
    before = [0.8, 0.1, 0.1]
    accepted = belief(checked(before, Opinion(0, Said.ACCEPT, proposal=0)))
    rejected = belief(checked(before, Opinion(0, Said.REJECT, proposal=0)))
    assert accepted[0] > 0.9
    assert rejected[0] < 0.3
    assert rejected[1] == pytest.approx(rejected[2])  # nobody said what is right instead


def test_who_fixes_speaks_for_what_they_made_of_it() -> None:
    fixed = belief(checked([0.8, 0.05, 0.15], Opinion(0, Said.FIX, proposal=0, outcome=1)))
    rejected = belief(checked([0.8, 0.05, 0.15], Opinion(0, Said.REJECT, proposal=0)))
    assert fixed[1] > 0.5 > rejected[1]


def test_two_who_choose_alike_outweigh_one_who_does_not() -> None:
    label = checked(
        [0.34, 0.33, 0.33],
        Opinion(0, Said.CHOOSE, outcome=1),
        Opinion(1, Said.CHOOSE, outcome=0),
        Opinion(2, Said.CHOOSE, outcome=1),
    )
    assert int(np.argmax(belief(label))) == 1


def test_of_two_classes_a_rejection_names_the_other() -> None:
    left = belief(checked([0.9, 0.1, 0.0], Opinion(0, Said.REJECT, proposal=0), n_alternatives=2))
    assert left[1] > 0.5
    assert left[2] == 0.0


def test_whoever_orders_the_labels_has_the_last_word() -> None:
    label = checked([0.6, 0.2, 0.2], Opinion(0, Said.ACCEPT, proposal=0))
    assert posterior_of(label, {}, otherwise=REQUESTER)[0] > 0.99
    assert posterior_of(label, {}, otherwise=PEER)[0] < 0.9


@given(
    prior=st.lists(st.floats(0.01, 1.0), min_size=3, max_size=5),
    said=st.lists(st.tuples(st.sampled_from(Said), st.integers(0, 1)), max_size=6),
    n_alternatives=st.integers(2, 50),
)
def test_any_verdicts_leave_a_distribution_whatever_their_order(
    prior: list[float], said: list[tuple[Said, int]], n_alternatives: int
) -> None:
    opinions = [
        Opinion(
            reviewer=place % 2,
            said=what,
            proposal=None if what is Said.CHOOSE else which,
            outcome=(1 - which if what is Said.FIX else which) if what in {Said.FIX, Said.CHOOSE} else None,
        )
        for place, (what, which) in enumerate(said)
    ]
    start = np.array(prior) / sum(prior)
    forth = posterior_of(Checked(start, opinions, n_alternatives), {}, otherwise=PEER)
    back = posterior_of(Checked(start, opinions[::-1], n_alternatives), {}, otherwise=PEER)
    assert forth.sum() == pytest.approx(1.0)
    assert (forth >= 0.0).all()
    np.testing.assert_allclose(forth, back, atol=1e-12)


def test_a_verdict_that_is_about_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="about a proposal"):
        Opinion(0, Said.ACCEPT)
    with pytest.raises(ValueError, match="have an outcome"):
        Opinion(0, Said.FIX, proposal=0)
    with pytest.raises(ValueError, match="no candidate"):
        checked([0.5, 0.5], Opinion(0, Said.ACCEPT, proposal=1))


# --- reviewers ------------------------------------------------------------------------------------------------------
def simulated(rng: np.random.Generator, n: int) -> tuple[list[Checked], list[bool]]:
    """Return labels right at 80 %, each shown to a careful reviewer and to one who accepts whatever is shown."""
    labels, right = [], []
    for _ in range(n):
        is_right = bool(rng.random() < 0.8)
        careful = Said.ACCEPT if rng.random() < (0.97 if is_right else 0.1) else Said.REJECT
        opinions = [Opinion(0, careful, proposal=0), Opinion(1, Said.ACCEPT, proposal=0)]
        labels.append(checked([0.8, 0.1, 0.1], *opinions))
        right.append(is_right)
    return labels, right


def test_who_accepts_everything_is_found_out_and_counts_for_nothing() -> None:
    labels, right = simulated(np.random.default_rng(5), 600)
    skills, beliefs = learn_reviewers(labels, prior=PEER)
    assert skills[0].detects.mean > 0.7
    assert skills[1].detects.mean < 0.35
    called_right = np.array([each[0] > 0.5 for each in beliefs])
    assert (called_right == np.array(right)).mean() > 0.93


def test_a_reviewer_of_one_label_stays_near_what_is_plausible() -> None:
    skills, _ = learn_reviewers([checked([0.9, 0.1], Opinion(0, Said.ACCEPT, proposal=0))], prior=PEER)
    assert abs(skills[0].accepts.mean - PEER.accepts.mean) < 0.01


# --- samples --------------------------------------------------------------------------------------------------------
@given(risk=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60), share=st.floats(0.0, 1.0), seed=st.integers(0, 99))
def test_chances_sum_to_the_sample_and_rise_with_risk(risk: list[float], share: float, seed: int) -> None:
    n = int(share * len(risk))
    chance = inclusion_of(np.array(risk), n)
    assert chance.sum() == pytest.approx(n)
    assert ((chance >= 0.0) & (chance <= 1.0 + 1e-12)).all()
    order = np.argsort(risk, kind="stable")
    assert (np.diff(chance[order]) >= -1e-12).all()
    drawn = draw(chance, rng=np.random.default_rng(seed))
    assert len(drawn) == n
    assert len(set(drawn.tolist())) == n


def test_each_label_is_drawn_as_often_as_its_chance_says() -> None:
    rng = np.random.default_rng(3)
    chance = inclusion_of(np.array([0.5, 0.1, 0.1, 0.02, 0.0]), 2)
    times = np.zeros(5)
    for _ in range(4000):
        times[draw(chance, rng=rng)] += 1
    np.testing.assert_allclose(times / 4000, chance, atol=0.03)
    assert chance[-1] > 0.0


def test_what_is_found_in_a_sample_speaks_for_all_labels() -> None:
    rng = np.random.default_rng(11)
    risk = rng.beta(1, 8, size=3000)
    wrong = rng.random(3000) < risk
    chance = inclusion_of(risk, 300)
    found = []
    for _ in range(60):
        drawn = draw(chance, rng=rng)
        found.append(estimated_errors(wrong[drawn].astype(float), chance[drawn]))
    assert np.mean(found) == pytest.approx(wrong.sum(), rel=0.06)
