"""What a replay came to, for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from marketplace.management.driving.jobrun import Outcome
from marketplace.management.driving.requester import money

Report = dict[str, Any]


def make_report(
    outcome: Outcome,
    *,
    bought: Mapping[str, float | None],
    everything: Mapping[str, float | None],
    wall_s: float,
) -> Report:
    """Return the report.

    Parameters
    ----------
    bought, everything : scores by name of the exported labels, and of what every recorded answer together shows.
    """
    n_tasks = len(outcome.tasks)
    return {
        "tasks": n_tasks,
        "answers": outcome.n_counted,
        "answers_per_task": round(outcome.n_counted / n_tasks, 4),
        **bought,
        **{f"{name}_all": score for name, score in everything.items()},
        "cost": str(money(outcome.order, "paid") + money(outcome.order, "fee")),
        "wall_s": round(wall_s, 2),
        "disputed": outcome.n_retired("disputed"),
        "supply": outcome.n_retired("supply"),
        "late": outcome.n_late,
        "refused_answers": outcome.tally.n_refused,
        **asdict(outcome.violations),
    }


def report_lines(report: Report, outcome: Outcome, *, n_recorded: int) -> list[str]:
    """Return the report as text."""
    saved = 1 - report["answers"] / n_recorded
    return [
        f"Tasks      {report['tasks']:,}: {outcome.n_retired('confident'):,} confident, "
        f"{report['disputed']:,} disputed, {report['supply']:,} without further workers",
        f"Answers    {report['answers']:,} bought of {n_recorded:,} recorded ({saved:.0%} saved), "
        f"{report['answers_per_task']:.2f} per task; {report['late']:,} late, "
        f"{report['refused_answers']:,} refused as recorded",
        *_score_lines(report),
        money_line(outcome.order),
        f"Time       {report['wall_s']:.1f} s",
        *check_lines(outcome),
        f"Files      {', '.join(str(path) for path in outcome.files)}",
    ]


def money_line(order: Mapping[str, Any]) -> str:
    """Return where the money of an order went."""
    return (
        f"Money      funded {order['funded']} = paid to workers {order['paid']} + fee {order['fee']} "
        f"+ rounding {order['rounding']} + refunded {order['refunded']} {order['currency']}"
    )


def check_lines(outcome: Outcome) -> list[str]:
    """Return one line on the promises that were checked."""
    violations = asdict(outcome.violations)
    told = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in violations.items())
    return [f"Checks     {told}: {'BROKEN' if outcome.violations.broken else 'all hold'}"]


def _score_lines(report: Report) -> list[str]:
    names = {"accuracy": "Accuracy", "f1_50": "F1 at .50", "f1_75": "F1 at .75", "score": "Score"}
    return [
        f"{title:<10} {_shown(report[name])} with the answers bought, {_shown(report[f'{name}_all'])} with all recorded"
        for name, title in names.items()
        if name in report
    ]


def _shown(score: float | None) -> str:
    return "unknown (no gold)" if score is None else f"{score:.4f}"
