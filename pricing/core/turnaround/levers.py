"""What would bring the finish forward: each lever is simulated, under an assumption that is stated with it.

The elasticities are assumptions: none was measured here. Each lever is shown for a low, a middle and a high one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pricing.core.turnaround.forecasting import Finish, forecast
from pricing.core.turnaround.inputs import History, Supply, Work

RAISES_PERCENT = (20, 50)
# Time given to the job rises with its pay to this power.
PAY_ELASTICITY = (0.1, 0.5, 1.0)
# Of workers who come to be allowed, the share that turns up.
TAKE_UP = (0.25, 0.5, 0.9)
# Copies asked for of each of the last answers; and of how many answers that is, the share that are the last.
COPIES, LAST_SHARE = 2, 0.05
_FEWER_RUNS = 200


class LeverName(StrEnum):
    """What a requester can do."""

    RAISE_PAY = "raise_pay"
    WIDEN_QUALIFICATION = "widen_qualification"
    HEDGE_STRAGGLERS = "hedge_stragglers"


@dataclass(frozen=True)
class Effect:
    """Seconds to the finish if a lever is pulled and the assumption is this."""

    assumed: float
    p50_s: float
    p85_s: float


@dataclass(frozen=True)
class Lever:
    """A lever, its effects from the most cautious assumption on, and the answers that are paid beside those planned.

    Attributes
    ----------
    percent : by which pay is raised; 0 of other levers.
    assumption : what the effects rest on, in words.
    n_further_answers : answers paid beyond those still wanted.
    """

    name: LeverName
    percent: int
    assumption: str
    effects: tuple[Effect, ...]
    n_further_answers: int


def levers(
    work: Work, supply: Supply, history: History, *, now_h: float, seed: int, qualified_share: float
) -> list[Lever]:
    """Return what each lever that there is would do.

    Parameters
    ----------
    qualified_share : of the workers at large, those who may work on the job; 1 where anybody may.
    """

    def under(boosts: Sequence[tuple[float, float]], changed: Work) -> tuple[Effect, ...]:
        return tuple(
            _effect(assumed, _run(changed, replace(supply, boost=supply.boost * boost), history, now_h, seed))
            for assumed, boost in boosts
        )

    found = [
        Lever(
            LeverName.RAISE_PAY,
            percent,
            "time given rises with pay to the power of the elasticity; nobody measured it here",
            under([(power, (1 + percent / 100) ** power) for power in PAY_ELASTICITY], work),
            0,
        )
        for percent in RAISES_PERCENT
    ]
    if qualified_share < 1:
        further = 1 / max(qualified_share, 0.02) - 1
        found.append(
            Lever(
                LeverName.WIDEN_QUALIFICATION,
                0,
                "of those who come to be allowed, this share works as much as those who are; their quality is unknown",
                under([(share, 1 + share * further) for share in TAKE_UP], work),
                0,
            )
        )
    hedged = replace(work, copies_of_last=COPIES)
    n_last = round(LAST_SHARE * work.n_answers) + work.n_leased
    found.append(
        Lever(
            LeverName.HEDGE_STRAGGLERS,
            0,
            f"each of the last answers is asked of {COPIES} workers, who are late independently of each other",
            under([(float(COPIES), 1.0)], hedged),
            n_last,
        )
    )
    return found


def _run(work: Work, supply: Supply, history: History, now_h: float, seed: int) -> Finish:
    # The seed of the forecast itself, so that what differs is the lever and not the draw.
    return forecast(work, supply, history, now_h=now_h, seed=seed, n_runs=_FEWER_RUNS)


def _effect(assumed: float, finish: Finish) -> Effect:
    return Effect(assumed, finish.p50_s, finish.p85_s)
