"""A quote from what a pilot measured: seconds, answers per task, and how good the crowd is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any
from uuid import UUID

import numpy as np

from labeling.models import Answer, LabelingJob, RetiredReason, Task, TaskState
from marketplace.operations.core.currencies import half_up_minor, up_to_minor
from marketplace.operations.core.money import MICROS
from pricing.core.cards.lines import shown, shown_money
from pricing.core.cards.rounding import half_up
from pricing.core.costs.crowds import MeasuredCrowd
from pricing.core.costs.forecasting import Piloted
from pricing.models import Quote
from pricing.services.costs import ONE_CLASS, experience_of, forecast_cost, n_reviews_of
from pricing.services.plans import pay_terms_of
from pricing.services.quotes import VALID_FOR, seal
from quality.services import crowd_accuracy

# Measured answers that the seconds assumed before are worth.
ASSUMED_WEIGHT = 20
MOST_TIMES = 5_000


@dataclass(frozen=True)
class Measured:
    """What a pilot showed.

    Attributes
    ----------
    n_done, n_answers : tasks that are done with, and the counted answers on them.
    n_held : tasks that are to come.
    median_s : active seconds of an answer, as far as there was time for them; None where nobody's were measured.
    accuracy : of an answer, 0..1; None where nobody tells.
    """

    n_done: int
    n_answers: int
    n_held: int
    n_timed: int
    median_s: float | None
    accuracy: float | None

    def effort_s(self, assumed_s: float) -> float:
        """Return the seconds an answer takes: what was measured, drawn towards what was assumed."""
        if self.median_s is None:
            return assumed_s
        return (ASSUMED_WEIGHT * assumed_s + self.n_timed * self.median_s) / (ASSUMED_WEIGHT + self.n_timed)


def measured_of(job: LabelingJob) -> Measured:
    """Return what the pilot of a job has shown so far."""
    tasks = Task.objects.annotations().filter(job=job, is_gold=False)
    done = tasks.filter(state=TaskState.RETIRED).exclude(retired_reason=RetiredReason.CANCELLED)
    answers = list(done.values_list("n_counted", flat=True))
    # With a pre-label shown an answer is other work, paid otherwise.
    timed = Answer.objects.filter(job=job, counted=True, active_ms__gt=0, assignment__aided=False)
    columns = ("worker_id", "assignment__leased_at", "assignment__submitted_at", "active_ms")
    times = list(_believed_ms(timed.order_by("-id").values_list(*columns)[:MOST_TIMES]))
    return Measured(
        n_done=len(answers),
        n_answers=sum(answers),
        n_held=job.n_held,
        n_timed=len(times),
        median_s=float(np.median(np.array(times, dtype=np.float64))) / 1_000 if times else None,
        accuracy=crowd_accuracy(job.pk) if job.annotation_type == ONE_CLASS else None,
    )


def _believed_ms(rows: Iterable[tuple[UUID, datetime, datetime, int]]) -> Iterator[int]:
    """Yield what clients say of active time, as far as there was time: since the lease and the answer before."""
    before: dict[UUID, datetime] = {}
    for worker_id, leased_at, submitted_at, active_ms in sorted(rows, key=lambda row: row[2]):
        since = max(leased_at, before.get(worker_id, leased_at))
        before[worker_id] = submitted_at
        yield min(active_ms, (submitted_at - since) // timedelta(milliseconds=1))


def requote_job(first: Quote, job: LabelingJob, *, now: datetime) -> Quote:
    """Quote a job anew from its pilot and keep the quote.

    Pay never falls by a pilot, nor does any cap: where the work takes longer than was assumed the tasks to come pay
    more, and the caps grow by that. The fee's rate stays.
    """
    seen = measured_of(job)
    effort_s = seen.effort_s(first.effort_s)
    pay_micros = max(first.pay_micros, pay_terms_of(first).pay_for(Decimal(str(round(effort_s, 3)))).micros)
    n_reviews = n_reviews_of(first, job)
    quote = _raised(first, seen, pay_micros=pay_micros, max_overlap=job.max_overlap, n_reviews=n_reviews)
    quote.effort_s = effort_s
    quote.created_at, quote.expires_at = now, now + VALID_FOR
    quote.assumptions = first.assumptions | {"pilot": _told(seen), "first_quote": str(first.pk)}
    known = experience_of(job)
    if seen.accuracy is not None:
        # The job's own crowd tells more of it than any other's.
        own = MeasuredCrowd(seen.accuracy, seen.n_answers)
        known = replace(known, crowds=(*known.crowds, *[own] * max(1, len(known.crowds))))
    piloted = Piloted(n_tasks=seen.n_done, n_answers=seen.n_answers) if seen.n_done else None
    forecast_cost(quote, job, experience=known, piloted=piloted)
    quote.lines = _lines(quote, n_reviews=n_reviews)
    quote.expected_micros = _expected(quote)
    if first.drivers:
        quote.assumptions |= {"drivers": _drivers(first, quote, job, seen, n_reviews=n_reviews)}
    quote.sha256 = seal(quote)
    quote.save(force_insert=True)
    return quote


def _raised(first: Quote, seen: Measured, *, pay_micros: int, max_overlap: int, n_reviews: int) -> Quote:
    """Return a quote whose caps are the first's and what the tasks to come may cost more."""
    more = pay_micros - first.pay_micros
    n_tasks = max(1, first.assumptions["n_tasks"])
    # In the shares that the first quote has of its labour.
    labour = more * seen.n_held * max_overlap
    part = Decimal(labour) / first.labour_cap_micros if first.labour_cap_micros else Decimal(0)
    # Any of the reviews may turn out an adjudication, which is paid as an answer.
    each, before = (max(pay, first.review_pay_micros) for pay in (pay_micros, first.pay_micros))
    review = ceil(Decimal((each - before) * n_reviews * seen.n_held) / n_tasks)
    quote = Quote(
        job_id=first.job_id,
        currency=first.currency,
        pay_micros=pay_micros,
        aided_pay_micros=first.aided_pay_micros,
        review_pay_micros=first.review_pay_micros,
        labour_cap_micros=first.labour_cap_micros + labour,
        late_reserve_micros=first.late_reserve_micros + _up(part * first.late_reserve_micros, first.currency),
        gold_reserve_micros=first.gold_reserve_micros + _up(part * first.gold_reserve_micros, first.currency),
        review_reserve_micros=first.review_reserve_micros + review,
        fee_ppm=first.fee_ppm,
        fee_units=first.fee_units,
        set_up_micros=first.set_up_micros,
        card=first.card,
        card_version=first.card_version,
        card_sha256=first.card_sha256,
    )
    people = _people(quote) - _people(first)
    quote.fee_cap_micros = first.fee_cap_micros + _up(Decimal(people * first.fee_ppm) / MICROS, first.currency)
    quote.cap_micros = _people(quote) + quote.set_up_micros + quote.fee_cap_micros
    return quote


def _people(quote: Quote) -> int:
    """Return what people are paid at most."""
    return quote.labour_cap_micros + quote.late_reserve_micros + quote.gold_reserve_micros + quote.review_reserve_micros


def _up(micros: Decimal, currency: str) -> int:
    return up_to_minor(ceil(micros), currency)


def _lines(quote: Quote, *, n_reviews: int) -> list[dict[str, Any]]:
    """Return one line for each budget: what is expected from the pilot's answers per task, and the cap."""
    n_tasks, n_gold = quote.assumptions["n_tasks"], quote.assumptions["n_gold"]
    labour = Decimal(str(quote.cost_basis["answers_per_task"])) * n_tasks * quote.pay_micros
    share = labour / quote.labour_cap_micros if quote.labour_cap_micros else Decimal(0)
    caps = {
        "labour": (labour, quote.labour_cap_micros),
        "late_reserve": (share * quote.late_reserve_micros, quote.late_reserve_micros),
        "review": (Decimal(n_reviews * quote.review_pay_micros), quote.review_reserve_micros),
        "gold": (share * quote.gold_reserve_micros if n_gold else Decimal(0), quote.gold_reserve_micros),
        "set_up": (Decimal(quote.set_up_micros), quote.set_up_micros),
    }
    lines = [_line(name, expected, cap, quote.currency) for name, (expected, cap) in caps.items() if cap]
    paid = sum(line["expected_micros"] for line in lines if line["name"] != "set_up")
    fee = Decimal(paid * quote.fee_ppm) / MICROS
    return [*lines, _line("fee", fee, quote.fee_cap_micros, quote.currency)]


def _expected(quote: Quote) -> int:
    return sum(line["expected_micros"] for line in quote.lines)


def _drivers(first: Quote, quote: Quote, job: LabelingJob, seen: Measured, *, n_reviews: int) -> list[dict[str, str]]:
    """Return the first quote's price walk, and what was measured: the answers in `quality`, the seconds in the type."""
    at_first_pay = _raised(first, seen, pay_micros=first.pay_micros, max_overlap=job.max_overlap, n_reviews=n_reviews)
    at_first_pay.assumptions, at_first_pay.cost_basis = quote.assumptions, quote.cost_basis
    at_first_pay.lines = _lines(at_first_pay, n_reviews=n_reviews)
    between = _expected(at_first_pay)
    answers = shown(half_up(Decimal(str(quote.cost_basis["answers_per_task"]))))
    measured = {
        "quality": (between - first.expected_micros, f"{answers} answers a task"),
        "annotation_type": (quote.expected_micros - between, f"{round(quote.effort_s, 1)} s an answer"),
    }
    return [_after(driver, *measured.get(driver["name"], (0, ""))) for driver in first.drivers]


def _after(driver: dict[str, str], more_micros: int, words: str) -> dict[str, str]:
    if not words:
        return driver
    amount = Decimal(driver["amount"]) + Decimal(more_micros) / MICROS
    return driver | {"amount": shown_money(amount), "detail": f"{driver['detail']}; after the pilot {words}"}


def _line(name: str, expected_micros: Decimal, cap_micros: int, currency: str) -> dict[str, Any]:
    expected = min(half_up_minor(int(expected_micros), currency), cap_micros)
    return {"name": name, "expected_micros": expected, "cap_micros": cap_micros}


def _told(seen: Measured) -> dict[str, Any]:
    return {
        "n_tasks": seen.n_done,
        "n_answers": seen.n_answers,
        "n_tasks_to_come": seen.n_held,
        "n_timed": seen.n_timed,
        "median_s": None if seen.median_s is None else str(round(seen.median_s, 1)),
        "accuracy": None if seen.accuracy is None else str(round(seen.accuracy, 4)),
    }
