"""Events as sentences. The page's script fills the same templates, so that a line reads the same from either."""

from collections.abc import Mapping
from typing import Any

from labeling.models import CloseReason, RetiredReason
from marketplace.operations.core.money import MICROS

SENTENCES: dict[str, str] = {
    "tasks_opened": "{tasks} opened.",
    "job_opened": "The job opened for work.",
    "job_paused": "The job was paused.",
    "job_resumed": "The job went on.",
    "pilot_ended": "The pilot is done: the requester has the word.",
    "pilot_passed": "All other tasks of the job may be worked on now.",
    "job_closed": "The job ended: {reason}.",
    "tasks_leased": "{tasks} handed to a worker.",
    "leases_expired": "{tasks} came back unanswered: time ran out.",
    "lease_given_back": "{Task} was {state} by its worker.",
    "answer_submitted": "{worker} answered {task}.",
    "answer_accepted": "An answer to {task} was accepted and paid {pay}.",
    "answer_rejected": "An answer to {task} was rejected, or paid in part.",
    "rejection_overturned": "A rejected answer to {task} was paid after all.",
    "job_held": "The job was stopped: {reason}.",
    "job_released": "The platform let the job go on.",
    "overlap_raised": "{Task} needs another opinion: {wanted_overlap} answers wanted.",
    "task_retired": "{Task} is done after {answers}: {reason}.",
    "task_reopened": "{Task} looks less certain now: {wanted_overlap} answers wanted.",
    "learner_passed": "{worker} passed.",
    "review_opened": "{Task} is to be looked at by somebody else.",
    "review_closed": "The check of {task} is done.",
    "label_reviewed": "{Task} was looked at by a reviewer: {verdict}.",
    "refit_due": "The workers' skills are being estimated anew.",
    "last_look_due": "A last look at all labels before the end.",
    "labels_finalised": "The final labels were computed.",
    "run_requested": "Another consensus run was asked for.",
    "reorder_requested": "Another order of the tasks was asked for.",
    "run_kept": "Consensus run {number} was made by {method}.",
    "run_promoted": "Consensus run {number} is the job's now.",
    "gold_disputed": "Good workers contradict the known answer of {task}.",
    "gold_decided": "The known answer of {task} was decided upon: {state}.",
    "rule_made": "A rule for workers was made.",
    "rule_ended": "A rule for workers was ended.",
    "rules_due": "{worker} is looked at by the rules.",
    "rule_fired": "{worker} met a rule: {action}.",
    "finding_opened": "There is a finding to decide on: {kind}.",
    "finding_decided": "A finding was {state}.",
    "finding_objected": "A worker objected to a finding.",
    "audit_planned": "An audit of the labels was ordered.",
    "audit_begun": "The audit began.",
    "audit_ended": "The audit ended: {state}.",
    "forecast_made": "The end of the job was forecast anew.",
    "deadline_at_risk": "The deadline is in doubt.",
    "deadline_safe": "The deadline looks safe again.",
    "release_requested": "An export was requested.",
    "release_sealed": "An export is ready.",
}
OTHER = "Something else happened: {event}."

REASONS: dict[str, str] = {
    CloseReason.COMPLETED.value: "every task is done",
    CloseReason.BUDGET.value: "the budget is used up",
    CloseReason.DEADLINE.value: "the deadline passed",
    CloseReason.MANUAL.value: "ended by hand",
    RetiredReason.CONFIDENT.value: "the answers agree",
    RetiredReason.DISPUTED.value: "the answers leave more doubt than was asked for",
    RetiredReason.SUPPLY.value: "no worker is left to ask",
    RetiredReason.HUMAN.value: "decided by a person",
    RetiredReason.FLAGGED.value: "flagged",
    RetiredReason.CANCELLED.value: "cancelled",
}
# One answer neither agrees nor differs.
REASONS_OF_ONE: dict[str, str] = {
    RetiredReason.CONFIDENT.value: "one answer was enough for the confidence asked",
    RetiredReason.DISPUTED.value: "one answer was not enough for the confidence asked",
}


def sentence(event: str, data: Mapping[str, Any], *, ordinals: Mapping[str, int], currency: str) -> str:
    """Return what happened in words; `ordinals` gives the numbers of tasks by id."""
    return SENTENCES.get(event, OTHER).format_map(_Words(event, data, ordinals, currency))


def counted(n: int, noun: str) -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def answers_wanted(least: int, most: int) -> str:
    """Return how many answers a task gets, as `1 answer` or `2 to 5 answers`."""
    return counted(most, "answer") if least == most else f"{least} to {counted(most, 'answer')}"


def money(micros: int, currency: str) -> str:
    """Return an amount as `12.50 USD`, with up to four decimals where it has them."""
    whole, _, decimals = f"{micros / MICROS:,.4f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')} {currency}"


def reason_of(data: Mapping[str, Any]) -> str:
    """Return why something ended, in words."""
    reason = str(data.get("reason"))
    of_one = REASONS_OF_ONE.get(reason) if data.get("n_counted") == 1 else None
    return of_one or REASONS.get(reason, reason)


class _Words(dict[str, str]):
    """The words of one event; what its data lack reads as a dash."""

    def __init__(self, event: str, data: Mapping[str, Any], ordinals: Mapping[str, int], currency: str) -> None:
        n_tasks = data.get("count", data.get("n_tasks", 0))
        ordinal = data.get("ordinal", ordinals.get(str(data.get("task"))))
        number = "" if ordinal is None else f" {ordinal}"
        super().__init__(
            {name: str(value) for name, value in data.items()}
            | {
                "event": event.replace("_", " "),
                "tasks": counted(n_tasks, "task"),
                "task": f"task{number}" if number else "a task",
                "Task": f"Task{number}" if number else "A task",
                "answers": counted(data.get("n_counted", 0), "answer"),
                "pay": money(data.get("pay_micros", 0), currency),
                "reason": reason_of(data),
            }
        )

    def __missing__(self, key: str) -> str:
        return "-"
