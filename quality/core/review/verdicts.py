"""What reviewers' verdicts say of a label: a consensus over the checks, on top of that over the answers.

The label is one of a few candidates (what the answers say, what was proposed, what reviewers made of it) or something
else that nobody named. A reviewer accepts what is right and finds out what is wrong, each with a chance of their own,
and makes the right thing of what they found wrong with a third. Whether somebody who finds a fault goes on to mend it
is taken to say nothing of the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from labeling.core.geometry.base import FloatArray


class Said(StrEnum):
    """What a reviewer did."""

    ACCEPT = "accept"
    FIX = "fix"
    REJECT = "reject"
    CHOOSE = "choose"


@dataclass(frozen=True)
class Opinion:
    """One reviewer's verdict.

    Parameters
    ----------
    reviewer : any number that stands for the person.
    proposal : the candidate that was shown; None of an adjudication.
    outcome : the candidate that they made of it; None of what is accepted or merely rejected.

    Raises
    ------
    ValueError
        A verdict lacks what it is about.
    """

    reviewer: int
    said: Said
    proposal: int | None = None
    outcome: int | None = None

    def __post_init__(self) -> None:
        if (self.proposal is None) != (self.said is Said.CHOOSE):
            raise ValueError("all but an adjudication are about a proposal")
        if (self.outcome is None) == (self.said in {Said.FIX, Said.CHOOSE}):
            raise ValueError("a fix and an adjudication have an outcome, and nothing else has")


@dataclass(frozen=True)
class Counts:
    """Hold (right, wrong) counts of one of a reviewer's abilities; they may be fractions."""

    right: float
    wrong: float

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.wrong + other.wrong)

    @property
    def mean(self) -> float:
        """Return the share right."""
        return self.right / (self.right + self.wrong)


@dataclass(frozen=True)
class ReviewerSkill:
    """State how good a reviewer is, in counts.

    Parameters
    ----------
    accepts : of right proposals, those accepted and those not.
    detects : of wrong proposals, those found out and those accepted.
    mends : of what the reviewer made, right and wrong.
    """

    accepts: Counts
    detects: Counts
    mends: Counts

    def __add__(self, other: ReviewerSkill) -> ReviewerSkill:
        return ReviewerSkill(self.accepts + other.accepts, self.detects + other.detects, self.mends + other.mends)


NO_RECORD = ReviewerSkill(Counts(0.0, 0.0), Counts(0.0, 0.0), Counts(0.0, 0.0))
# Plausible of anybody before a verdict was seen: assumptions, worth twenty and ten verdicts.
PEER = ReviewerSkill(accepts=Counts(19.0, 1.0), detects=Counts(7.0, 3.0), mends=Counts(9.0, 1.0))
SENIOR = ReviewerSkill(accepts=Counts(19.4, 0.6), detects=Counts(8.0, 2.0), mends=Counts(9.5, 0.5))
# Whoever orders the labels says what is right.
REQUESTER = ReviewerSkill(accepts=Counts(19.8, 0.2), detects=Counts(9.9, 0.1), mends=Counts(9.9, 0.1))


@dataclass(frozen=True)
class Checked:
    """A label that was looked at.

    Parameters
    ----------
    prior : (n_candidates + 1,) belief of the answers alone in each candidate and, last, in anything else; sums to 1.
    opinions : about candidates by their number.
    n_alternatives : how many different labels there could be, at least 2: of classes their number.

    Raises
    ------
    ValueError
        The prior is no distribution, or an opinion is about no candidate.
    """

    prior: FloatArray
    opinions: Sequence[Opinion]
    n_alternatives: int

    def __post_init__(self) -> None:
        if self.prior.ndim != 1 or not np.isclose(self.prior.sum(), 1.0) or (self.prior < 0).any():
            raise ValueError("prior must be a distribution")
        if self.n_alternatives < 2:
            raise ValueError("there must be two alternatives at least")
        for opinion in self.opinions:
            for candidate in (opinion.proposal, opinion.outcome):
                if candidate is not None and not 0 <= candidate < len(self.prior) - 1:
                    raise ValueError("an opinion is about no candidate")


def posterior_of(checked: Checked, skills: Mapping[int, ReviewerSkill], *, otherwise: ReviewerSkill) -> FloatArray:
    """Return (n_candidates + 1,) the belief after all opinions.

    Parameters
    ----------
    skills : by reviewer.
    otherwise : of reviewers who have none there.
    """
    with np.errstate(divide="ignore"):
        log_belief = np.log(checked.prior)
    for opinion in checked.opinions:
        skill = skills.get(opinion.reviewer, otherwise)
        log_belief = log_belief + np.log(_likelihood(opinion, skill, len(checked.prior), checked.n_alternatives))
    belief: FloatArray = np.exp(log_belief - log_belief.max())
    belief /= belief.sum()
    return belief


def ratio_for(said: Said, skill: ReviewerSkill, *, is_proposal: bool, is_outcome: bool, n_alternatives: int) -> float:
    """Return how much likelier a verdict is if a label is right than if something is that nobody named.

    Parameters
    ----------
    is_proposal, is_outcome : whether the label is what was shown, and what the reviewer made of it.
    """
    labels = [0 if is_proposal else 1, 0 if is_outcome else 2]
    opinion = Opinion(
        0,
        said,
        proposal=None if said is Said.CHOOSE else labels[0],
        outcome=labels[1] if said in {Said.FIX, Said.CHOOSE} else None,
    )
    likelihood = _likelihood(opinion, skill, 4, n_alternatives)
    return float(likelihood[0] / likelihood[3])


def learn_reviewers(
    labels: Sequence[Checked], *, prior: ReviewerSkill, n_sweeps: int = 20
) -> tuple[dict[int, ReviewerSkill], list[FloatArray]]:
    """Estimate each reviewer's skill from all verdicts, by EM; return the skills and the beliefs that go with them.

    Parameters
    ----------
    prior : what is plausible of a reviewer of whom nothing is known. Each reviewer's skill is shrunk to it.

    Notes
    -----
    A reviewer is only as well known as the labels they looked at: where answers leave doubt and nobody else looked,
    the verdict counts as right as far as it is believed.
    """
    skills: dict[int, ReviewerSkill] = {}
    beliefs = [posterior_of(checked, skills, otherwise=prior) for checked in labels]
    for _ in range(n_sweeps):
        found: dict[int, ReviewerSkill] = {}
        for checked, belief in zip(labels, beliefs, strict=True):
            for opinion in checked.opinions:
                record = _record(opinion, belief)
                found[opinion.reviewer] = found.get(opinion.reviewer, prior) + record
        renewed = [posterior_of(checked, found, otherwise=prior) for checked in labels]
        moved = max((float(abs(new - old).max()) for new, old in zip(renewed, beliefs, strict=True)), default=0.0)
        skills, beliefs = found, renewed
        if moved < 1e-6:
            break
    return skills, beliefs


def _likelihood(opinion: Opinion, skill: ReviewerSkill, n_states: int, n_alternatives: int) -> FloatArray:
    """Return (n_states,) the chance of the opinion if each candidate, or last something else, were the truth."""
    mended = skill.mends.mean
    if opinion.said is Said.CHOOSE:
        likelihood = np.full(n_states, (1.0 - mended) / (n_alternatives - 1))
        likelihood[opinion.outcome] = mended
        return likelihood
    if opinion.said is Said.ACCEPT:
        likelihood = np.full(n_states, 1.0 - skill.detects.mean)
        likelihood[opinion.proposal] = skill.accepts.mean
        return likelihood
    not_accepted: FloatArray = np.full(n_states, skill.detects.mean)
    not_accepted[opinion.proposal] = 1.0 - skill.accepts.mean
    if opinion.said is Said.REJECT:
        return not_accepted
    made = np.full(n_states, (1.0 - mended) / max(n_alternatives - 2, 1))
    made[opinion.outcome] = mended
    # Of what was right, anything made of it is wrong.
    made[opinion.proposal] = 1.0 / (n_alternatives - 1)
    not_accepted *= made
    return not_accepted


def _record(opinion: Opinion, belief: FloatArray) -> ReviewerSkill:
    """Return the counts that a verdict adds to its reviewer's skill, as far as the label is known."""
    if opinion.said is Said.CHOOSE:
        right = float(belief[opinion.outcome])
        return ReviewerSkill(NO_RECORD.accepts, NO_RECORD.detects, Counts(right, 1.0 - right))
    proposal_right = float(belief[opinion.proposal])
    if opinion.said is Said.ACCEPT:
        return ReviewerSkill(Counts(proposal_right, 0.0), Counts(0.0, 1.0 - proposal_right), NO_RECORD.mends)
    mends = NO_RECORD.mends
    if opinion.said is Said.FIX:
        right = float(belief[opinion.outcome])
        mends = Counts(right, max(1.0 - proposal_right - right, 0.0))
    return ReviewerSkill(Counts(0.0, proposal_right), Counts(1.0 - proposal_right, 0.0), mends)
