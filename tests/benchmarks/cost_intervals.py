"""Whether the cost of an order is where its quote says: `python -m tests.benchmarks.cost_intervals [--orders 400]`.

Orders of a world that is not the quoter's model (see `cost_orders`) are quoted and worked off one after the other. The
quoter learns from those that ended before, as the service does: how good their crowds looked, and where their costs
fell in their forecasts. The first `--warm-up` orders of every seed are not scored but reported apart: they are quoted
from assumptions. Each seed is a platform of its own. The settings were chosen on the seeds 1 to 9 and 101 to 106;
report others.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pricing.core.costs.answers import Asking
from pricing.core.costs.crowds import MeasuredCrowd
from pricing.core.costs.forecasting import CostForecast, Experience, Forecaster
from pricing.core.costs.recalibrating import Kind, Placed
from pricing.core.costs.spending import CENT, Terms
from tests.benchmarks.cost_orders import Bought, Ended, Job, World, bought


@dataclass(frozen=True)
class Scored:
    """An order, what was forecast and what came."""

    order: Bought
    forecast: CostForecast
    ended: Ended
    quote_s: float

    def within(self, micros: int) -> bool:
        return self.ended.charged_micros <= micros

    @property
    def is_fixed(self) -> bool:
        return self.order.rule.min_overlap == self.order.rule.max_overlap

    @property
    def is_p50(self) -> bool:
        return self.within(self.forecast.p50_micros) and not self.within(self.forecast.p50_micros - CENT)


def terms_of(order: Bought) -> Terms:
    """Return what the quote of an order says."""
    priced = order.priced
    return Terms(
        rule=order.rule,
        n_tasks=order.n_tasks,
        pay_micros=priced.pay_micros,
        labour_cap_micros=priced.budgets["labour"],
        late_reserve_micros=priced.budgets["late_reserve"],
        fee_ppm=priced.fee_ppm,
        cap_micros=priced.cap_micros,
        n_gold=order.n_gold,
        gold_reserve_micros=priced.budgets["gold"],
        n_reviews=order.n_reviews,
        review_pay_micros=priced.review_pay_micros,
        review_reserve_micros=priced.budgets["review"],
    )


def simulate(seed: int, n_orders: int, *, most_tasks: int) -> list[Scored]:
    """Quote and work off the orders of one platform, learning from each when it has ended."""
    # What the quoter draws changes no order that comes later.
    rng, chance = np.random.default_rng([20_26, seed]), np.random.default_rng([20_26, seed, 2])
    world = World.of(rng)
    crowds: list[MeasuredCrowd] = []
    placed: list[Placed] = []
    scored = []
    for number in range(n_orders):
        order = bought(rng, most_tasks=most_tasks)
        begun = time.perf_counter()
        forecaster = Forecaster.of(
            terms_of(order), Asking(order.n_classes), experience=Experience(tuple(crowds), tuple(placed)), seed=number
        )
        forecast = forecaster.price(terms_of(order))
        took_s = time.perf_counter() - begun
        ended = Job(world, order, np.random.default_rng([seed, number, 1])).run()
        scored.append(Scored(order, forecast, ended, took_s))
        crowds.append(MeasuredCrowd(ended.seen_accuracy, ended.n_answers))
        place = forecast.simulated.place_of(ended.charged_micros, rng=chance)
        placed.append(Placed(Kind(order.rule, order.n_tasks), place))
    return scored


def wilson(n_hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not n:
        return 0.0, 1.0
    share = n_hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float(middle - half), float(middle + half)


def line(name: str, rows: Sequence[Scored]) -> str:
    """Return the coverage of both quantiles, how many charges are P50 to the cent, and how wide forecasts are.

    A charge that is the quantile is covered by it; where few amounts are possible, quantiles cover more than they say.
    """
    parts = [f"{name:24s} {len(rows):5d}"]
    for level in ("p50_micros", "p90_micros"):
        hits = sum(each.within(getattr(each.forecast, level)) for each in rows)
        low, high = wilson(hits, len(rows))
        parts.append(f"{100 * hits / max(len(rows), 1):5.1f} % [{100 * low:4.1f}, {100 * high:4.1f}]")
    if rows:
        parts.append(f"{100 * np.mean([each.is_p50 for each in rows]):4.1f} %")
        ratio = np.median([each.forecast.p90_micros / each.forecast.p50_micros for each in rows])
        of_cap = np.median([each.forecast.p90_micros / each.order.priced.cap_micros for each in rows])
        parts.append(f"{ratio:.2f}   {of_cap:.2f}")
    return "   ".join(parts)


SIZES: tuple[tuple[int, str], ...] = ((100, "40 to 100 tasks"), (300, "to 300"), (10**9, "above"))
STRATA: dict[str, Callable[[Scored], str]] = {
    "overlap": lambda each: "fixed" if each.is_fixed else f"from {each.order.rule.min_overlap}",
    "target": lambda each: f"{each.order.rule.target_confidence}",
    "classes": lambda each: f"{each.order.n_classes}",
    "size": lambda each: next(name for most, name in SIZES if each.order.n_tasks <= most),
    "reviews": lambda each: f"{each.order.review_share}",
    "checks": lambda each: "some" if each.order.n_reviews else "none",
    "gold": lambda each: "yes" if each.order.n_gold else "no",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=400, help="scored orders, over all seeds")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--warm-up", type=int, default=40, help="orders of each seed that are not scored")
    parser.add_argument("--most-tasks", type=int, default=800)
    chosen = parser.parse_args()
    each_seed = -(-chosen.orders // len(chosen.seeds))
    warm: list[Scored] = []
    cold: list[Scored] = []
    print("                         orders  P50 covers              P90 covers             is P50   P90/P50  P90/cap")
    for seed in chosen.seeds:
        rows = simulate(seed, each_seed + chosen.warm_up, most_tasks=chosen.most_tasks)
        cold, warm = cold + rows[: chosen.warm_up], warm + rows[chosen.warm_up :]
        print(line(f"seed {seed}", rows[chosen.warm_up :]), flush=True)
    print(line("all scored", warm))
    print(line("  of adaptive overlap", [each for each in warm if not each.is_fixed]))
    print(line(f"first {chosen.warm_up} of a seed, cold", cold))
    print(line("  the very first 10", [each for n, each in enumerate(cold) if n % chosen.warm_up < 10]))
    for name, of in STRATA.items():
        for value in sorted({of(each) for each in warm}):
            print(line(f"{name} {value}", [each for each in warm if of(each) == value]))
    above = sum(each.ended.charged_micros > each.order.priced.cap_micros for each in cold + warm)
    slowest = max(each.quote_s for each in cold + warm)
    usual = float(np.median([each.quote_s for each in cold + warm]))
    print(f"charged above the cap: {above}; a forecast takes {1e3 * usual:.0f} ms, at most {1e3 * slowest:.0f} ms")


if __name__ == "__main__":
    main()
